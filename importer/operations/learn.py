"""``importer journal learn RESULT``: FreedomIDs that stand in a result file but not in the journal, taken back into it.

After yesterday's backup was restored, or where the state folder was lost, the result files know more than the journal.
Nothing is overwritten: a phone or a FreedomID that the journal knows otherwise is told.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from importer.cleaning import clean
from importer.errors import UsageError
from importer.journal import Journal
from importer.journal.api_label import label_of
from importer.journal.learning import learn as learn_into
from importer.journal.outputs import has_written
from importer.messages.text import Text
from importer.model import Status
from importer.planning.input_copy import content_of
from importer.planning.source import closing_source, open_source, today
from importer.progress import Watch
from importer.reporting.manifest_file import manifest_of
from importer.settings import Settings
from importer.validation.stream import Source

LEARNT: Final = frozenset({Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED, Status.UNCONFIRMED})
"""Statuses whose FreedomID is one of ours; that of ``exists`` was made by somebody else."""

UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NIL: Final = "00000000-0000-0000-0000-000000000000"

TOLD: Final = 5

_NEEDED: Final = ("freedom_id", "import_status")


@dataclass
class Learnt:
    """What came of a file: users learnt, users known before, rows that contradict (each with why)."""

    learnt: int = 0
    known: int = 0
    contradictions: list[tuple[int, str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """One line for a person, and one for each contradiction, five at most. No personal data."""
        more = len(self.contradictions) - TOLD
        rows = [Text("row {row}: {why}; nothing was changed", row=row, why=why) for row, why in self.contradictions]
        rest = [Text("… and {more:,} more", more=more)] if more > 0 else []
        return [self.counts, *rows[:TOLD], *rest]

    @property
    def counts(self) -> str:
        """How many of each."""
        return Text(
            "{learnt:,} users learnt, {known:,} known before, {otherwise:,} contradict",
            learnt=self.learnt,
            known=self.known,
            otherwise=len(self.contradictions),
        )


def learn(path: Path, settings: Settings, watch: Watch | None = None) -> Learnt:
    """Take the FreedomIDs of a result file into the ledger of the API that the settings name.

    Raises:
        UsageError: it is no result file, or one of another API. RefusedFile: it cannot be read.
    """
    watch, api = watch or Watch(), label_of(settings.url)
    told = manifest_of(path).get("api", api)
    if told != api:
        raise UsageError(
            Text(
                "{name} holds FreedomIDs of {told}, not of {api}; name that address: --url {told}",
                name=path.name,
                told=told,
                api=api,
            )
        )
    with (
        closing_source(open_source(path, settings, today(), watch)) as source,
        Journal.open(settings.journal_location) as journal,
    ):
        columns = source.mapping.result_columns
        if missing := [name for name in _NEEDED if name not in columns]:
            raise UsageError(Text("{path}: no column {name}: not a result of this program", path=path, name=missing[0]))
        return _learnt(source, journal, api, path.name, content_of(path), watch)


def learn_from_own_output(source: Source, path: Path, content: str, journal: Journal, api: str, watch: Watch) -> None:
    """Before a result of ours is imported: learn the FreedomIDs in it that the journal has lost.

    Only where the manifest beside it says that it was made for this API and that nobody has changed it since: what a
    sandbox gave is not known to the real API, and a person may have exchanged phones. Other rows are sent, and the API
    decides.

    Args:
        source: The file as opened.
        path: Where it lies, beside its manifest.
        content: Its SHA-256.
        journal: Where to.
        api: The API's address.
        watch: Told what was learnt.
    """
    told = manifest_of(path)
    ours = told.get("api") == api and told.get("output", {}).get("sha256") == content
    if not ours or not source.mapping.result_columns.keys() >= set(_NEEDED):
        return
    learnt = _learnt(source, journal, api, path.name, content, watch)
    if learnt.learnt or learnt.contradictions:
        watch.said(
            Text(
                "FreedomIDs that stand in {name} and not in the journal: {counts}", name=path.name, counts=learnt.counts
            )
        )


def learn_before_replacing(output: Path | None, journal: Journal, api: str, settings: Settings, watch: Watch) -> None:
    """Learn what stands in an output that is about to be replaced, where the journal does not know that it wrote it.

    So it is when a run lost its journal, or a backup of it was restored: that output is the only one that knows its
    FreedomIDs, and the same command again would write over it. As for ``learn_from_own_output``, its manifest has to
    say that it is as it was written.

    Raises:
        UsageError, RefusedFile: it cannot be read; it stays as it is.
    """
    if output is None or not output.is_file() or manifest_of(output).get("api") != api:
        return
    content = content_of(output)
    if has_written(journal, content):
        return
    with closing_source(_output_opened(output, settings, watch)) as source:
        learn_from_own_output(source, output, content, journal, api, watch)


def _output_opened(output: Path, settings: Settings, watch: Watch) -> Source:
    with suppress(UsageError):  # only one that was marked in place has the input's sheets
        return open_source(output, settings, today(), watch)
    return open_source(output, settings.model_copy(update={"sheet": ""}), today(), watch)


def _learnt(source: Source, journal: Journal, api: str, name: str, content: str, watch: Watch) -> Learnt:
    columns = source.mapping.result_columns
    found: pd.DataFrame = pd.concat([_none(), *_found(source, *(columns[name] for name in _NEEDED))])
    watch.began("learning", len(found))
    twice = found["phone"].duplicated(keep=False) | found["freedom_id"].duplicated(keep=False)
    again = found.duplicated(["phone", "freedom_id"], keep=False)
    unsure = found.index[twice & ~again]
    told = [(row, Text("its phone or its FreedomID stands in another row of the file, too")) for row in unsure.tolist()]
    sound = found[~found.duplicated(["phone", "freedom_id"])].drop(unsure)
    learnt, known, otherwise = learn_into(journal, api, name, content, sound)
    watch.advanced(len(found))
    return Learnt(learnt, known, sorted([*told, *otherwise]))


def _found(source: Source, ids_at: int, status_at: int) -> Iterator[pd.DataFrame]:
    """Phone and FreedomID (str) of the rows that have both, of a status of ours; index row."""
    for chunk in source.table.chunks():
        cells = chunk.cells
        ids, status = cells[ids_at].str.strip().str.lower(), cells[status_at].str.strip()
        ours = status.isin([str(one) for one in LEARNT]) & ids.str.fullmatch(UUID) & (ids != NIL)
        if ours.any():
            phones = clean(source.raw_fields(chunk)[0], source.decisions, notes=False).fields["phone"]
            frame = pd.DataFrame({"phone": phones, "freedom_id": ids})[ours]
            yield frame[frame["phone"] != ""]


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=["phone", "freedom_id"], index=pd.Index([], dtype="int64"), dtype="str")
