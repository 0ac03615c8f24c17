"""What became of the files of an inbox."""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from importer.errors import RefusedFile
from importer.inbox.folders import REFUSED
from importer.messages.text import Text, as_record, text_of
from importer.model import Status, Summary

_SEVERITY: Final = (0, 1, 2, 3, 4, 5, 70)
"""Exit codes, the worst last."""


def worst(codes: Iterable[int]) -> int:
    """The worst of some exit codes; 0 where there are none."""
    return max(codes, key=_SEVERITY.index, default=0)


@dataclass(frozen=True)
class Filed:
    """What became of one file.

    Attributes:
        name: Its name.
        source: The source that it belongs to.
        exit_code: As ``run`` would have ended.
        folder: Where it lies now; None: in ``working``.
        kind: DONE or REFUSED where it was filed; "" where it still waits to be.
        summary: What the run said; None where it was refused or stopped.
        message: Why, where it was.
        waits: Whether it is not done with: the next pass takes it, a canary of it was sent, or nothing became of it.
    """

    name: str
    source: str
    exit_code: int
    folder: Path | None = None
    kind: str = ""
    summary: Summary | None = None
    message: str = ""
    waits: bool = False

    def counted(self) -> str:
        """Its rows by status, for a line of the log: `` (2 created, 1 invalid)``."""
        counts = self.summary.statuses if self.summary else {}
        text = ", ".join(f"{counts[status]:,} {status}" for status in Status if counts.get(status))
        return f" ({text})" if text else ""


@dataclass
class Sweep:
    """What one pass did; files in their order. ``told`` is called with each as soon as it has ended.

    ``cut_short``: it was asked to end while others waited.
    """

    told: Callable[[Filed], object] = lambda _: None
    files: list[Filed] = field(default_factory=list)
    cut_short: bool = False

    @property
    def exit_code(self) -> int:
        """The worst of its files'."""
        return worst(one.exit_code for one in self.files)

    def ended(self, filed: Filed) -> Filed:
        """Another file has ended."""
        self.files.append(filed)
        self.told(filed)
        return filed


def without_folder(sentence: str, folder: Path) -> str:
    """A sentence without the folder in front of names of files: they are about to lie somewhere else."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(one) for key, one in value.items()}
        return value.replace(f"{folder}{os.sep}", "") if isinstance(value, str) else value

    return text_of(named(as_record(sentence)))


def told_by(folder: Path, name: str, source: str) -> Filed:
    """What became of a file that a killed pass had filed but for the last step: by what lies beside it."""
    kind = folder.parent.parent.name
    if kind == REFUSED:
        reason = folder / "reason.txt"
        text = reason.read_text(encoding="utf-8").strip() if reason.is_file() else ""
        return Filed(name, source, RefusedFile.exit_code, folder, kind, message=text)
    codes = [0]
    for manifest in folder.glob("*.manifest.json"):
        with suppress(OSError, ValueError, AttributeError):
            codes += [code for code in [json.loads(manifest.read_bytes()).get("exit_code")] if code in _SEVERITY]
    return Filed(name, source, worst(codes), folder, kind, message=Text("imported by an earlier pass that was killed"))
