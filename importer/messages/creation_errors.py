"""What became of a row that was to be created, in words: the part of the catalogue that needs no cell."""

from typing import Final

CREATION_ERRORS: Final = {
    "phone_exists": ("Phone taken, not created by this journal", "'{value}' is registered already"),
    "phone_unconfirmed": ("Phone taken after an answer was lost", "'{value}' may be ours: an answer was lost"),
    "freedom_id_repeated": (
        "FreedomID that the API gave to several phones, or nobody's",
        "ask Freedom Pay whose it is",
    ),
    "freedom_id_doubtful": (
        "FreedomID that may be another request's answer",
        "an answer that nobody had asked for came behind it; ask Freedom Pay whose it is",
    ),
    "row_failed": ("Kept failing while others passed", "the API kept failing for this row"),
    "row_not_sent": ("Not sent: the run ended before", "run the same command again"),
    "row_no_answer": ("Sent, but no answer came back yet", "run the same command again"),
}
