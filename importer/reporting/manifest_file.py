"""What the manifest beside an output tells."""

import json
from pathlib import Path
from typing import Any

from importer.writing import manifest_path


def manifest_of(output: Path) -> dict[str, Any]:
    """What the manifest beside a file tells; {} where there is none that can be read."""
    try:
        told = json.loads(manifest_path(output).read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
