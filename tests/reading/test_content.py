"""A file is what its bytes say; what is no table is refused with its name."""

import gzip
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlwt

from importer.errors import RefusedFile
from importer.reading.content import look
from importer.reading.formats import FORMATS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty: 0 bytes"),
        (b"\n\n  \n", "no text"),
        (b"\xef\xbb\xbf", "no text"),
        (b"<html><body><table><tr><td>phone</td></tr></table>", "web page"),
        (b'\xef\xbb\xbf\n<!DOCTYPE html>\n<meta charset="utf-8"><table>', "web page"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "Excel 2003"),
        (b'<?xml version="1.0"?><users/>', "XML document"),
        (b"%PDF-1.7", "PDF"),
        (b'[{"phone": 1}]', "JSON"),
        (b"BEGIN:VCARD\nVERSION:3.0", "vCard"),
        (b'ID;PWXL;N;E\r\nP;PGeneral\r\nF;P0;DG0G8;M255\r\nB;Y2;X2\r\nC;Y1;X1;K"Phone"\r\nE\r\n', "SYLK"),
        (b'ID;PSCALC3\nC;X1;Y1;K"Phone"\nE\n', "SYLK"),
        (b'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,2\r\n', "DIF"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<table>", "MHTML"),
        (b"From: <Saved>\nSubject: a\n b\nMIME-Version: 1.0\n\n<table>", "MHTML"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and no more", "damaged"),
        (gzip.compress(b"PK\x03\x04", mtime=0), "unpack it first"),
        (gzip.compress(b"", mtime=0), "empty"),
    ],
)
def test_what_holds_no_table_is_refused_by_name(read_bytes, content, words):
    with pytest.raises(RefusedFile, match=words):
        read_bytes(content, name="users.xls")


@pytest.mark.parametrize(
    "text", ["ID;Phone\nC;87011234567\n", "ID;P\nC;K\nC;Y\n", "TABLE,phone\n0,1\n", "MIME-Version,phone\n1.0,2\n"]
)
def test_a_header_that_begins_as_a_foreign_format_does_is_a_header(read_bytes, text):
    assert len(read_bytes(text.encode(), name="users.csv").header) == 2


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.csv", "b.csv"], "zip archive"),
        (["[Content_Types].xml", "word/document.xml"], "Word"),
        (["[Content_Types].xml", "xl/workbook.bin"], "xlsb"),
        (["Index/Document.iwa"], "Numbers"),
    ],
)
def test_a_zip_that_is_no_workbook_is_called_what_it_is(tmp_path: Path, reading, names, words):
    path = tmp_path / "users.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "x")
    with pytest.raises(RefusedFile, match=words):
        reading(path)


def test_the_extension_does_not_matter(tmp_path: Path, reading, read_bytes):
    assert read_bytes("phone,email\n1,a\n", name="users.xlsx").dialect.format == "csv"
    book = openpyxl.Workbook()
    book.active.append(["phone"])
    book.active.append(["1"])
    book.save(tmp_path / "book.xlsx")
    path = (tmp_path / "book.xlsx").rename(tmp_path / "users.csv")
    assert reading(path).dialect.format == "xlsx"


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path, reading):
    with pytest.raises(RefusedFile, match="no such file"):
        reading(tmp_path / "nothing.csv")
    with pytest.raises(RefusedFile, match="folder"):
        reading(tmp_path)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path, reading):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RefusedFile, match="regular file"):
        reading(tmp_path / "pipe")


def test_each_file_is_recognised_by_one_format_and_no_other(tmp_path, raw_xlsx, raw_ods):
    (tmp_path / "users.csv").write_text("phone\n1\n")
    xlwt_book = xlwt.Workbook()
    xlwt_book.add_sheet("S").write(0, 0, "phone")
    xlwt_book.save(str(tmp_path / "users.xls"))
    paths = [raw_xlsx("<worksheet/>"), raw_ods(""), tmp_path / "users.xls", tmp_path / "users.csv"]
    found = [[known.name for known in FORMATS if known.recognises(look(path))] for path in paths]
    assert found == [["xlsx"], ["ods"], ["xls"], ["csv"]]
