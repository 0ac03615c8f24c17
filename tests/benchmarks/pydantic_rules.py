"""The rules of the create-user body as a pydantic model: what the peer checks, cell by cell."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, StringConstraints

from schemas import iso3166

PLACEHOLDER = re.compile(r"\+[0-9]{1,4}(?:0{8,}|([1-9])\1{9,})")
TRUNK = re.compile(r"\+(?:8[379][0-9]{9}|78[0-9]{10})")
LOST = re.compile(r"\+?[0-9]+[.,][0-9]+[Ee]\+?[0-9]+")
TODAY = date.today()  # noqa: DTZ011 (a birthday has no time zone)
MAIL = (
    r"^$|^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$"
)


def _phone(value: str) -> str:
    if PLACEHOLDER.fullmatch(value) or TRUNK.fullmatch(value):
        raise ValueError("a placeholder or a domestic prefix")
    return value


def _born(value: str) -> str:
    if value and date.fromisoformat(value) > TODAY:
        raise ValueError("in the future")
    return value


def _identifier(value: str) -> str:
    if LOST.fullmatch(value):
        raise ValueError("digits lost")
    return value


def _country(value: str) -> str:
    if value and value not in iso3166.ALPHA_3:
        raise ValueError("unknown")
    return value


class User(BaseModel):
    """One row; columns that it does not name are ignored."""

    phone: Annotated[str, StringConstraints(pattern=r"^\+[0-9]{10,15}$"), AfterValidator(_phone)]
    email: Annotated[str, StringConstraints(pattern=MAIL, max_length=254)]
    firstname: str
    lastname: str
    date_of_birth: Annotated[str, StringConstraints(pattern=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_born)]
    identifier: Annotated[str, AfterValidator(_identifier)]
    country: Annotated[str, AfterValidator(_country)]
    gender: Literal["", "M", "F"]
    nationality: str
