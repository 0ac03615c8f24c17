"""What a start freezes: a copy with the corrections that is read, sent and reported as the upload would be."""

import csv
import hashlib
import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from support.commands import importer, sandbox
from web.messy import messy_csv, messy_workbook

from importer.journal import Journal
from importer.mapping import header_score
from importer.reading import open_table
from importer.reading.corrected_copy import write_corrected_copy
from importer.reading.corrections import Correction, EditedTable
from importer.web.uploads.ready_input import put_back
from importer.writing.preamble import preamble

__all__ = ["importer", "sandbox"]

FIELDS = ("", "full_name", "date_of_birth", "gender", "country", "phone", "email")


def chunks(table):
    return [
        (chunk.cells.to_dict(), sorted(map(tuple, chunk.issues.itertuples(index=False))), dict(chunk.surplus))
        for chunk in table.chunks()
    ]


@pytest.mark.parametrize(
    "content",
    [
        messy_csv,
        messy_workbook,
        lambda path: path.write_text('a;phone;b\n1;"+7701\n2";x\n\n2;+77012;y;z;w\n3\n', encoding="utf-8"),
    ],
)
def test_a_corrected_copy_reads_as_the_original_with_its_corrections(tmp_path, content):
    path = tmp_path / ("a.xlsx" if content is messy_workbook else "a.csv")
    content(path)
    table = open_table(path, header_score=header_score)
    row = int(next(table.chunks()).cells.index[1])
    raw = next(table.chunks()).cells.loc[row, 1]
    edited = EditedTable(table, {(row, 1): Correction(raw, "new", "anna"), (row, 0): Correction("other", "x", "anna")})
    copy = tmp_path / "b.corrected"
    write_corrected_copy(copy, edited, preamble(table))
    read = open_table(copy, header_score=header_score)
    assert chunks(read) == chunks(edited)
    assert next(read.chunks()).cells.loc[row, 1] == "new"
    assert (read.header, read.dialect, preamble(read)) == (table.header, table.dialect, preamble(table))
    assert [read.column_letter(at) for at in range(3)] == [table.column_letter(at) for at in range(3)]
    table.close()


def checked(anna, name, content, fields=FIELDS):
    at = anna.upload(name, content)
    anna.settled(f"{at}/columns")
    anna.post(
        f"{at}/columns", order="last first middle", **{f"column-{place}": field for place, field in enumerate(fields)}
    )
    return at, anna.settled(f"{at}/check").text


def test_a_start_sends_what_was_corrected_and_the_note_says_by_whom(serve, importer, sandbox, tmp_path):
    page = serve()
    anna = page.client()
    at, text = checked(anna, "физлица.csv", messy_csv(tmp_path / "1c.csv").read_bytes())
    assert "Apply to all 6 cells" in text
    anna.post(f"{at}/cell", row="6", position="4", was="Казахстон РКК", text="KAZ", all="1")
    anna.post(f"{at}/cell", row="10", position="5", was="8701", text="+7 701 555 66 77")
    from importer.web.uploads.ready_input import freeze

    upload = page.site.uploads.get(at.rpartition("/")[2])
    ready = freeze(page.site, upload)
    assert freeze(page.site, upload).path.read_bytes() == ready.path.read_bytes()
    out = tmp_path / "out.csv"
    told = [option for each in ready.options["map"] for option in ("--map", each)]
    ended = importer("run", ready.path, "-o", out, "--full-name", ready.options["full_name"], *told)
    assert ended.code == 1, ended.err
    rows = list(csv.reader(out.read_text(encoding="cp1251").splitlines(), delimiter=";"))
    assert rows[0][0] == "Справочник: Физические лица"
    header = rows[1]
    lines = {number: dict(zip(header, row, strict=False)) for number, row in enumerate(rows[2:], 3)}
    assert lines[10]["Телефон"] == "+7 701 555 66 77"
    assert lines[10]["import_status"] == "created"
    assert "corrected: '8701' -> '+7 701 555 66 77' by anna" in lines[10]["import_note"]
    assert lines[6]["Страна"] == "KAZ"
    assert "'Казахстон РКК' -> 'KAZ' by anna" in lines[16]["import_note"]
    assert lines[7]["import_status"] == "invalid"
    sent = {user["body"]["phone"] for user in sandbox.users()}
    assert "+77015556677" in sent
    again = importer("run", ready.path, "-o", out, "--full-name", ready.options["full_name"], *told, "--json")
    assert json.loads(again.out)["repeated"] is True
    assert importer("verify", "latest", out).code == 0


def test_a_corrected_workbook_comes_back_as_the_persons_own_with_the_corrections_in_it(
    serve, importer, sandbox, tmp_path
):
    page = serve()
    anna = page.client()
    book = openpyxl.load_workbook(messy_workbook(tmp_path / "clients.xlsx"))
    sheet = book["Клиенты"]
    sheet["A11"].font = openpyxl.styles.Font(bold=True)
    sheet["D12"], sheet["D12"].number_format = date(1999, 5, 17), "dd.mm.yyyy"
    sheet.column_dimensions["A"].width = 33
    book.save(tmp_path / "clients.xlsx")
    at = anna.upload("clients.xlsx", (tmp_path / "clients.xlsx").read_bytes())
    anna.settled(f"{at}/check")
    anna.post(f"{at}/cell", row="11", position="0", was="8701", text="8 701 555 66 77")
    anna.post(f"{at}/cell", row="8", position="3", was="31.02.1999", text="=28.02.1999")
    from importer.web.uploads.ready_input import freeze

    upload = page.site.uploads.get(at.rpartition("/")[2])
    out = tmp_path / "out.xlsx"
    ready = freeze(page.site, upload).path
    ended = importer("run", ready, "-o", out)
    assert ended.code == 1, ended.err
    assert "new workbook" not in ended.err + ended.out
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Инструкция", "Клиенты"]
    assert book["Инструкция"]["A1"].value == "Заполните второй лист"
    sheet = book["Клиенты"]
    assert sheet["A11"].font.bold
    assert sheet["D12"].is_date
    assert sheet.column_dimensions["A"].width == 33
    assert (sheet["D8"].value, sheet["D8"].data_type) == ("=28.02.1999", "s")
    assert importer("verify", "latest", out).code == 0
    header = [cell.value for cell in sheet[3]]
    row = dict(zip(header, (cell.value for cell in sheet[11]), strict=True))
    assert row["Телефон"] == "8 701 555 66 77"
    assert row["import_status"] == "created"
    assert "by anna" in row["import_note"]


def test_a_start_that_was_lost_is_made_again_when_its_import_is_to_go_on(serve, tmp_path, monkeypatch):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda folder: not folder)
    page = serve(settings={"token": "t"})
    anna = page.client()
    at = anna.upload("clients.csv", b"phone\n8701\n+77010000001\n")
    anna.settled(f"{at}/check")
    anna.post(f"{at}/cell", row="2", position="0", was="8701", text="+77010000002")
    anna.settled(f"{at}/check")
    anna.post(f"{at}/import", how="all")
    job = page.site.jobs.of_upload(at.rpartition("/")[2])
    start = Path(job.input)
    content = start.read_bytes()
    shutil.rmtree(start.parent)
    assert anna.post(f"{at}/import/go-on").status_code == 200
    assert start.read_bytes() == content
    shutil.rmtree(start.parent)
    with Journal.open(page.site.settings.journal_location) as journal:
        sha256 = hashlib.sha256(content).hexdigest()
        run = journal.create_run("ab" * 32, "an API", start.name, sha256, {"input": str(start)})
    page.site.jobs.known_run(job, run.id)
    anna.post(f"/history/{run.id}/files")
    assert start.read_bytes() == content
    shutil.rmtree(start.parent)
    put_back(page.site, job, replace(run, input_sha256="cd" * 32))
    assert list(start.parent.iterdir()) == [], "read in another way since, it is another content"
    anna.post(f"{at}/cell", row="2", position="0", was="+77010000002", text="+77010000003")
    shutil.rmtree(start.parent)
    anna.post(f"{at}/import/go-on")
    assert list(start.parent.iterdir()) == [], "the run's own copy serves, and its result has a folder"


def test_an_upload_without_corrections_is_its_own_input(serve, tmp_path):
    page = serve()
    anna = page.client()
    at = anna.upload("clients.xlsx", messy_workbook(tmp_path / "clients.xlsx").read_bytes())
    from importer.web.uploads.ready_input import freeze

    upload = page.site.uploads.get(re.search("[0-9a-f]{16}", at)[0])
    assert freeze(page.site, upload).path == upload.path


@pytest.mark.parametrize("damage", [b"", b"ARROW1\0\0", None])
def test_a_damaged_copy_is_refused(importer, tmp_path, damage):
    path = tmp_path / "x.csv.corrected"
    table = open_table(messy_csv(tmp_path / "a.csv"), header_score=header_score)
    write_corrected_copy(path, table, ())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if damage is None else damage)
    assert importer("validate", path).code == 3
