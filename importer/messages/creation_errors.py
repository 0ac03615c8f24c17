"""What became of a row whose cells are right, in words: that of users who are known, or who were to be created."""

from typing import Final

CREATION_ERRORS: Final = {
    "phone_of_another_person": (
        "Phone that was imported for a person of other names",
        "'{value}' was imported for another person|: {detail}|; correct phone or names, or give --accept-other-names",
    ),
    "freedom_id_twice": (
        "FreedomID of two rows, one of them with a new phone",
        "the row's FreedomID stands in another row too; keep one of the rows",
    ),
    "row_changed": ("Changed since it was sent", "changed since it was sent: {detail}"),
    "row_update_unanswered": (
        "Update without an answer",
        "an earlier update got no answer, and whether it was made is not known: {detail}",
    ),
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
