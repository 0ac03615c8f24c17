"""What the API's words say, in English, Russian and Kazakh: the vocabulary of the classification table.

The API documents no error codes, so words are often all there is. A word list errs on the side that loses
nothing: a row called rejected is shown to a person, a row called taken is not.
"""

import re
from collections.abc import Sequence
from typing import Final

from schemas.fields import FIELDS

PHONE_FIELDS: Final = frozenset({"phone", "phonenumber", "msisdn", "mobile", "mobilephone", "телефон"})
OTHER_FIELDS: Final = frozenset(name.replace("_", "") for name in FIELDS if name != "phone")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_ABSENT: Final = _any(
    r"(\b(not|never|cannot|no longer)|n['’]t)\s+(\w+\s+)?(exist|taken|registered)",
    r"не\s+существует",
    r"не\s+зарегистрирован",
    r"не\s+занят",
)
_NO_USER: Final = _any(
    r"\bthere\s+exists?\b",
    r"\bduplicat\w*\s+(request|transaction|message|call|operation|submission)",
    r"\b(request|transaction|idempotency)(\s+\w+){0,2}\s+(is\s+|has\s+)?(already|exists?|duplicat)\w*",
)
"""Where a thing exists that is no user."""
_TAKEN: Final = _any(
    r"\balready\s+(been\s+|is\s+)?(exist|taken|registered|in\s+use|used|assigned|occupied|belongs)",
    r"\b(has\s+been|is|was)\s+taken\b",
    r"\bexists?\b",
    r"\bin\s+use\b",
    r"\b(not|be)\s+unique\b",
    r"\bduplicat",
    r"уже\s+(существует|занят|зарегистрирован|используется|есть|был)",
    r"существует",
    r"\bзанят",
    r"не\s*уникал",
    r"дубл(ь|и)",
    r"бұрыннан",
    r"тіркелген",
    r"бос\s+емес",
)
_MAYBE_TAKEN: Final = _any(r"\btaken\b", r"\balready\b", r"\bunique\b", r"\bуже\b", r"уникальн")
_FORMAT: Final = _any(
    r"format",
    r"\b(in)?valid\b",
    r"\b(required|missing|blank|empty)\b",
    r"\bmust\s+(be|match|start|begin|contain|have|only)\b",
    r"\b(digits?|characters?|length|regex|pattern)\b",
    r"\btoo\s+(long|short)\b",
    r"\bat\s+(least|most)\b",
    r"формат",
    r"невер",
    r"некорр?ект",
    r"недопустим",
    r"обязател",
    r"долж(ен|на|но|ны)\b",
    r"цифр",
    r"символ",
    r"длин",
    r"заполн",
    r"қате",
    r"пішім",
    r"міндетті",
)
_TOKEN: Final = _any(
    r"\bunauthenticated\b",
    r"\bunauthori[sz]ed\b",
    r"\binvalid_(token|grant)\b",
    r"\b(access|bearer|auth\w*)[\s_-]*token\b.*\b(invalid|expired|revoked|missing|required)",
    r"\b(invalid|expired|revoked|missing)\s+(access|bearer|auth\w*)?[\s_-]*token\b",
    r"\btoken\s+(is\s+|has\s+|was\s+)?(invalid|expired|revoked)",
)
_LATER: Final = _any(
    r"too\s+many\s+(requests|attempts)",
    r"rate\s+limit",
    r"\bthrottl",
    r"try\s+(again\s+)?later",
    r"temporar(y|ily)",
    r"(server|internal)\s+error",
    r"unavailable",
    r"\btime(d\s+out|out)\b",
    r"слишком\s+много",
    r"попробуйте\s+позже",
    r"внутренняя\s+ошибка",
    r"недоступ",
)
_NO_SUCH_PATH: Final = _any(
    r"^\W*(404\W*)?(page|path|route|resource|endpoint|url)?\s*(was\s+)?not\s+found\b[^a-zа-я]*$",
    r"\broute\b.*\bnot\b.*\b(found|defined)\b",
    r"\b(requested\s+)?(url|resource|endpoint)\b.*\bnot\b.*\bfound\b",
    r"^cannot\s+post\b",
    r"\bmethod\b.*\bnot\s+(allowed|supported)\b",
    r"страниц\w+\s+не\s+найден",
)
_CONFLICT: Final = _any(r"\W*(409\W*)?conflict\W*\Z")
_WRONG: Final = _any(
    r"\b(not|never|cannot|nothing|no\s+such|unknown)\b",
    r"\b(fail|error|denied|forbidden|illegal|exception|SQLSTATE)",
    r"\bне\b",
    r"ошибк",
    r"неизвест",
    r"запрещ",
    r"отказ",
    r"табылма",
    r"\bемес\b",
)
_NO_ERROR: Final = _any(r"\b(no|0|zero|without)\s+(any\s+)?(errors?|failures?)\b")
_ANOTHER: Final = _any(r"e[\s-]?mail", r"почт", r"\b(ИИН|ЖСН|IIN)\b", r"identifier", r"идентификатор")
_NUMBER_OF_ANOTHER: Final = _any(r"номер\w*\s+(ИИН|документ|паспорт|удостоверен)\w*")
_ONE_WORD: Final = re.compile(r"\w[\w.-]*\Z", re.ASCII)
_JOINT: Final = re.compile(r"[_-]+|(?<=[a-z0-9])(?=[A-Z])")
_WHOSE: Final = _any(r"\b(phone|msisdn|mobile|user|client|customer|account|subscriber)")
_PHONE: Final = _any(r"phone", r"msisdn", r"\bmobile\b", r"телефон", r"номер")


def names_phone(field: str) -> bool:
    """Whether an API's field name ("phone", "user.phone", "body[phone_number]") is the phone."""
    return any(segment in PHONE_FIELDS for segment in _segments(field))


def names_other_field(field: str) -> bool:
    """Whether an API's field name is one of the body's others."""
    return any(segment in OTHER_FIELDS for segment in _segments(field))


def _segments(field: str) -> list[str]:
    folded = field.lower().replace("_", "").replace("-", "")
    return re.split(r"[^0-9a-zа-я]+", folded)


def says_taken(text: str) -> bool:
    """Whether the words say, beyond doubt, that a thing exists already."""
    return bool(_TAKEN.search(_NO_USER.sub(" ", _ABSENT.sub(" ", text))))


def may_say_taken(text: str) -> bool:
    """Whether the words hold one of the documented hints (taken, already, unique, «уже») at all."""
    return bool(_MAYBE_TAKEN.search(_NO_USER.sub(" ", _ABSENT.sub(" ", text))))


def says_conflict(text: str) -> bool:
    """Whether a plain text under a 409 says no more than its status does, or that a thing exists already."""
    return bool(_CONFLICT.match(text)) or says_taken(text) or may_say_taken(text)


def says_format(text: str) -> bool:
    """Whether the words complain of a value's form or absence, or say that a thing does not exist."""
    return bool(_FORMAT.search(text) or _ABSENT.search(text))


def says_token(text: str) -> bool:
    """Whether the words refuse the token, not the row."""
    return bool(_TOKEN.search(text))


def says_later(text: str) -> bool:
    """Whether the words ask for patience: a quota, or trouble of the server's own."""
    return bool(_LATER.search(text))


def says_no_such_path(text: str) -> bool:
    """Whether a 404 or 405 speaks of the address instead of the row."""
    return bool(_NO_SUCH_PATH.search(text))


def in_words(text: str) -> str:
    """A text with the codes in it taken apart: ``PHONE_TAKEN``, ``phone-taken`` and ``PhoneTaken`` are two words."""
    return _JOINT.sub(" ", text)


def code_says_taken(code: str) -> bool:
    """Whether a code, one word that is put together, says that a phone or a user is there already."""
    text = in_words(code)
    return bool(_ONE_WORD.match(code) and _WHOSE.search(text)) and (says_taken(text) or may_say_taken(text))


def speaks_of_another_only(text: str) -> bool:
    """Whether the words name another field of a user (e-mail, identifier) and not the phone."""
    return bool(_ANOTHER.search(text)) and not _PHONE.search(_NUMBER_OF_ANOTHER.sub(" ", text))


def complains(text: str) -> bool:
    """Whether the words are of anything but a success; ``No errors`` is one."""
    text = _NO_ERROR.sub("", text)
    return any(words.search(text) for words in (_WRONG, _ABSENT, _TAKEN, _FORMAT, _TOKEN, _LATER))


def phone_words(field_errors: Sequence[tuple[str, str]]) -> str:
    """What the field errors say of the phone, joined; "" if they don't name it."""
    return " ".join(text for field, text in field_errors if names_phone(field))
