"""What comes in: streamed, limited, and never more than a file to be read."""

import pytest
from inputs.hostile import HOSTILE
from web.messy import messy_csv, messy_workbook

from importer.web.access.roles import Role

CRAFTED = {
    "html_in_headers.csv": b'<img src=x onerror=alert(1)>,phone,"<script>alert(2)</script>"\n<b>a</b>,+77012000001,x\n',
    "formulas.csv": b"phone,firstname\n=cmd|'/c calc'!A1,@SUM(1)\n+77012000002,=1+1\n",
    "nul.csv": b"phone,firstname\n+77012000003,A\0B\n\0,\0\n",
    "empty.csv": b"",
    "header_only.csv": b"phone,firstname\n",
    "no_phone.csv": "имя,примечание\nАнна,1\n".encode(),
    "page.xls": b"<html><table><tr><td>phone</td></tr></table></html>",
    "random.xlsx": b"PK\x03\x04" + bytes(range(256)) * 4,
    "fake.corrected": b"ARROW1\0\0" + b"\0" * 200,
    "fake.arrow": b"ARROW1\0\0" + b"\xff" * 200,
    "lone_surrogates.csv": b"phone,firstname\n+77012000004,\xed\xa0\x80\n",
}


def looked_at(person, at):
    """Every screen of an upload answers, with words."""
    for screen in ("file", "columns", "check"):
        answer = person.settled(f"{at}/{screen}")
        assert answer.status_code < 500, (screen, answer.text)
        assert "a defect of the program" not in answer.text
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "<b>a</b>" not in answer.text
    return answer


def test_a_crafted_file_is_told_in_words(anna):
    for name, content in CRAFTED.items():
        looked_at(anna, anna.upload(name, content))


QUICK = {
    "zip_bomb.xlsx",
    "lying.xlsx",
    "entities_in_sheet.xlsx",
    "nested.ods",
    "repeats.ods",
    "wide.ods",
    "blank_repeats.ods",
}
"""One of each kind; all of them take minutes and are tried in the chaos tests."""


@pytest.mark.parametrize(
    "names",
    [QUICK, pytest.param({one.name for one in HOSTILE}, marks=[pytest.mark.chaos, pytest.mark.timeout(1800)])],
    ids=["one of each kind", "all"],
)
def test_the_page_lives_through_the_hostile_corpus(anna, tmp_path, names):
    for hostile in (one for one in HOSTILE if one.name in names):
        path = tmp_path / hostile.name
        hostile.build(path, False)
        looked_at(anna, anna.upload(path.name, path.read_bytes()))
    assert anna.get("/healthz").text == "ok\n"


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(serve):
    page = serve(max_upload=1000)
    anna = page.client()
    assert anna.upload("a.csv", b"x" * 1001) == ""
    assert anna.answer.status_code == 413

    def pieces():  # without a length told beforehand
        yield f'--b\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n{anna.csrf}\r\n'.encode()
        yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 1000

    kind = {"content-type": "multipart/form-data; boundary=b"}
    assert anna.http.post("/upload", content=pieces(), headers=kind).status_code == 413
    assert list((page.site.folder / "uploads").glob("*")) == []
    # what arrived in part while the server was killed goes when it starts again; what is whole stays
    whole = page.site.uploads.prepared("whole.csv")
    whole.path.write_bytes(b"phone\n")
    whole.finished("anna")
    page.site.uploads.prepared("half.csv").path.write_bytes(b"pho")
    page.site.uploads.clear_unfinished()
    assert [folder.name for folder in (page.site.folder / "uploads").glob("*")] == [whole.id]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b\r\n\r\nx",
        b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nphone',
        b"x" * 100,
    ],
)
def test_half_an_upload_is_none(page, anna, body):
    kind = {"content-type": "multipart/form-data; boundary=b"}
    start = f'--b\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n{anna.csrf}\r\n'.encode()
    assert anna.http.post("/upload", content=start + body, headers=kind).status_code == 400
    assert anna.http.post("/upload", content=b"x", headers={"content-type": "text/plain"}).status_code == 400
    assert not (page.site.folder / "uploads").exists() or not list((page.site.folder / "uploads").glob("*"))


def test_an_upload_without_its_token_is_refused_before_its_file(page, anna):
    answer = anna.http.post("/upload", files={"file": ("a.csv", b"phone\n1\n")})
    assert answer.status_code == 403
    assert not (page.site.folder / "uploads").exists()


def test_the_template_can_be_uploaded_as_it_is_and_the_trail_says_what_was_uploaded(page, anna):
    template = anna.get("/template.xlsx").content
    at = anna.upload("template.xlsx", template)
    assert looked_at(anna, at).status_code == 200
    noted = next(page.site.audit.newest())
    assert (noted["who"], noted["did"], noted["what"]) == ("anna", "upload", at)


def test_what_is_read_otherwise_is_read_again(anna, tmp_path):
    at = anna.upload("clients.xlsx", messy_workbook(tmp_path / "clients.xlsx").read_bytes())
    text = anna.settled(f"{at}/file").text
    assert "header in row 3" in text
    assert "Клиенты" in text
    assert anna.post(f"{at}/file", sheet="1").status_code == 200
    assert "Инструкция" in anna.settled(f"{at}/file").text
    assert "region" in anna.post(f"{at}/file", region="KAZ").text
    assert anna.post(f"{at}/file", header_row="x").status_code == 422


def test_a_mapping_is_remembered_for_the_same_header_until_it_is_forgotten(anna, tmp_path):
    content = messy_csv(tmp_path / "1c.csv").read_bytes()
    form = {
        f"column-{place}": field
        for place, field in enumerate(("", "full_name", "date_of_birth", "", "country", "phone", "email"))
    }
    first = anna.upload("may.csv", content)
    assert "whole names" in anna.settled(f"{first}/columns").text
    anna.post(f"{first}/columns", order="last first middle", **form)
    anna.settled(f"{first}/check")
    second = anna.upload("june.csv", content.replace(b"00-00001", b"00-10001"))
    text = anna.settled(f"{second}/columns").text
    assert "remembered from" in text
    assert "may.csv" in text
    anna.post(f"{second}/columns/forget")
    text = anna.settled(f"{second}/columns").text
    assert "remembered from" not in text
    assert "by its header" in text
    third = anna.upload("july.csv", content)
    assert "remembered from" not in anna.settled(f"{third}/columns").text


def test_ones_own_files_are_the_last_ones_however_many_others_have_uploaded_since(serve):
    page = serve()
    olga = page.client("olga", Role.OPERATOR)
    olga.upload("olga.csv", b"phone\n+77010000001\n")
    with page.site.database.writing() as db:
        others = [(f"{number:016x}", f"of oleg {number}", "oleg", 9, 0.0) for number in range(60)]
        db.executemany("INSERT INTO uploads VALUES (?, ?, ?, ?, ?)", others)
    shown = olga.get("/").text
    assert "olga.csv" in shown
    assert "of oleg" not in shown
    anna = page.client().get("/").text
    assert [name in anna for name in ("of oleg 59", "of oleg 55", "of oleg 54")] == [True, True, False]
