"""The vocabulary of the table that judges answers: each of its words in a sentence, and sentences that are like it."""

import pytest

from importer.freedom_id import answer_words
from importer.freedom_id.answer_words import (
    may_say_taken,
    says_format,
    says_later,
    says_no_such_path,
    says_taken,
    says_token,
    speaks_of_another_only,
)

TAKEN = (
    "already been exist", "already is taken", "already registered", "already in use", "already used",
    "already assigned", "already occupied", "already belongs to somebody", "has been taken", "It is taken",
    "was taken", "Exists", "user exist", "in use", "is not unique", "must be unique", "Duplicate entry",
    "уже  существует", "уже занят", "уже зарегистрирован", "уже используется", "уже есть", "уже был",
    "такой существует", "номер занят", "не уникален", "неуникальный", "дубль", "дубликат", "бұрыннан бар",
    "тіркелген нөмір", "нөмір бос емес",
)  # fmt: skip
FREE = (
    "does not exist", "doesn't exist", "isn’t taken", "has never been registered", "cannot be taken",
    "no longer exists",
    "не существует", "не  зарегистрирован", "не занят", "mistaken", "existence", "reuse", "незанятый",
)  # fmt: skip
FORMAT = (
    "wrong format", "invalid", "not valid", "required", "missing", "blank", "empty", "must be 10", "must match",
    "must start", "must begin", "must contain", "must have", "must only", "11 digits", "one digit", "characters",
    "a character", "length", "regex", "pattern", "too long", "too short", "at least 3", "at most 5", "формат",
    "Неверный", "некорректен", "некоректен", "недопустимо", "обязательно", "должен быть", "должна быть", "должно быть",
    "должны быть", "цифр", "символ", "длина", "заполните", "қате", "пішімі", "міндетті өріс",
    "does not exist", "never registered", "cannot exist", "не зарегистрирован", "не занят",
)  # fmt: skip
TOKEN = (
    "Unauthenticated.", "unauthorized", "unauthorised", "invalid_token", "invalid_grant",
    "access token of x is invalid", "bearer token expired", "authorization_token revoked", "auth-token missing",
    "access token required", "invalid token", "expired access token", "revoked bearer token", "missing auth token",
    "token is invalid",
    "token has expired", "token was revoked",
)  # fmt: skip
LATER = (
    "Too many requests", "too  many attempts", "rate limit", "throttled", "try later", "try again later", "temporary",
    "temporarily", "server error", "Internal error", "unavailable", "timed out", "timeout",
    "слишком много", "попробуйте позже", "внутренняя ошибка", "недоступен",
)  # fmt: skip
NO_SUCH_PATH = (
    "Not found", "404 Not Found!", "404: page not found", "path was not found.", "Route not found",
    "resource not found", "endpoint not found", "URL not found", "the route api/x could not be found",
    "route x is not defined",
    "The requested URL /x was not found", "the resource you want was not ever found",
    "endpoint x is not found",
    "Cannot POST /x", "method is not allowed", "The POST method is not supported", "страница не найдена",
)  # fmt: skip
PLAIN = ("Ann", "", "user 17", "hello", "birthday", "цвет", "ұлт")


@pytest.mark.parametrize(
    ("says", "sentences", "others"),
    [
        (says_taken, TAKEN, FREE),
        (may_say_taken, ("taken", "already", "unique", "уже", "уникальный"), ("not taken", "mistaken", "неуже", "нет")),
        (
            says_format,
            FORMAT,
            ("invalidate", "validity", "mustard", "musty bee", "digitally", "должник"),
        ),
        (says_token, TOKEN, ("the token", "token of Ann", "tokens", "authenticated", "access token")),
        (says_later, LATER, ("too many digits", "late", "error", "sometimes outside")),
        (says_no_such_path, NO_SUCH_PATH, ("Country not found", "not found: Ann", "found", "we cannot post it")),
        (
            speaks_of_another_only,
            ("email", "E-mail taken", "почта занята"),
            ("email or phone", "email, msisdn", "email, mobile", "почта, телефон", "почта и номер", "phone"),
        ),
    ],
)
def test_each_word_of_the_vocabulary_is_heard_and_none_that_is_only_like_it(says, sentences, others):
    assert [text for text in sentences if not says(text)] == []
    assert [text for text in (*others, *PLAIN) if says(text)] == []


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("PHONE_TAKEN", True),
        ("userExists", True),
        ("the phone is taken", False),
        ("email_taken", False),
        ("taken", False),
    ],
)
def test_a_code_says_taken_if_it_is_one_word_of_whose_and_that_it_is_there(code, taken):
    assert answer_words.code_says_taken(code) is taken


@pytest.mark.parametrize(
    ("text", "conflict"), [("conflict", True), ("the user exists", True), ("phone is unique", True), ("on fire", False)]
)
def test_a_plain_text_under_409_says_conflict_by_any_of_three_kinds_of_words(text, conflict):
    assert answer_words.says_conflict(text) is conflict


@pytest.mark.parametrize(
    ("field", "phone", "other"),
    [
        ("phone", True, False),
        ("user.Phone", True, False),
        ("body[phone_number]", True, False),
        ("msisdn", True, False),
        ("mobile", True, False),
        ("mobile-phone", True, False),
        ("Телефон", True, False),
        ("telephones", False, False),
        ("email", False, True),
        ("user/date_of_birth", False, True),
        ("country", False, True),
        ("nationality", False, True),
        ("grants", False, False),
        ("", False, False),
    ],
)
def test_a_fields_name_is_the_phone_s_another_one_s_or_none_of_the_body(field, phone, other):
    assert (answer_words.names_phone(field), answer_words.names_other_field(field)) == (phone, other)
