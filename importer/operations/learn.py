"""``importer journal learn RESULT``: FreedomIDs that stand in a result file but not in the journal, taken back into it.

After yesterday's backup was restored, or where the state folder was lost, the result files know more than the journal.
Nothing is overwritten: a phone or a FreedomID that the journal knows otherwise is told.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from importer.errors import RefusedFile, UsageError
from importer.journal import Journal
from importer.journal.api_label import label_of
from importer.journal.external_ids import learn as learn_into
from importer.journal.outputs import has_written
from importer.mapping import read_requests
from importer.mapping.recorded_columns import NEEDED
from importer.messages.text import Text
from importer.operations.recorded_output import (
    ReadUsers,
    open_output,
    read_users,
    recorded_input,
    refuse_other_rows,
    unknown_ids,
)
from importer.planning.input_copy import content_of
from importer.planning.mapped_input import closing_input, open_input, today
from importer.progress import Watch
from importer.reading.table import Table
from importer.reporting.manifest_content import facts_told, read_manifest
from importer.settings import Settings
from importer.validation.stream import MappedInput
from importer.writing import manifest_path

TOLD: Final = 5


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

    It is read as its manifest tells that it was made; where none stands beside it, as the settings say.

    Raises:
        UsageError: it is no result file, or one of another API, or not as its manifest tells.
        RefusedFile: it cannot be read.
    """
    watch, api, told = watch or Watch(), label_of(settings.url), read_manifest(manifest_path(path))
    content = content_of(path)
    if told == {}:
        with closing_input(_as_told(path, settings, watch)) as mapped:
            users = read_users(mapped, watch, recorded=False)
    else:
        _refuse_manifest(path, told or {}, api, content)
        with closing(open_output(path, told or {}, watch)) as table:
            mapped = _as_recorded(table, told or {}, settings, path)
            users = read_users(mapped, watch)
            with _about(path):
                refuse_other_rows(users, told or {})
    with Journal.open(settings.journal_location) as journal:
        return _learnt(users, journal, api, path.name, content)


def _as_told(path: Path, settings: Settings, watch: Watch) -> MappedInput:
    mapped = open_input(path, settings, today(), watch)
    if missing := [name for name in NEEDED if name not in mapped.mapping.result_columns]:
        mapped.table.close()
        raise UsageError("{path}: no column {name}: not a result of this program", path=path, name=missing[0])
    return mapped


def _refuse_manifest(path: Path, told: Mapping[str, Any], api: str, content: str) -> None:
    """Refuse a file whose manifest does not tell what it was, or not of this API, or of another content."""
    manifest = manifest_path(path).name
    if "api" not in told:
        raise UsageError(
            "{manifest} is damaged, or no run's: it does not tell of which API {name} is; put the right one there, "
            "or take it away and give --url, --region and --map as they were given for the run",
            manifest=manifest,
            name=path.name,
        )
    if told["api"] != api:
        raise UsageError(
            "{name} holds FreedomIDs of {told}, not of {api}; name that address: --url {told}",
            name=path.name,
            told=told["api"],
            api=api,
        )
    if not facts_told(path, content):
        with _about(path):
            raise UsageError(Text("it was changed after it was written: whose its FreedomIDs are is not certain"))


def _as_recorded(table: Table, told: Mapping[str, Any], settings: Settings, path: Path) -> MappedInput:
    with _about(path):
        mapped = recorded_input(table, told)
    mapping, region = mapped.mapping, mapped.decisions.region
    if "region" in settings.model_fields_set and settings.region != region:
        raise UsageError("{name} was made with --region {region}; give that, or none", name=path.name, region=region)
    asked = read_requests(settings.map, mapping.header, mapping.result_columns.values()).get("phone")
    if asked is not None and asked != mapping.columns["phone"]:
        raise UsageError(
            "{name} was made with other columns for the phone: {columns}; give those with --map, or none",
            name=path.name,
            columns=mapping.describe("phone"),
        )
    return mapped


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Name the file in what is refused in the block, and the way out."""
    try:
        yield
    except UsageError as exc:
        raise UsageError(
            "{name}: {why}; put the right {manifest} there, or take it away and give --url, --region and --map as "
            "they were given for the run",
            name=path.name,
            why=exc.sentence,
            manifest=manifest_path(path).name,
        ) from None


def learn_from_own_output(
    mapped: MappedInput, path: Path, content: str, journal: Journal, api: str, watch: Watch
) -> None:
    """Before a result of ours is imported: learn the FreedomIDs in it that the journal has lost.

    Only where the manifest beside it says that it was made for this API and that nobody has changed it since: what a
    sandbox gave is not known to the real API, and a person may have exchanged phones. It is read as the manifest tells,
    whatever this command's options are. Other rows are sent, and the API decides. ``content`` is the file's SHA-256.
    """
    told = facts_told(path, content)
    if told.get("api") == api:
        with suppress(UsageError):
            _learn_recorded(mapped.table, told, path.name, content, journal, watch)


@dataclass(frozen=True)
class KnownOutputs:
    """What a journal knows of the outputs that stand where one of a run at an address (``api``) is to go."""

    journal: Journal
    api: str
    watch: Watch

    def wrote(self, sha256: str) -> bool:
        """Whether a run of the journal has written a file."""
        return has_written(self.journal, sha256)

    def to_lose(self, output: Path) -> str:
        """Learn what stands in an output and not in the journal; why that cannot be done for certain, or "".

        So it is when a run lost its journal, or a backup of it was restored: that output is the only one that knows its
        FreedomIDs, and the same command again would write over it.

        Raises:
            Interrupted: the command was asked to end.
        """
        if not output.is_file():
            return ""
        try:
            content = content_of(output)
            return "" if self.wrote(content) else self._unlearnt(output, content)
        except (RefusedFile, UsageError) as exc:
            return self._lost(output, exc.sentence)

    def _unlearnt(self, output: Path, content: str) -> str:
        told = facts_told(output, content)
        api = told.get("api", self.api)
        with closing(open_output(output, told, self.watch)) as table:
            if not unknown_ids(table, self.journal, api, self.watch):
                return ""
            if api != self.api:
                return self._lost(output, Text("they are of {api}", api=api))
            _learn_recorded(table, told, output.name, content, self.journal, self.watch)
            if unknown_ids(table, self.journal, api, self.watch):
                return self._lost(output, Text("not all of its rows are certain"))
        return ""

    def _lost(self, output: Path, why: str) -> str:
        return Text(
            "{name} may have FreedomIDs that the journal does not know ({why}); importer journal learn {name} can "
            "bring them back",
            name=output.name,
            why=why,
        )


def _learn_recorded(
    table: Table, told: Mapping[str, Any], name: str, content: str, journal: Journal, watch: Watch
) -> None:
    """Learn what is certain of an output; raises UsageError where its manifest does not fit it."""
    users = read_users(recorded_input(table, told), watch)
    refuse_other_rows(users, told)
    learnt = _learnt(users, journal, told["api"], name, content)
    if learnt.learnt or learnt.contradictions:
        watch.said(
            Text("FreedomIDs that stand in {name} and not in the journal: {counts}", name=name, counts=learnt.counts)
        )


def _learnt(users: ReadUsers, journal: Journal, api: str, name: str, content: str) -> Learnt:
    found = users.certain
    twice = found["phone"].duplicated(keep=False) | found["freedom_id"].duplicated(keep=False)
    again = found.duplicated(["phone", "freedom_id"], keep=False)
    unsure = found.index[twice & ~again]
    told = [(row, Text("its phone or its FreedomID stands in another row of the file, too")) for row in unsure.tolist()]
    told += [(row, Text("its phone cannot be read for certain")) for row in users.unsure]
    sound = found[~found.duplicated(["phone", "freedom_id"])].drop(unsure)
    learnt, known, otherwise = learn_into(journal, api, name, content, sound)
    return Learnt(learnt, known, sorted([*told, *otherwise]))
