"""The tables of values in a profile, looked at when it is loaded: ``[values.gender]``, then ``"0" = "M"``."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd
from rapidfuzz import process

from importer.cleaning import folded
from importer.messages.text import Text
from importer.messages.wording import headline_text
from importer.validation.failed_checks import failed_checks
from schemas.fields import FIELDS, TABLE
from schemas.user import user_schema

_PHONE = next(field for field in TABLE if field.required)


def check_tables(tables: object) -> None:
    """Look at every table, key and value.

    Args:
        tables: Field → cell → what is put in its place; "" leaves the field out.

    Raises:
        ValueError: What is wrong; it names the table, the key and the value.
    """
    if not isinstance(tables, Mapping):
        raise ValueError(Text('write a table for each field: [values.gender], then a line for each value: "0" = "M"'))  # noqa: TRY004 (pydantic turns ValueError into its own)
    for field, table in tables.items():
        _check_table(str(field), table)
    wrong = next(_refused_by_the_schema(tables), "")
    if wrong:
        raise ValueError(wrong)


def _check_table(field: str, table: object) -> None:
    if field not in FIELDS:
        nearest = process.extractOne(field, FIELDS)
        raise ValueError(
            Text(
                "[values.{field}]: there is no such field; did you mean {name}? ({names})",
                field=field,
                name=nearest[0],
                names=", ".join(FIELDS),
            )
        )
    if field == _PHONE.name:
        raise ValueError(Text("[values.{field}]: a phone says who a person is; correct it in the file", field=field))
    if not isinstance(table, Mapping):
        raise ValueError(  # noqa: TRY004 (as above)
            Text('[values.{field}]: a table is needed, with a line for each value: "0" = "M"', field=field)
        )
    for key, value in table.items():
        if not isinstance(value, str):
            raise ValueError(  # noqa: TRY004 (as above)
                Text(
                    '[values.{field}] "{key}" = {value}: write the value in quotation marks',
                    field=field,
                    key=key,
                    value=repr(value),
                )
            )
        if not folded(key):
            raise ValueError(
                Text(
                    '[values.{field}] "{key}" = "{value}": a blank cell says nothing of a person',
                    field=field,
                    key=key,
                    value=value,
                )
            )
    for cell, times in Counter(map(folded, table)).items():
        if times > 1:
            raise ValueError(
                Text(
                    '[values.{field}]: "{cell}" stands {times} times (case makes no difference)',
                    field=field,
                    cell=cell,
                    times=times,
                )
            )


def _refused_by_the_schema(tables: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    lines = [(field, key, value.strip()) for field, table in tables.items() for key, value in table.items()]
    rows = [{**dict.fromkeys(FIELDS, ""), _PHONE.name: _PHONE.example, field: value} for field, _, value in lines]
    schema = user_schema(date.today().isoformat())  # noqa: DTZ011 (as everywhere: the operator's own calendar)
    for name, checks in failed_checks(schema, pd.DataFrame(rows, columns=list(FIELDS), dtype="str")).items():
        for at in checks.nonzero()[0].tolist():
            field, key, value = lines[at]
            yield Text(
                '[values.{field}] "{key}" = "{value}": {why}',
                field=field,
                key=key,
                value=value,
                why=headline_text(str(schema.columns[name].checks[checks[at] - 1].error)),
            )
