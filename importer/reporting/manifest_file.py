"""Where the manifest of an output lies, and what it tells."""

import json
from pathlib import Path
from typing import Any


def manifest_path(output: Path) -> Path:
    """Where the manifest of an output stands: ``users.result.csv`` → ``users.result.csv.manifest.json``."""
    return output.with_name(output.name + ".manifest.json")


def manifest_of(output: Path) -> dict[str, Any]:
    """What the manifest beside a file tells; {} where there is none that can be read."""
    try:
        told = json.loads(manifest_path(output).read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
