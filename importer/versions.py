"""The versions that a result was made with: for manifests, and for what programs read."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

_PACKAGES: Final = ("freedom-id-importer", "pandas", "pandera", "httpx", "tenacity")


def versions() -> dict[str, str]:
    """Python's version and those of the packages that decide what is sent, by name; nothing is loaded for it."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a bare checkout
        return "unknown"
