"""The builders of ``support.virtual_time``, under the name that the older tests of this folder use."""

from support.virtual_time import *  # noqa: F403 (a re-export)
