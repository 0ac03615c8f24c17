"""The page in the language of whoever asks, request by request, also where it shows what was found out before."""

import html
import re
import sqlite3

import pytest
from support.commands import importer, sandbox
from web.ops_page import until

from importer.messages.kept_sentences import kept
from importer.messages.language import LANGUAGES, speaking
from importer.messages.text import Text, counted, spoken
from importer.web import words

__all__ = ["importer", "sandbox"]

ROWS = "phone,Имя,country\n+77010000001,Anna,Казахстан\n12,Boris,Казахстан\n+77010000003,Vera,КАЗАХСТОН\n"


def test_whoever_asks_reads_the_page_in_their_language_also_what_was_found_for_somebody_else(serve):
    anna = serve().client()
    address = anna.upload("клиенты.csv", ROWS.encode())
    assert "Nothing has been sent yet." in anna.settled(f"{address}/check").text

    def said(language, page):
        anna.http.headers["accept-language"] = language
        return re.sub(r"\s+", " ", anna.settled(f"{address}/{page}").text)

    assert "expected + and 10 to 15 digits" in said("en", "file")
    assert "в номере 2 цифры, а нужно от 10 до 15, с кодом страны" in said("ru", "file")
    assert "2 сан бар" in said("kk", "file")
    russian, kazakh = said("ru-RU,ru;q=0.9", "check"), said("kk", "check")
    assert "Пока ничего не отправлено." in russian
    assert "нужно исправить" in russian
    assert "Әзірге ештеңе жіберілген жоқ." in kazakh
    assert "түзету керек" in kazakh
    for english in ("Nothing has been sent", "to correct", "digits", "What to correct"):
        assert english not in russian
        assert english not in kazakh


def test_the_page_of_a_defect_is_said_in_the_language_of_the_request_and_guarded_as_any_other(page, anna):
    address = anna.upload("клиенты.csv", ROWS.encode())
    anna.settled(f"{address}/file")
    with sqlite3.connect(page.site.uploads.folder / address.rpartition("/")[2] / "draft.db") as draft:
        draft.execute("UPDATE facts SET value = 'no JSON'")
    draft.close()
    anna.http.headers["accept-language"] = "kk"
    answer = anna.get(f"{address}/file")
    assert answer.status_code == 500
    assert "бағдарламаның қатесі" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert answer.headers["content-language"] == "kk"
    anna.http.headers["accept-language"] = "ru"
    answer = anna.http.post("/leave", headers={"origin": "https://evil.example"})
    assert "другая страница" in answer.text


def test_what_a_job_says_of_its_end_is_said_in_the_language_of_the_request(
    serve, importer, sandbox, tmp_path, monkeypatch
):
    monkeypatch.delenv("FREEDOM_ID_TOKEN")
    (tmp_path / "token").write_text("not-the-token")
    (tmp_path / "token").chmod(0o600)
    page = serve(settings={"url": sandbox.url, "token_file": tmp_path / "token"})
    anna = page.client()
    address = anna.upload("клиенты.csv", ROWS.encode())
    anna.settled(f"{address}/check")
    anna.post(f"{address}/import", how="all")
    job = page.site.jobs.imports()[0]
    until(lambda: not job.is_alive)

    def said(language):
        anna.http.headers["accept-language"] = language
        return anna.get(f"{address}/import").text

    assert "401" in said("en")
    russian, kazakh = said("ru"), said("kk")
    ending = job.summary["message"].removesuffix(": replace it and run the same command again")
    assert ending != job.summary["message"]
    assert ending in html.unescape(said("en"))
    assert "same command" not in said("en")
    assert job.summary["message"] not in html.unescape(russian + kazakh)
    assert "токен" in russian
    assert "токен" in kazakh
    assert "команд" not in russian + kazakh


@pytest.mark.parametrize(("told", "expected"), [({}, "ru"), ({"language": "kk"}, "kk")])
def test_a_result_speaks_as_whoever_started_its_import_unless_the_server_was_told_a_language(
    serve, importer, sandbox, tmp_path, told, expected
):
    (tmp_path / "token").write_text(sandbox.token)
    (tmp_path / "token").chmod(0o600)
    page = serve(settings={"url": sandbox.url, "token_file": tmp_path / "token", **told})
    anna = page.client()
    anna.http.headers["accept-language"] = "ru"
    address = anna.upload("клиенты.csv", ROWS.encode())
    anna.settled(f"{address}/check")
    anna.post(f"{address}/import", how="all")
    job = page.site.jobs.imports()[0]
    until(lambda: not job.is_alive)
    reason = {"ru": "в номере 2 цифры", "kk": "2 сан бар"}[expected]
    assert reason in job.files()["result"].read_text(encoding="utf-8")
    assert importer("verify", "latest", job.files()["result"]).code == 0
    # made again by somebody else it is as it was
    anna.http.headers["accept-language"] = "en"
    anna.get(f"{address}/result")
    job.files()["result"].unlink()
    anna.post(f"/history/{job.summary['run']}/files")
    again = page.site.jobs.of_run(job.summary["run"])[0]
    until(lambda: not again.is_alive)
    assert reason in again.files()["result"].read_text(encoding="utf-8")


@pytest.mark.parametrize("chosen", LANGUAGES)
@pytest.mark.parametrize("message", words.TO_GO_ON)
def test_where_a_button_goes_on_no_command_is_named(message, chosen):
    values = {"count": 2, "limit": 900.0, "cause": "HTTP 503; later", "path": "a, b", "reason": "c: d", "remedy": "e"}
    values |= {"run": "1a", "newest": "2b", "why": "HTTP 404: x"}
    many = "{count:,} rows were not sent; run the same command without --limit to send them"
    told = counted(message, many, values.pop("count")) if "{count" in message else Text(message, **values)
    with speaking(chosen):
        heard, spoken_ = words.heard(kept(told)), spoken(told)
    assert re.search("command|команд|--resume", spoken_)
    assert not re.search("command|команд|--limit|--resume", heard)
    assert spoken_.startswith(heard.partition(". ")[0] if "token" in message else heard)
    assert heard.strip()
    assert (spoken_ == told) == (chosen == "en"), "it is no sentence of the catalogue"
    assert all(str(value) in heard for name, value in values.items() if f"{{{name}" in message and name != "limit")


def test_what_an_error_says_is_said_in_the_language_of_the_request(serve):
    anna = serve().client()
    anna.http.headers["accept-language"] = "ru"
    address = anna.upload("пусто.csv", b"")
    assert address
    page = anna.settled(f"{address}/file").text
    assert "Так файл прочитать нельзя." in page
    refused = re.search(r"</strong></p>(.*?)</div>", page, re.DOTALL)[1]
    assert not re.findall(r"\b[a-z]{5,}\b", refused.replace("пусто.csv", "")), refused
    # what the command line calls by its option is called by its name on the page
    address = anna.upload("имена.csv", "ФИО,a\nКим Анна,1\n".encode())
    question = anna.settled(f"{address}/columns").text
    assert "«Столбцы»" in html.unescape(question)
    assert "--map" not in question
    assert anna.get("/files/nowhere/file").text.count("Здесь ничего нет") >= 1


def test_a_language_is_chosen_also_on_the_answer_to_a_form(serve):
    """Its address takes forms alone: a link that leads back there leads to the page that the form is of."""
    page = serve()
    anna = page.client()
    at = anna.upload("клиенты.csv", ROWS.encode())
    anna.settled(f"{at}/check")
    conflict = anna.post(f"{at}/cell", row="3", position="0", was="13", text="14")
    answers = (anna.post("/settings/test"), conflict, anna.http.post("/enter", data={"key": "no key"}))
    for answer in answers:
        kazakh = html.unescape(re.search(r'href="(/language/kk[^"]+)"', answer.text)[1])
        followed = anna.get(kazakh)
        assert followed.status_code == 200, kazakh
        assert 'lang="kk"' in followed.text
    assert str(followed.url) == f"{page.url}/"
    assert anna.http.put(f"{at}/cell").status_code == 405


@pytest.mark.parametrize("chosen", LANGUAGES)
def test_who_has_to_replace_a_token_is_said_beside_the_button_that_goes_on(chosen):
    told = "the API refuses the token (401): replace it and run the same command again"
    asks = {"en": "Ask whoever runs", "ru": "Попросите того, кто отвечает за", "kk": "Серверге жауапты адамнан"}
    with speaking(chosen):
        heard = words.heard(kept(Text(told, cause="")))
    assert "(401). " in heard
    assert asks[chosen] in heard
