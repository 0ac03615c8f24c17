"""What a command was told: options, where their values come from, and which files may be believed."""

from importer.settings.options import DEFAULT_REFRESH_URL, DEFAULT_URL, USUAL_LATENCY, Settings
from importer.settings.sources import CONFIG_NAME, load, load_senders

__all__ = [
    "CONFIG_NAME",
    "DEFAULT_REFRESH_URL",
    "DEFAULT_URL",
    "USUAL_LATENCY",
    "Settings",
    "load",
    "load_senders",
]
