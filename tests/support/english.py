"""Which English words a text in another language still has."""

import re

STAYS_LATIN = {
    "CSV", "UTF", "KZ", "KAZ", "RUS", "FreedomID", "Freedom", "Pay", "ID", "JSON", "A", "B", "C", "D", "E", "M", "F",
    "x", "optional", "drop", "region", "values", "run", "phone", "firstname", "lastname", "email",
    "date_of_birth", "identifier", "country", "gender", "nationality", "created", "already_imported", "invalid",
    "duplicate", "import_error", "xlsx", "csv", "result", "rejected", "people", "INFO",
}  # fmt: skip
CODES = re.compile(r"\b(?:phone|country|gender|date_of_birth|row)_[a-z_]+\b|\b[0-9a-f]{12}\b|/\S+|\bhttps?:\S+")


def english_words_in(text, also=()):
    """The words of Latin letters that are no codes, names of fields or other names; ``also``: more that stay."""
    return set(re.findall(r"[A-Za-z][A-Za-z_]*", CODES.sub(" ", text))) - STAYS_LATIN - set(also)
