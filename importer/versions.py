"""The versions that a result was made with: for manifests, and for what programs read."""

import platform
from functools import cache
from typing import Final

from importer import __version__

PROGRAM: Final = "freedom-id-importer"
_PACKAGES: Final = (PROGRAM, "pandas", "pandera", "httpx", "tenacity")


def versions() -> dict[str, str]:
    """Python's version and those of the packages that decide what is sent, by name; nothing is loaded for it."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in _PACKAGES}}


@cache
def version_of(package: str = PROGRAM) -> str:
    """The version of a package; "unknown" where it is not installed. Kept: it is read from a file, which takes 1 ms."""
    if package == PROGRAM:
        return __version__
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 (a seventh of what --help loads)

    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
