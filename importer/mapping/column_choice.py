"""Columns → fields: requests first, then tier 1, then a lone tier 2; every doubt becomes a question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from importer.errors import RefusedFile
from importer.mapping.column_candidates import Candidates, candidates
from importer.mapping.dial_code_columns import beside_phones, dial_code_columns
from importer.mapping.findings import findings_of
from importer.mapping.header_evidence import header_score
from importer.mapping.header_keys import fold
from importer.mapping.header_labels import Header
from importer.mapping.header_names import HeaderKind, HeaderMeaning, recognise
from importer.mapping.label_columns import label_positions
from importer.mapping.map_option import DIAL_CODE, FULL_NAME, columns_named, read_requests, shared_name
from importer.mapping.mapping import ColumnMapping
from importer.mapping.name_splitting import full_name_position, name_order
from importer.mapping.open_questions import refuse_several_weak, refuse_two_people, refuse_without_phone
from importer.model import IMPORT_ROW, RESULT_COLUMNS
from importer.reading.header_row import ANCHORED, HeaderScore
from importer.reading.table import Chunk
from schemas.fields import FIELDS


def header_score_for(requests: Sequence[str]) -> HeaderScore:
    """``header_score``, but a row with all the columns that ``--map`` names is the header before any other."""
    if not requests:
        return header_score
    return lambda cells: header_score(cells) + ANCHORED * columns_named(requests, cells)


def map_columns(
    table_header: Sequence[str],
    *,
    requests: Sequence[str] = (),
    full_name: str = "",
    column_letter: Callable[[int], str],
    sample: Chunk | None = None,
    are_names: bool = False,
    region: str = "",
) -> ColumnMapping:
    """Decide which columns serve which field.

    Args:
        table_header: Header texts as in the file.
        requests: ``--map`` texts, ``"COLUMN[, COLUMN…]=field"``; several for a field add up; ``"=field"``
            leaves it out, ``"COLUMN=-"`` leaves a column out.
        full_name: Order of the words of whole names, ``"last first middle"``; "" = not split.
        column_letter: Spreadsheet letter of a position.
        sample: First rows; without it nothing maps that its cells must prove.
        are_names: Whether the texts are names of columns for certain, known or not.
        region: Whose plan phones without a code are read by (ISO 3166-1 alpha-2), "" = not known.

    Raises:
        RefusedFile: No phone column; one header twice and needed; several weak columns for one field; columns of
            two people in one row.
        UsageError: A request or an order of words that can't be met.
    """
    header = Header.of(table_header, column_letter, named=are_names or columns_named(requests, table_header))
    results = result_columns(header)
    if "import_status" not in results:  # a column of the source's own may be mapped: it is none of an output's then
        asked = read_requests(requests, header, ())
        results = {name: at for name, at in results.items() if not any(at in places for places in asked.values())}
    wanted = read_requests(requests, header, results.values())
    order = name_order(full_name, asked=FULL_NAME in wanted)
    held = {*results.values(), *(position for positions in wanted.values() for position in positions)}
    free = [position for position in range(len(header.texts)) if position not in held]
    meanings = [recognise(text) for text in header.texts]
    cells = None if sample is None else sample.cells
    dial_codes = wanted.get(DIAL_CODE)
    if dial_codes is None:
        errors_at, told = results.get("import_error_code"), wanted.get("phone", ())
        dial_codes = dial_code_columns(header.texts, meanings, free, cells, errors_at, phones=told, region=region)
        free = [position for position in free if position not in dial_codes]
    found = candidates(meanings, free, wanted, cells)
    named = full_name_position(found, wanted.get(FULL_NAME, ()), header) if order else None
    tiers = {field: _without(named, found.tiers[field]) for field in FIELDS}
    columns = {
        field: wanted[field] if field in wanted else _chosen(field, tiers[field], meanings, header) for field in FIELDS
    }
    of_two = [at for at in free if meanings[at].kind is HeaderKind.ONE_OF_TWO]
    refuse_two_people(header, of_two, meanings, wanted, columns)
    if not columns["phone"]:
        refuse_without_phone(header, free, meanings, cells)
    whole_name = None if named is None else (named, order)
    mapping = _decided(header, results, columns, whole_name, found, wanted)
    mapping = _with_dial_codes(mapping, meanings, dial_codes)
    return replace(mapping, findings=findings_of(mapping, meanings, found, wanted))


def _decided(
    header: Header,
    results: Mapping[str, int],
    columns: Mapping[str, tuple[int, ...]],
    whole_name: tuple[int, tuple[str, ...]] | None,
    found: Candidates,
    wanted: Mapping[str, tuple[int, ...]],
) -> ColumnMapping:
    """The mapping of columns that were chosen, with what follows from the choice; its findings are still to be told."""
    weaker = _unused_weak(columns, found, wanted)
    named = None if whole_name is None else whole_name[0]
    told_name = named is not None or {"firstname", "lastname"} & set(wanted)
    any_name = columns["firstname"] or columns["lastname"]
    loose = bool(columns["firstname"]) and set(columns["firstname"]) <= set(found.loose_names)
    phones = (*columns["phone"], *weaker.get("phone", ()))
    served = (position for positions in columns.values() for position in positions)
    used = {named, *results.values(), *served}
    return ColumnMapping(
        header,
        columns,
        tuple(position for position in range(len(header.texts)) if position not in used),
        results,
        weaker,
        whole_name,
        labels=label_positions(header, phones),
        loose_first_name=loose and named is None and not columns["lastname"],
        unexplained=() if told_name or any_name else tuple(found.full_names),
    )


def _with_dial_codes(
    mapping: ColumnMapping, meanings: Sequence[HeaderMeaning], dial_codes: tuple[int, ...]
) -> ColumnMapping:
    """The mapping with the country codes of its phones; a column of codes of none is carried as any other."""
    phones = (*mapping.columns["phone"], *mapping.tier2.get("phone", ()))
    beside = beside_phones(mapping.header.texts, meanings, phones, dial_codes)
    carried = tuple(at for at in mapping.carried if at not in beside.values())
    return replace(mapping, dial_codes=beside, carried=carried)


def result_columns(header: Header) -> dict[str, int]:
    """An earlier output's own columns by their exact names, the last where a name stands twice.

    Beside ``import_status``, or a lone ``freedom_id``, which no output shall have twice: see ``refuse_foreign_ids``.
    """
    found = {text.strip(): at for at, text in enumerate(header.texts) if text.strip() in {*RESULT_COLUMNS, IMPORT_ROW}}
    return found if {"import_status", "freedom_id"} & found.keys() else {}


def _without(position: int | None, tiers: tuple[list[int], list[int]]) -> tuple[list[int], list[int]]:
    tier1, tier2 = ([at for at in tier if at != position] for tier in tiers)
    return tier1, tier2


def _chosen(
    field: str, tiers: tuple[list[int], list[int]], meanings: Sequence[HeaderMeaning], header: Header
) -> tuple[int, ...]:
    tier1, tier2 = tiers
    if tier1:
        _refuse_twice(field, tier1, header)
        return tuple(tier1)
    weak = _one_of_name_and_code(tier2, meanings)
    if len(weak) > 1:
        refuse_several_weak(field, weak, header)
    return tuple(weak)


def _refuse_twice(field: str, positions: Sequence[int], header: Header) -> None:
    by_text: dict[str, list[int]] = {}
    for position in positions:
        by_text.setdefault(fold(header.texts[position]), []).append(position)
    for same in by_text.values():
        if len(same) > 1:
            raise RefusedFile(shared_name(header, same, field))


def _one_of_name_and_code(positions: list[int], meanings: Sequence[HeaderMeaning]) -> list[int]:
    """``Mailing Country`` beside ``Mailing Country Code`` is one country written twice: the code serves."""
    codes = {fold(meanings[at].name).removesuffix(" code") for at in positions if " code" in fold(meanings[at].name)}
    return [at for at in positions if fold(meanings[at].name) not in codes]


def _unused_weak(
    columns: Mapping[str, tuple[int, ...]], found: Candidates, wanted: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Weaker columns that nobody asked about; a field that ``--map`` decides has none to offer."""
    unused = {
        field: tuple(position for position in tier2 if position not in columns[field])
        for field, (_, tier2) in found.tiers.items()
        if field not in wanted
    }
    return {field: positions for field, positions in unused.items() if positions}
