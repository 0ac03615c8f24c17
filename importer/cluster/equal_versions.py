"""Which versions a worker runs: other ones of what reads and judges cells could give other results."""

import platform
from collections.abc import Mapping
from typing import Any, Final

from importer.errors import ClusterLost, UsageError
from importer.versions import PROGRAM, version_of

_DECIDING: Final = (PROGRAM, "pandas", "pyarrow", "pandera", "phonenumbers", "email-validator", "Babel", "distributed")


def versions_here() -> dict[str, str]:
    """Python's version and those of the packages that must be equal everywhere."""
    return {"Python": platform.python_version(), **{name: version_of(name) for name in _DECIDING}}


def check_versions(scheduler: Any, workers: Mapping[str, Any]) -> None:
    """Compare the versions of the scheduler and of all workers (``versions_here``) with this command's.

    Raises:
        UsageError: one has others, or does not have this program; the message names where, and which.
        ClusterLost: one does not answer.
    """
    here = versions_here()
    for where, found in {"scheduler": scheduler, **workers}.items():
        if isinstance(found, OSError):  # it stands still, or has died: nothing is known of its versions
            raise ClusterLost("{where} does not answer; the same command starts again", where=where)
        if not isinstance(found, dict):
            raise UsageError(
                "{where}: freedom-id-importer cannot be loaded there; install the same as here", where=where
            )
        others = [f"{name} {found.get(name)} / {own}" for name, own in here.items() if found.get(name) != own]
        if others:
            raise UsageError(
                "{where} runs other versions than this command ({versions}): install the same ones",
                where=where,
                versions=", ".join(others),
            )
