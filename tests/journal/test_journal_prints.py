"""Prints of fields: a row is told from what was sent of its user, and nobody can read a value out of the journal."""

from collections.abc import Callable

import pandas as pd
import pytest

from importer.errors import BooksDontBalance
from importer.journal import Run
from importer.journal.integrity.keys import JournalKeys
from importer.journal.ledger.field_prints import PRINTED, FieldPrints
from importer.journal.ledger.name_key import name_key
from schemas.fields import FIELDS

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

KEYS = JournalKeys(b"k" * 32)
PHONE = KEYS.of("+77010000001")
SENT = {
    "phone": "+77010000001",
    "firstname": "Айгерим",
    "lastname": "Серикова",
    "email": "a@example.com",
    "gender": "F",
}


@pytest.fixture
def prints() -> FieldPrints:
    return FieldPrints(KEYS)


def test_prints_are_stored_in_an_order_that_no_version_may_change() -> None:
    told = "email firstname lastname date_of_birth identifier country gender nationality"
    assert " ".join(PRINTED[:8]) == told, "a field in the midst of the table needs a migration of the journal"
    assert set(PRINTED) == set(FIELDS) - {"phone"}


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({}, ()),
        ({"email": "b@example.com"}, ("email",)),
        ({"email": "", "gender": ""}, ()),
        ({"country": "KAZ"}, ("country",)),
        ({"lastname": "СЕРИКОВА"}, ("lastname",)),
        ({"firstname": "Aigerim", "lastname": "Serikova", "gender": "M"}, ("firstname", "lastname", "gender")),
    ],
)
def test_filled_fields_that_are_not_as_they_were_sent_are_named(
    prints: FieldPrints, now: dict[str, str], changed: tuple[str, ...]
) -> None:
    found = prints.difference(PHONE, {**SENT, **now}, prints.of(PHONE, SENT))
    assert found.changed == changed
    assert not found.other_person
    assert found.learnt == b""
    if changed:
        again = prints.difference(PHONE, {**SENT, **now}, found.updated)
        assert again.changed == (), "once they are sent, they are as they were sent"


@pytest.mark.parametrize(
    ("names", "is_another"),
    [
        (("Пётр", "Сидоров"), True),
        (("Айгерим", "Ахметова"), False),
        (("Алия", "Серикова"), False),
        (("АЙГЕРИМ", "СЕРИКОВА"), False),
        (("Aygerim", "Serikova"), False),
        (("Серикова", "Айгерим"), False),
        (("Пётр", ""), False),
        (("", ""), False),
        (("Ай-герим", "Сидорова"), False),
    ],
)
def test_only_two_other_names_make_another_person_however_names_are_spelt(
    prints: FieldPrints, names: tuple[str, str], is_another: bool
) -> None:
    now = {**SENT, "firstname": names[0], "lastname": names[1]}
    assert prints.difference(PHONE, now, prints.of(PHONE, SENT)).other_person is is_another
    half = {**SENT, "lastname": ""}
    assert not prints.difference(PHONE, now, prints.of(PHONE, half)).other_person, "one name was never sent"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Юрий", "Yuri"),
        ("Щербаков", "Shcherbakov"),
        ("Ержан", "Yerzhan"),
        ("Әсел", "Asel"),
        ("Ғалым", "GALYM"),
        ("Müller", "Muller"),
        ("Анна-Мария", "Анна Мария"),
        ("Хасан", "Khassan"),
    ],
)
def test_spellings_of_a_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Иван", "Пётр"), ("Ни", "Ли"), ("张", "李"), ("Олег", "Ольга")])
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_of_what_was_never_known_nothing_is_said_and_it_is_learnt(prints: FieldPrints) -> None:
    first = prints.difference(PHONE, {**SENT, "email": ""}, b"")
    assert (first.changed, first.other_person) == ((), False)
    second = prints.difference(PHONE, SENT, first.learnt)
    assert second.changed == (), "the e-mail was not known before"
    third = prints.difference(PHONE, {**SENT, "email": "b@example.com", "lastname": "Ахметова"}, second.learnt)
    assert third.changed == ("email", "lastname")


def test_of_whom_only_the_names_are_known_they_tell_who_it_is_and_no_more(prints: FieldPrints) -> None:
    other = {**SENT, "firstname": "Иван", "lastname": "Пак"}
    stored = prints.of_names(PHONE, SENT)
    assert len(stored) == len(prints.of(PHONE, SENT)), "the journal's form is as it was"
    assert prints.difference(PHONE, other, stored).other_person
    assert prints.is_another_person(PHONE, prints.of(PHONE, other), stored)
    now = {**SENT, "lastname": "Ахметова", "email": "b@example.com"}
    found = prints.difference(PHONE, now, stored)
    assert (found.changed, found.other_person) == (("lastname",), False)
    same = prints.difference(PHONE, SENT, stored)
    assert (same.changed, same.other_person) == ((), False)
    assert prints.difference(PHONE, now, same.learnt).changed == ("email", "lastname")
    one = prints.of_names(PHONE, {**SENT, "lastname": ""})
    assert not prints.difference(PHONE, other, one).other_person
    assert prints.difference(PHONE, SENT, one).changed == (), "that a blank one was sent is not known"
    assert prints.of_names(PHONE, {"email": "a@example.com"}) == b""


def test_what_changed_is_still_told_when_something_else_is_learnt(prints: FieldPrints) -> None:
    known = prints.difference(PHONE, {**SENT, "email": ""}, b"").learnt
    now = {**SENT, "lastname": "Ахметова"}
    found = prints.difference(PHONE, now, known)
    assert found.changed == ("lastname",)
    again = prints.difference(PHONE, now, found.learnt)
    assert (again.changed, again.learnt) == (("lastname",), b"")


def test_a_new_phone_takes_the_prints_of_the_filled_fields_along(prints: FieldPrints) -> None:
    new = KEYS.of("+77020000002")
    now = {**SENT, "phone": "+77020000002", "gender": "", "email": "b@example.com"}
    found = prints.difference(PHONE, now, prints.of(PHONE, SENT), now=new)
    assert found.changed == ("phone", "email")
    later = prints.difference(new, {**SENT, "email": "c@example.com"}, found.updated)
    assert later.changed == ("email",), "the gender of a blank cell is not known under the new phone"


def test_two_users_of_one_name_have_nothing_alike_and_no_value_stands_there(prints: FieldPrints) -> None:
    one, other = (prints.of(KEYS.of(phone), SENT) for phone in ("+77010000001", "+77010000002"))
    assert not {one[place : place + 4] for place in range(0, 44, 4)} & {other[place : place + 4] for place in range(44)}
    assert FieldPrints(JournalKeys(b"x" * 32)).of(PHONE, SENT) != one


def test_a_flipped_bit_in_prints_is_noticed(prints: FieldPrints) -> None:
    stored = bytearray(prints.of(PHONE, SENT))
    stored[9] ^= 1
    with pytest.raises(BooksDontBalance, match="fields that were sent"):
        prints.difference(PHONE, {**SENT, "email": "b@example.com"}, bytes(stored))
    assert prints.difference(PHONE, SENT, bytes(stored)).changed == (), (
        "a row that is as it was needs no more than that"
    )


@pytest.mark.parametrize(
    ("sent", "now", "changed", "in_doubt"),
    [
        (["firstname"], {}, ("firstname",), ("firstname",)),
        (["firstname"], {"firstname": "Алия"}, ("firstname",), ("firstname",)),
        (["firstname"], {"firstname": ""}, (), ()),
        (["firstname"], {"firstname": "", "email": "b@example.com"}, ("email",), ()),
        (["email", "firstname"], {"gender": "M"}, ("email", "firstname", "gender"), ("email", "firstname")),
        (["phone"], {}, ("phone",), ("phone",)),
        (["phone", "email"], {"email": "", "gender": "M"}, ("phone", "gender"), ("phone",)),
        ([], {}, (), ()),
    ],
)
def test_what_an_update_without_an_answer_has_sent_differs_from_any_value(
    prints: FieldPrints, sent: list[str], now: dict[str, str], changed: tuple[str, ...], in_doubt: tuple[str, ...]
) -> None:
    stored = prints.under_way(PHONE, prints.of(PHONE, SENT), sent)
    assert len(stored) == len(prints.of(PHONE, SENT)), "the journal's form is as it was"
    found = prints.difference(PHONE, {**SENT, **now}, stored)
    assert (found.changed, found.in_doubt, found.learnt) == (changed, in_doubt, b"")
    again = prints.difference(PHONE, {**SENT, **now}, found.updated)
    assert (again.changed, again.in_doubt) == ((), ()), "answered, it is as it was sent"


def test_a_second_update_without_an_answer_leaves_the_doubt_of_the_first(prints: FieldPrints) -> None:
    first = prints.under_way(PHONE, prints.of(PHONE, SENT), ["phone", "firstname"])
    second = prints.under_way(PHONE, first, ["email"])
    assert prints.difference(PHONE, SENT, second).in_doubt == ("phone", "email", "firstname")


def test_an_update_of_whom_nothing_is_known_leaves_what_it_sent_in_doubt_and_the_rest_unknown(
    prints: FieldPrints,
) -> None:
    found = prints.difference(PHONE, SENT, prints.under_way(PHONE, b"", ["email"]))
    assert (found.changed, found.in_doubt) == (("email",), ("email",))
    nothing = prints.difference(PHONE, SENT, prints.under_way(PHONE, b""))
    assert nothing.changed == ()
    assert prints.difference(PHONE, SENT, nothing.learnt) == prints.difference(PHONE, SENT, prints.of(PHONE, SENT))


@pytest.mark.parametrize("sent", ["phone", "email"])
def test_what_is_learnt_beside_a_doubt_leaves_it_a_doubt(prints: FieldPrints, sent: str) -> None:
    stored = prints.under_way(PHONE, prints.of_names(PHONE, SENT), [sent])
    learnt = prints.difference(PHONE, SENT, stored).learnt
    assert learnt, "the gender is"
    assert prints.difference(PHONE, SENT, learnt).in_doubt == (sent,)


def test_names_in_doubt_are_held_against_those_that_were_answered_for(prints: FieldPrints) -> None:
    before = prints.of(PHONE, SENT)
    stored = prints.under_way(PHONE, before, ["firstname", "lastname"])
    stranger = {**SENT, "firstname": "Пётр", "lastname": "Сидоров"}
    assert prints.difference(PHONE, stranger, stored).other_person
    assert not prints.difference(PHONE, SENT, stored).other_person
    assert prints.is_another_person(PHONE, prints.of(PHONE, stranger), stored)


def test_a_new_phone_takes_the_doubt_about_blank_cells_along(prints: FieldPrints) -> None:
    new, stored = KEYS.of("+77020000002"), prints.under_way(PHONE, prints.of(PHONE, SENT), ["phone", "email"])
    found = prints.difference(PHONE, {**SENT, "email": ""}, stored, now=new)
    assert (found.changed, found.in_doubt) == (("phone",), ()), "that the user has another phone is certain"
    assert prints.difference(new, SENT, found.updated).in_doubt == ("email",)
