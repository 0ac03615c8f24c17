"""Which column serves which field in the exports of common systems, without a flag: one line of expectation a field.

The headers and first rows come from ``tests/exports``; the csv module reads those files here.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer.mapping import ColumnMapping, select
from schemas.fields import FIELDS

Sample = Callable[[str], tuple[list[str], list[list[str]]]]
EXPORTS = Path(__file__).parents[1] / "exports"

_BITRIX_RU = {
    "phone": ("Мобильный телефон", "Телефон"),
    "email": ("E-mail", "Частный e-mail"),
    "firstname": ("Имя",),
    "lastname": ("Фамилия",),
    "date_of_birth": ("Дата рождения",),
}
_NAMES = {"firstname": ("First Name",), "lastname": ("Last Name",)}

SERVED: dict[str, dict[str, tuple[str, ...]]] = {
    "bitrix24_contacts_ru.csv": _BITRIX_RU,
    "bitrix24_contacts_ru.xls": _BITRIX_RU,
    "bitrix24_contacts_en.csv": {
        "phone": ("Mobile", "Phone"),
        "email": ("E-mail", "Home E-mail"),
        **_NAMES,
        "date_of_birth": ("Birthday",),
    },
    "bitrix_site_users.csv": {
        "phone": ("PERSONAL_MOBILE",),
        "email": ("EMAIL",),
        "firstname": ("NAME",),
        "lastname": ("LAST_NAME",),
        "date_of_birth": ("PERSONAL_BIRTHDAY",),
        "gender": ("PERSONAL_GENDER",),
    },
    "amocrm_contacts.csv": {
        "phone": ("Мобильный телефон",),
        "email": ("Личный email",),
        "firstname": ("Имя",),
        "lastname": ("Фамилия",),
        "date_of_birth": ("День рождения",),
        "identifier": ("ИИН (контакт)",),
    },
    "kommo_contacts.csv": {
        "phone": ("Mobile phone",),
        "email": ("Personal email",),
        "firstname": ("First name",),
        "lastname": ("Last name",),
    },
    "1c_individuals.xlsx": {
        "phone": ("Телефон",),
        "email": ("Адрес электронной почты",),
        "firstname": ("Имя",),
        "lastname": ("Фамилия",),
        "date_of_birth": ("Дата рождения",),
        "identifier": ("ИИН",),
        "gender": ("Пол",),
        "nationality": ("Гражданство",),
    },
    "1c_individuals_cp1251.csv": {
        "phone": ("Телефон",),
        "email": ("Электронная почта",),
        "date_of_birth": ("Дата рождения",),
        "identifier": ("ИИН",),
        "gender": ("Пол",),
        "nationality": ("Гражданство",),
    },
    "hubspot_contacts.csv": {
        "phone": ("Mobile Phone Number", "Phone Number"),
        "email": ("Email",),
        **_NAMES,
        "date_of_birth": ("Date of birth",),
        "country": ("Country/Region",),
    },
    "salesforce_report.csv": {
        "phone": ("Mobile", "Phone"),
        "email": ("Email",),
        **_NAMES,
        "date_of_birth": ("Birthdate",),
        "country": ("Mailing Country",),
    },
    "salesforce_contacts_export.csv": {
        "phone": ("MobilePhone", "Phone"),
        "email": ("Email",),
        "firstname": ("FirstName",),
        "lastname": ("LastName",),
        "date_of_birth": ("Birthdate",),
        "country": ("MailingCountryCode",),
        "gender": ("GenderIdentity",),
    },
    "zoho_contacts.csv": {
        "phone": ("Mobile", "Phone"),
        "email": ("Email",),
        **_NAMES,
        "date_of_birth": ("Date of Birth",),
        "country": ("Mailing Country",),
    },
    "google_contacts.csv": {
        "phone": ("Phone 1 - Value",),
        "email": ("E-mail 1 - Value",),
        **_NAMES,
        "date_of_birth": ("Birthday",),
        "country": ("Address 1 - Country",),
    },
    "google_contacts_before.csv": {
        "phone": ("Phone 1 - Value",),
        "email": ("E-mail 1 - Value",),
        "firstname": ("Given Name",),
        "lastname": ("Family Name",),
        "date_of_birth": ("Birthday",),
        "gender": ("Gender",),
    },
    "outlook_en.csv": {
        "phone": ("Mobile Phone",),
        "email": ("E-mail Address",),
        **_NAMES,
        "date_of_birth": ("Birthday",),
        "identifier": ("Government ID Number",),
        "country": ("Home Country/Region",),
        "gender": ("Gender",),
    },
    "outlook_ru_cp1251.csv": {
        "phone": ("Телефон переносной",),
        "email": ("Адрес эл. почты",),
        "firstname": ("Имя",),
        "lastname": ("Фамилия",),
        "date_of_birth": ("День рождения",),
        "identifier": ("Личный код",),
        "country": ("Страна или регион (дом. адрес)",),
        "gender": ("Пол",),
    },
    "woocommerce_orders.csv": {
        "phone": ("billing_phone",),
        "email": ("billing_email",),
        "firstname": ("billing_first_name",),
        "lastname": ("billing_last_name",),
        "country": ("billing_country",),
    },
    "shopify_customers.csv": {
        "phone": ("Phone",),
        "email": ("Email",),
        **_NAMES,
        "date_of_birth": ("Date of birth (customer.metafields.facts.birth_date)",),
        "country": ("Default Address Country Code",),
    },
    "auth0_users.csv": {
        "phone": ("phone_number",),
        "email": ("email",),
        "firstname": ("given_name",),
        "lastname": ("family_name",),
        "country": ("user_metadata.country",),
    },
    "keycloak_users.csv": {
        "phone": ("attributes.phoneNumber",),
        "email": ("email",),
        "firstname": ("firstName",),
        "lastname": ("lastName",),
        "date_of_birth": ("attributes.birthdate",),
    },
    "okta_users.csv": {
        "phone": ("mobilePhone",),
        "email": ("email",),
        "firstname": ("firstName",),
        "lastname": ("lastName",),
        "country": ("countryCode",),
    },
    "cognito_users.csv": {
        "phone": ("phone_number",),
        "email": ("email",),
        "firstname": ("given_name",),
        "lastname": ("family_name",),
        "date_of_birth": ("birthdate",),
        "identifier": ("custom:iin",),
        "gender": ("gender",),
    },
    "pipedrive_people.csv": {
        "phone": ("Person - Phone - Mobile",),
        "email": ("Person - Email",),
        "firstname": ("Person - First name",),
        "lastname": ("Person - Last name",),
        "date_of_birth": ("Person - Birthday",),
        "country": ("Person - Postal address - Country",),
    },
    "facebook_leads.csv": {"phone": ("phone_number",), "email": ("email",), "country": ("country",)},
}

OFFERED: dict[str, dict[str, int]] = {
    "bitrix24_contacts_ru.csv": {"phone": 4, "email": 3},
    "amocrm_contacts.csv": {"phone": 4, "email": 2},
    "google_contacts.csv": {"phone": 1, "email": 1},
    "outlook_ru_cp1251.csv": {"phone": 6, "email": 1},
    "pipedrive_people.csv": {"phone": 2, "email": 2},
    "hubspot_contacts.csv": {},
}
"""How many weaker columns are offered beside those that serve."""


@pytest.mark.parametrize("name", SERVED)
def test_an_export_maps_without_a_flag(
    served: Callable[..., dict[str, tuple[str, ...]]], sample: Sample, name: str
) -> None:
    header, rows = sample(name)
    found = served(header, rows=rows)
    assert found == SERVED[name]


@pytest.mark.parametrize("name", OFFERED)
def test_an_exports_weaker_columns_are_offered(mapped: Callable[..., ColumnMapping], sample: Sample, name: str) -> None:
    header, rows = sample(name)
    assert {field: len(places) for field, places in mapped(header, rows=rows).tier2.items()} == OFFERED[name]


@pytest.mark.parametrize("name", SERVED)
def test_every_person_of_an_export_has_a_phone(
    mapped: Callable[..., ColumnMapping], chunk: Callable[..., Any], sample: Sample, name: str
) -> None:
    header, rows = sample(name)
    fields, issues = select(chunk(rows), mapped(header, rows=rows))
    digits = fields["phone"].str.replace(r"[^0-9]", "", regex=True)
    assert digits.str.match(r"[78](701|702|705|747|777)123450[1-5]").all()
    assert 3 <= len(digits) <= 5
    assert list(fields.columns) == list(FIELDS)
    assert set(issues["code"]) <= {"phone_other_column"}


def test_there_is_an_expectation_for_every_sample() -> None:
    samples = {path.name for path in EXPORTS.iterdir() if path.suffix in (".csv", ".xls", ".xlsx")}
    assert samples == set(SERVED)


def test_the_samples_are_what_their_script_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-B", EXPORTS / "make_exports.py", tmp_path], check=True, capture_output=True)
    made = {path.name: path for path in tmp_path.iterdir()}
    assert set(made) == set(SERVED)
    for name, path in made.items():
        if path.suffix != ".xlsx":  # its bytes hang on the library's version
            assert path.read_bytes() == (EXPORTS / name).read_bytes(), name
