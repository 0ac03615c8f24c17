"""The first rows as they would be sent."""

from dataclasses import replace

from importer.planning.plan import nothing_known
from importer.planning.source import open_source
from importer.progress import Watch
from importer.settings import load
from importer.validation.preview import first_to_send
from importer.validation.survey import survey


def test_the_survey_has_seen_the_rows_that_the_preview_shows_and_the_file_is_not_read_for_them_again(tmp_path):
    path = tmp_path / "users.csv"
    phones = ["8701", "8 701 123 45 67", "+77011234567", "+77021234567", "", "8(705)1234567", "+77071234567"]
    path.write_text("phone,country\n" + "".join(f"{phone},Казахстан\n" for phone in phones), encoding="utf-8")
    source = open_source(path, load({}), "2026-01-01")
    try:
        found = survey(source, duplicates="first", watch=Watch())
        read_again = first_to_send(found.source, found.phones, nothing_known)
    finally:
        source.table.close()
    closed = replace(found.source, table=None)  # nothing could be read from it
    assert first_to_send(closed, found.phones, nothing_known, found.top) == read_again
    assert [row for row, _ in read_again] == [3, 5, 7]
    assert read_again[0][1] == {"phone": "+77011234567", "country": "KAZ"}
