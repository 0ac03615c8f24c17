"""The list that the API's support sent back, read and held against the rows that were asked about."""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import pandas as pd

from importer.errors import RefusedFile, UsageError
from importer.freedom_id import NOBODYS_IDS
from importer.messages.text import Text, enumerated, joined
from importer.reading import open_table
from schemas.result_columns import UUID

NEEDED: Final = ("row", "phone", "freedom_id")
_NAMED: Final = 5


def read_reply(path: Path) -> pd.DataFrame:
    """The lines of a reply that tell a FreedomID.

    Returns:
        row (int64, 0 where none is told), digits (of the phone, "" where a spreadsheet has shortened it), freedom_id
        (lower case), index: the line as a person counts it.

    Raises:
        UsageError: It cannot be read, has no column freedom_id, or neither row nor phone.
    """
    try:
        table = open_table(path, header_score=lambda cells: sum(cell.strip().lower() in NEEDED for cell in cells))
    except RefusedFile as exc:
        raise UsageError("{path}: not a list that can be read: {exc}", path=path, exc=exc.sentence) from exc
    with closing(table):
        header = [name.strip().lower() for name in table.header]
        missing = [name for name in ("freedom_id", "row") if name not in header]
        if "freedom_id" in missing or ("row" in missing and "phone" not in header):
            raise UsageError(
                "{path}: the columns freedom_id and row or phone are needed; send the list of report "
                "--unconfirmed and have its column freedom_id filled in",
                path=path,
            )
        cells = pd.concat([pd.DataFrame(columns=range(len(header)), dtype="str"), *(c.cells for c in table.chunks())])
    texts = {name: cells[header.index(name)].str.strip() if name in header else "" for name in NEEDED}
    found = pd.DataFrame(texts, index=cells.index, dtype="str")
    told = found[found["freedom_id"] != ""]
    rows = pd.to_numeric(told["row"], errors="coerce").fillna(0)
    phones = told["phone"].str.lstrip("'").str.replace(r"[\s()-]", "", regex=True)
    return pd.DataFrame(
        {
            "row": rows.where((rows % 1 == 0) & rows.between(1, 2**53), 0).astype("int64"),
            "digits": phones.where(phones.str.fullmatch(r"\+?[0-9]+"), "").str.removeprefix("+"),
            "freedom_id": told["freedom_id"].str.lower(),
        }
    )


def matched(told: pd.DataFrame, rows: pd.DataFrame, settled: Mapping[int, str]) -> dict[int, str]:
    """Row → FreedomID, of the rows in doubt.

    Args:
        told: The lines (``read_reply``).
        rows: The rows in doubt, index row, with their phone.
        settled: Row → FreedomID of those that have one already: the same told again is left out.

    Raises:
        UsageError: A line cannot be right; it says which lines and why. Nothing is recorded then.
    """
    phones = rows["phone"].str.removeprefix("+").tolist()
    of_phone: dict[str, int] = dict(zip(phones, rows.index.tolist(), strict=True))
    phone_of = {row: digits for digits, row in of_phone.items()}
    times = Counter(told["freedom_id"])
    found: dict[int, str] = {}
    wrong: dict[str, list[int]] = {}
    for line, row, digits, freedom_id in told.itertuples(name=None):
        number = row or of_phone.get(digits, 0)
        if number in settled and number not in phone_of and settled[number] == freedom_id:
            continue
        reason = _reason(freedom_id, times[freedom_id])
        if not reason and number not in phone_of:
            reason = Text("not a row of this run that is in doubt")
        elif not reason and digits and phone_of[number] != digits:
            reason = Text("another phone than the row has")
        elif not reason and number in found:
            reason = Text("the row is told twice")
        if reason:
            wrong.setdefault(reason, []).append(line)
        found[number] = freedom_id
    if wrong:
        said = joined(
            (
                enumerated(
                    "{reason} (line {numbers})",
                    "{reason} (lines {numbers})",
                    lines[:_NAMED],
                    more=len(lines) > _NAMED,
                    reason=reason,
                )
                for reason, lines in wrong.items()
            ),
            "; ",
        )
        raise UsageError("the reply cannot be taken, and nothing was recorded: {said}", said=said)
    return found


def _reason(freedom_id: str, times: int) -> str:
    if not re.fullmatch(UUID, freedom_id):
        return Text("not a FreedomID (a UUID is one)")
    if freedom_id in NOBODYS_IDS:
        return Text("a FreedomID that is nobody's")
    return Text("one FreedomID for several rows") if times > 1 else ""
