"""What a person chose on Columns is what is sent: also that a column is not."""

import html
import re

import pytest

SELECTED = re.compile(r'name="column-(\d+)".*?<option value="([^"]*)" selected', re.DOTALL)
NAMES = "phone,ФИО,Имя\n+77010000001,Ким Анна Ли,НЕТОТ\n+77010000002,Ли ??? Ю,ДРУГОЙ\n"


def chosen(anna, at, **fields):
    answer = anna.post(f"{at}/columns", order="last first middle", **fields)
    anna.settled(f"{at}/check")
    return answer


def selected(anna, at):
    """Column → the field that its choice shows; nothing for one that is not sent."""
    selects = re.findall(r'<select name="column-(\d+)"(.*?)</select>', anna.get(f"{at}/columns").text, re.DOTALL)
    picked = {at: re.search(r'<option value="([^"]*)" selected', inner) for at, inner in selects}
    return {at: one[1] for at, one in picked.items() if one and one[1]}


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_phone_column_that_is_not_to_be_sent_is_asked_for(anna, language):
    at = anna.upload("one.csv", "phone,firstname,gender\n+77010000001,Анна,F\n".encode())
    anna.settled(f"{at}/columns")
    anna.http.headers["accept-language"] = language
    answer = chosen(anna, at, **{"column-0": "", "column-1": "firstname", "column-2": ""})
    assert answer.status_code == 422
    asked = {"en": "A column of phones is needed", "ru": "Нужен столбец с телефонами", "kk": "Телефон бағаны қажет"}
    assert asked[language] in html.unescape(answer.text)
    assert selected(anna, at)["0"] == "phone"
    assert selected(anna, at)["2"] == "gender", "nothing of it was taken in"


def test_beside_whole_names_a_first_name_that_is_not_to_be_sent_is_not(anna):
    at = anna.upload("names.csv", NAMES.encode())
    anna.settled(f"{at}/columns")
    chosen(anna, at, **{"column-0": "phone", "column-1": "full_name", "column-2": ""})
    assert selected(anna, at) == {"0": "phone", "1": "full_name"}
    sent = html.unescape(anna.get(f"{at}/file").text).partition("As they would be sent")[2]
    assert "Анна" in sent
    assert "НЕТОТ" not in sent
    check = html.unescape(anna.settled(f"{at}/check").text)
    assert 'name="position" value="1"' in check, "what is wrong with a word of the name stands at the name"
    anna.post(f"{at}/cell", row="3", position="1", was="Ли ??? Ю", text="Ли Ян Ю")
    assert "Nothing is left to correct" in anna.get(f"{at}/check").text


def test_beside_whole_names_a_first_name_that_is_chosen_is_sent(anna):
    at = anna.upload("names.csv", NAMES.encode())
    anna.settled(f"{at}/columns")
    chosen(anna, at, **{"column-0": "phone", "column-1": "full_name", "column-2": "firstname"})
    assert selected(anna, at) == {"0": "phone", "1": "full_name", "2": "firstname"}
