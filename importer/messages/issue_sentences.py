"""Every issue code in words: one sentence for a person who mends the cell, one for the summary.

A template's ``{value}`` is the raw cell, ``{detail}`` what the issue knows besides. The part behind ``|`` is added
where there is a detail (mostly a suggestion); a second ``|`` ends it. What stands here is English; the catalogues in
``locale`` have the same in Russian and Kazakh.
"""

from typing import Final

from importer.messages.creation_errors import CREATION_ERRORS
from importer.messages.reading_errors import READING_ERRORS
from schemas.patterns import LONGEST

MEANT: Final = "|; did you mean '{detail}'?"

_PHONE: Final = {
    "phone_missing": ("No phone", "no phone in '{value}'; a phone is required"),
    "phone_pattern": (
        "Phone does not have 10 to 15 digits",
        "'{value}' has {digits} digits; expected + and 10 to 15 digits" + MEANT,
    ),
    "phone_placeholder": ("Placeholder instead of a phone", "'{value}' is a placeholder; write the real number"),
    "phone_trunk_prefix": (
        "Phone with a domestic prefix behind its plus",
        "'{value}': a prefix of domestic calls (8, 0) stands where the country code or the number belongs; write + and "
        "the country code, then the number" + MEANT,
    ),
    "phone_zero_code": (
        "Phone whose country code begins with 0",
        "'{value}': no country code begins with 0; write + and the country code, then the number" + MEANT,
    ),
    "phone_unclear_end": (
        "Phone with more digits than its own",
        "'{value}' holds more digits than a phone, and where the phone ends is not certain; keep the phone alone"
        + MEANT,
    ),
    "phone_fax": ("Fax or pager, and no other number", "'{value}' is labelled as a fax or a pager; check it"),
    "phone_not_valid": (
        "Phone is no valid number of the region",
        "'{value}' is no valid number here; write it with + and its country code, or correct it" + MEANT,
    ),
    "phone_no_code": (
        "Phone seems foreign but has no +",
        "'{value}' is no number of the region; a foreign number needs its +" + MEANT,
    ),
    "phone_ambiguous": (
        "Phone of the region, or a foreign one without its +",
        "'{value}' can be a number of the region or a foreign one; write it with + and its country code" + MEANT,
    ),
    "phone_letters": ("Letters inside a phone", "'{value}' has letters among its digits" + MEANT),
    "phone_digits_lost": (
        "Phone was shortened by a spreadsheet",
        "'{value}' has lost its last digits; format the column as text and export it again",
    ),
    "phone_dial_code_unknown": (
        "Phone beside something that is no country code",
        "'{value}': no country code stands in its column; write one, such as +7, or the phone with + and its code",
    ),
    "phone_dial_code_differs": ("Phone and code of two countries", "'{value}': two countries; correct one of them"),
    "phone_dial_code_not_valid": (
        "Phone is no valid number of the country code beside it",
        "'{value}' is no valid number with the country code of that column; correct one of them",
    ),
    "phone_duplicate": (
        "Phone stands in another row",
        "'{value}' is the same phone as in another row|: {detail}|; delete one of the rows or correct its phone",
    ),
    "phone_repeated": (
        "Phone for which another row waits",
        "'{value}' stands in another row too|: {detail}|; this row holds the phone, the other one is not sent",
    ),
    "freedom_id_phone_changed": (
        "FreedomID with another phone than it was made for",
        "the row's FreedomID was made for another phone than '{value}'; put that phone back, or clear freedom_id",
    ),
    "phone_doubtful": (
        "Phone that no numbering plan knows",
        "'{value}' fits the API's rule but no numbering plan; check it",
    ),
}

_EMAIL: Final = {
    "email_format": ("Not an e-mail address", "'{value}' is no e-mail address" + MEANT),
    "email_letters": (
        "Foreign letters in an e-mail address",
        "'{value}' has letters that are not Latin before the @" + MEANT,
    ),
    "email_several": ("Several e-mail addresses in a cell", "'{value}' holds several addresses; keep one" + MEANT),
    "email_dead_domain": (
        "E-mail address with an ending that does not exist",
        "'{value}' ends in no known domain" + MEANT,
    ),
    "email_doubtful": ("E-mail domain that looks misspelt", "'{value}' looks misspelt" + MEANT),
    "email_repeated": (
        "E-mail stands in several rows",
        "'{value}' stands in another row too|, {detail}|; the API keeps an address for one user only",
    ),
}

_DATE: Final = {
    "date_of_birth_pattern": ("Unreadable date of birth", "'{value}' is no date; write it as 1999-12-31" + MEANT),
    "date_of_birth_calendar": ("Date of birth that does not exist", "'{value}' is not in the calendar; correct it"),
    "date_of_birth_future": ("Date of birth in the future", "'{value}' is in the future; correct it"),
    "date_of_birth_ambiguous": (
        "Day and month can't be told apart",
        "'{value}' can be read in two ways| ({detail})|; write it as 1999-12-31, or tell the order with --date-order",
    ),
    "date_of_birth_turned": (
        "Date of birth that a spreadsheet may have turned round",
        (
            "'{value}': a spreadsheet seems to have turned day and month round| ({detail})|; write the month as a "
            "word, or tell with --date-order ymd that such dates are right"
        ),
    ),
    "date_of_birth_turned_dots": (
        "Date of birth with dots that a spreadsheet may have turned round",
        (
            "'{value}': a spreadsheet seems to have turned day and month round| ({detail})|; write the month as a "
            "word, or tell with --date-order dmy that such dates are right, or mdy that they have the month first"
        ),
    ),
    "date_of_birth_no_year": (
        "Date of birth without a year",
        "'{value}' has no year; write it as 1999-12-31 or clear the cell",
    ),
    "date_of_birth_year_only": (
        "A year instead of a date of birth",
        "'{value}' is only a year; write it as 1999-12-31 or clear the cell",
    ),
    "date_of_birth_number": (
        "A number instead of a date of birth",
        "'{value}' is a number, perhaps a spreadsheet's day count" + MEANT,
    ),
    "date_of_birth_early": ("Born before 1900", "'{value}' is before 1900; check it"),
    "date_of_birth_maybe_empty": (
        "Born on 1900-01-01",
        "'{value}' is what many programs write for an unknown day; check it",
    ),
    "date_of_birth_zone": (
        "Date of birth with a time and zone",
        "'{value}' carries a time and a zone, so that the day may be the one before or after|; taken as {detail}",
    ),
}

_OTHERS: Final = {
    "country_pattern": ("Country is not a three-letter code", "'{value}' is no country code such as KAZ" + MEANT),
    "country_unknown": ("Unknown country", "'{value}' is no country that is known; write a code such as KAZ" + MEANT),
    "country_number": (
        "A number instead of a country",
        "'{value}' may be a country's number or a dialling code; write three letters such as KAZ" + MEANT,
    ),
    "gender_unknown": ("Unknown gender", "'{value}' is neither M nor F"),
    "gender_number": ("A number instead of a gender", "'{value}' is a number whose meaning is not known; write M or F"),
    "identifier_digits_lost": (
        "Identifier was shortened by a spreadsheet",
        "'{value}' has lost its last digits; format the column as text and export it again",
    ),
    "identifier_not_one": (
        "A truth value or a fraction instead of an identifier",
        "'{value}' is no identifier; write the person's number as text, or clear the cell" + MEANT,
    ),
    "identifier_zero_lost": (
        "Identifier without its leading zeros",
        "'{value}' seems to be an IIN whose zeros a spreadsheet took; format the column as text" + MEANT,
    ),
    "identifier_iin": (
        "Twelve digits that are no IIN",
        "'{value}' has twelve digits but is no valid IIN; check it" + MEANT,
    ),
}

_TOO_LONG: Final = {
    f"{name}_too_long": (
        f"Text of more than {most} characters",
        (
            f"'{{value}}' has more than {most} characters, a limit of this program far above any person's; find out "
            "what ran together there, or clear the cell"
        ),
    )
    for name, most in LONGEST.items()
}

_DAMAGED: Final = {
    f"{name}_damaged": (
        "Damaged text",
        "'{value}' was damaged by another program; write it again, or export the file as UTF-8" + MEANT,
    )
    for name in ("firstname", "lastname", "nationality", "identifier")
}

ERRORS: Final = _PHONE | _EMAIL | _DATE | _OTHERS | _TOO_LONG | _DAMAGED | READING_ERRORS | CREATION_ERRORS
"""code → (headline, template) of errors and warnings."""

COUNTED: Final = {
    "phone_pattern": (
        "'{value}' has {digits} digit; expected + and 10 to 15 digits" + MEANT,
        ERRORS["phone_pattern"][1],
    )
}
"""code → template for one and for more, of those that say how many ``{digits}`` the cell has."""

NOTES: Final = {
    "cleaned": ("{field} cleaned", "'{value}' → '{detail}'"),
    "left_out": ("{field} left out as blank", "'{value}' left out"),
    "other_column": ("{field} filled from or differing from another column", "another column|: {detail}"),
    "split": ("{field} split from a whole name", "'{value}' → {detail}"),
    "others": ("{field}: further numbers in the cell", "also in the cell: {detail}"),
    "extension": ("{field}: extension dropped", "extension {detail} dropped"),
    "table": ("{field} translated by a value table", "'{value}' → '{detail}' by the value table"),
    "written_anew": (
        "{field}: day and month seemed to be turned round, and it is written anew",
        "day and month seemed to be turned round ({detail}); written anew since",
    ),
    "table_blank": ("{field} left out by a value table", "'{value}' → left out by the value table"),
}
"""Ending of a note's code (behind its field's name) → (headline, template)."""
