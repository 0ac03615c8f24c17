"""What stands on the page fits whoever sits in front of it: no name of a file of ours, no row to be deleted."""

import html
import zipfile

import pytest
from support.commands import importer, sandbox
from web.ops_page import until

from importer.messages.language import LANGUAGES, speaking
from importer.messages.sentences import messages
from importer.model import issues_of
from importer.web.uploads.file_analysis import plain_sentence

__all__ = ["importer", "sandbox"]

ROWS = (
    "phone,firstname,country\n+77010000001,Anna,KAZ\n12,Boris,KAZ\n8 701 000 00 01,Vera,KAZ\nphone,firstname,country\n"
)


def test_a_run_of_corrected_cells_has_the_name_of_the_file_that_was_uploaded(serve, sandbox):
    page = serve(settings={"url": sandbox.url})
    anna = page.client()
    at = anna.upload("клиенты.csv", ROWS.encode())
    anna.settled(f"{at}/check")
    anna.post(f"{at}/cell", row="3", position="0", was="12", text="+77010000002")
    anna.post(f"{at}/import", how="all")
    job = page.site.jobs.imports()[0]
    until(lambda: not job.is_alive)
    assert job.input.endswith("клиенты.csv.corrected")
    anna.get(f"{at}/import")
    (job,) = page.site.jobs.imports()
    for address in (f"{at}/result", f"/history/{job.run}", "/history"):
        shown = anna.get(address).text
        assert "клиенты.csv" in shown
        assert "клиенты.csv.corrected" not in shown, address
    assert "клиенты.csv" in anna.get("/history?q=КЛИЕНТЫ.CSV").text


def test_a_row_that_needs_nobody_is_not_to_be_deleted_where_there_are_no_rows_to_delete(serve, tmp_path):
    anna = serve().client()
    at = anna.upload("клиенты.csv", ROWS.encode())

    def said(language, screen="check"):
        anna.http.headers["accept-language"] = language
        return html.unescape(anna.settled(f"{at}/{screen}").text)

    assert "this row is not sent; if it is somebody else, correct the phone" in said("en")
    assert "эта строка не отправляется; если это другой человек, исправьте телефон" in said("ru")
    assert "бұл жол жіберілмейді; егер бұл басқа адам болса, телефонды түзетіңіз" in said("kk")
    for screen in ("file", "check"):
        assert "nothing has to be done" in said("en", screen)
        assert "delete" not in said("en", screen)
        assert "удалите" not in said("ru", screen)
        assert "өшіріңіз" not in said("kk", screen)
    # the file that is passed on is mended in a spreadsheet, where rows can be deleted
    anna.http.headers["accept-language"] = "en"
    assert b"delete one of the rows" in b"".join(texts_of(tmp_path, anna.get(f"{at}/list").content))


def texts_of(folder, workbook):
    (folder / "list.xlsx").write_bytes(workbook)
    with zipfile.ZipFile(folder / "list.xlsx") as parts:
        return [parts.read(name) for name in parts.namelist()]


def test_nothing_has_been_sent_is_said_until_something_may_have_been(serve, sandbox, monkeypatch):
    page = serve(settings={"url": sandbox.url})
    anna = page.client()
    at = anna.upload("клиенты.csv", ROWS.encode())
    screens = ("file", "columns", "check")
    assert ["Nothing has been sent yet." in anna.settled(f"{at}/{screen}").text for screen in screens] == [True] * 3
    sandbox.set(latency=2000.0)
    anna.post(f"{at}/import", how="all")
    until(lambda: sandbox.stats()["requests"])
    anna.post(f"{at}/import/stop")
    job = page.site.jobs.imports()[0]
    until(lambda: not job.is_alive)
    monkeypatch.setattr("importer.web.uploads.open_upload._AT_ONCE", 0.0)
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda _folder: True)
    monkeypatch.setattr("importer.web.records.jobs.is_alive", lambda _folder: True)
    checking = anna.post(f"{at}/check-again").text
    for screen in screens:
        shown = anna.settled(f"{at}/{screen}").text
        assert "An import of this file was started." in shown
        assert "othing has been sent" not in shown, screen
    assert "data-again" not in checking or "othing has been sent" not in checking
    anna.post(f"{at}/import/go-on")
    assert "othing has been sent" not in anna.get(f"{at}/import").text, "its first row was sent before it was stopped"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["row_shape", "row_truncated", "row_quote", "row_nul"])
def test_a_row_that_no_cell_of_the_page_can_mend_is_mended_in_the_file_which_is_uploaded_again(code, language):
    again = {"en": "upload the file again", "ru": "загрузите файл ещё раз", "kk": "файлды қайта жүктеңіз"}
    with speaking(language):
        for detail in ("", "5 cells, 4 in the header"):
            (said,) = messages(issues_of([(2, "", code, "error", "", detail)]), lambda _field: "")
            what, _, to_do = said.partition("; ")
            assert to_do, "what is to be done"
            assert what.endswith(detail)
            shown = plain_sentence("", code, said)
            assert again[language] in shown
            assert shown.startswith(what[:1].upper() + what[1:])
            assert to_do not in shown
