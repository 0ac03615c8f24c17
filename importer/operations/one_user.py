"""One user out of a file, or a phone alone; and a file of that one user, for the pipeline to read."""

import contextlib
import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from importer.errors import UsageError
from importer.messages.kept_issues import in_words
from importer.messages.text import Text
from importer.model import Status
from importer.planning.gates import surveyed
from importer.planning.mapped_input import closing_input, open_input, today
from importer.planning.plan import nothing_known, planned_chunks
from importer.progress import Watch
from importer.settings import Settings

ROW: Final = 2
"""Where the user stands in a file of one."""

_NAME: Final = "try-api.csv"


def chosen_body(path: Path | None, row: int | None, phone: str, settings: Settings, watch: Watch) -> dict[str, str]:
    """The user to create: a row of a file as it would be sent, or (without a ``path``) a phone alone.

    ``row`` as a person counts it; None: the first one that would be sent.

    Raises:
        RefusedFile: It cannot be read. UsageError: the row would not be sent; says why.
    """
    if path is not None:
        return _row_of(path, row, settings, watch)
    with one_row({"phone": phone}) as made:
        return _row_of(made, ROW, plainly(settings), watch)


def _row_of(path: Path, row: int | None, settings: Settings, watch: Watch) -> dict[str, str]:
    with closing_input(open_input(path, settings, today(), watch)) as mapped:
        found = surveyed(mapped, settings, path, None, watch)
        for checked, plan in planned_chunks(found, nothing_known):
            wanted = (
                plan.index[plan["status"] == str(Status.NOT_SENT)] if row is None else plan.index[plan.index == row]
            )
            for number in wanted[:1]:
                refuse_unsendable(plan.loc[number], mapped.mapping.describe)
                sent = checked.fields.loc[number]
                return {name: str(value) for name, value in sent.items() if value}
    if row is None:
        raise UsageError("{path}: no row would be sent", path=path)
    raise UsageError("{path}: it has no row {row}", path=path, row=row)


def refuse_unsendable(plan: Any, describe: Callable[[str], str]) -> None:
    """Raise UsageError where a row would not be sent; ``describe`` as for ``messages``."""
    if plan["status"] == Status.ALREADY_IMPORTED:
        raise UsageError(
            Text("this phone was imported by an earlier run, so nothing was sent; take one that is new to the API")
        )
    if plan["status"] != Status.NOT_SENT:
        told = "; ".join(in_words(json.loads(plan["errors"] or "[]"), describe)["message"])
        raise UsageError("this user would not be sent: {reasons}", reasons=told)


@contextlib.contextmanager
def one_row(body: Mapping[str, str]) -> Iterator[Path]:
    """A file of one user."""
    with TemporaryDirectory(prefix="importer-") as folder:
        path = Path(folder) / _NAME
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([list(body), list(body.values())])
        yield path


def plainly(settings: Settings) -> Settings:
    """The settings for a file that is written here: nothing of how the operator's own file is read."""
    same = {"encoding": "utf-8", "delimiter": ",", "header_row": 1, "sheet": "", "map": (), "full_name": ""}
    return settings.model_copy(update={**same, "output": None, "max_invalid": "", "date_order": ""})
