"""The first rows as they would be sent."""

from dataclasses import replace

from importer.planning.mapped_input import open_input
from importer.planning.plan import nothing_known
from importer.progress import Watch
from importer.settings import load
from importer.validation import preview
from importer.validation.preview import Preview, first_to_send
from importer.validation.stream import checked_chunks
from importer.validation.survey import survey


def test_a_weaker_column_is_told_of_with_the_rows_that_only_it_could_fill_whoever_has_seen_them(tmp_path):
    path = tmp_path / "users.csv"
    rows = ["1,2,,,", ",3,,,", ", ,4,,a", ",5,6,,", ",,,x,", ",7,,,"]
    header = "phone,Рабочий телефон,Домашний телефон,email,Рабочий email"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    mapped = open_input(path, load({}), "2026-01-01")
    one, other, seen = (Preview(mapped.mapping) for _ in range(3))
    try:
        for at, checked in enumerate(checked_chunks(mapped, size=2)):
            (one if at < 2 else other).add(checked)
    finally:
        mapped.table.close()
    assert [finding.topic for finding in seen.findings("KZ")] == ["region"]
    seen.include(one)
    for many in (3, 4, 5):
        region, phone, email = seen.findings("KZ")
        assert [(found.topic, found.warning) for found in (region, phone, email)] == [
            ("region", False),
            ("mapping", True),
            ("mapping", False),
        ]
        assert phone.text.startswith(f"{many} rows without a phone have one in column B")
        assert email.text.startswith("1 row without a email has one in column E")
        seen.include(other)


def test_the_survey_has_seen_the_rows_that_the_preview_shows_and_the_file_is_not_read_for_them_again(tmp_path):
    path = tmp_path / "users.csv"
    phones = ["8701", "8 701 123 45 67", "+77011234567", "+77021234567", "", "8(705)1234567", "+77071234567"]
    path.write_text("phone,country\n" + "".join(f"{phone},Казахстан\n" for phone in phones), encoding="utf-8")
    mapped = open_input(path, load({}), "2026-01-01")
    try:
        found = survey(mapped, duplicates="first", watch=Watch())
        read_again = first_to_send(found.mapped, found.phones, nothing_known)
    finally:
        mapped.table.close()
    closed = replace(found.mapped, table=None)  # nothing could be read from it
    assert first_to_send(closed, found.phones, nothing_known, found.top) == read_again
    assert [row for row, _ in read_again] == [3, 5, 7]
    assert read_again[0][1] == {"phone": "+77011234567", "country": "KAZ"}


def test_of_people_who_are_there_already_none_is_shown_and_no_more_is_read_than_needed(tmp_path, monkeypatch):
    path = tmp_path / "users.csv"
    phones = [f"+77011234{row}" for row in range(500, 516)]
    path.write_text("\n".join(["phone", *phones]) + "\n", encoding="utf-8")
    sizes = iter([3, 4])
    monkeypatch.setattr(preview, "checked_chunks", lambda *args, **_: checked_chunks(*args, size=next(sizes)))
    asked = []
    mapped = open_input(path, load({}), "2026-01-01")
    try:
        found = survey(mapped, duplicates="first", watch=Watch())
        shown = first_to_send(mapped, found.phones, lambda some: asked.append(some) or {*phones[:6]} & {*some})
    finally:
        mapped.table.close()
    assert shown == tuple((row, {"phone": phones[row - 2]}) for row in (8, 9, 10))
    assert [some[0] for some in asked] == [phones[0], phones[0], phones[4], phones[8]]
