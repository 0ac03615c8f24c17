"""Fixtures of the settings' tests; their code stands in ``support.commands``."""

from support.commands import importer, sandbox

__all__ = ["importer", "sandbox"]
