"""What the error in an answer complains of: the phone, another field, or nothing that the API said."""

from importer.freedom_id import answer_words
from importer.freedom_id.envelope import Envelope, Form


def about_others(envelope: Envelope) -> bool:
    """The field errors name fields of the body, and the phone is none of them."""
    fields = [field for field, _ in envelope.field_errors]
    return any(map(answer_words.names_other_field, fields)) and not any(map(answer_words.names_phone, fields))


def about_another(envelope: Envelope) -> bool:
    """No field error names the phone, and the words are of another field alone."""
    return not names_phone(envelope) and answer_words.speaks_of_another_only(spoken(envelope))


def names_phone(envelope: Envelope) -> bool:
    """A field error names the phone."""
    return bool(answer_words.phone_words(envelope.field_errors))


def complaint(envelope: Envelope) -> str:
    """The words to judge by: those at the phone if there are any, else all that stand at no field."""
    return answer_words.phone_words(envelope.field_errors) or spoken(envelope)


def spoken(envelope: Envelope) -> str:
    """The message, errors without a field, and the code in words."""
    loose = [text for field, text in envelope.field_errors if not field and text != envelope.message]
    return answer_words.in_words(" ".join((envelope.message, *loose, envelope.code)))


def code_says_taken(envelope: Envelope) -> bool:
    """A code says so, as the code or as the whole message."""
    return answer_words.code_says_taken(envelope.code) or answer_words.code_says_taken(envelope.message)


def tells_no_conflict(envelope: Envelope) -> bool:
    """A page, a cut object, or a plain text that does not speak of a thing that is there already."""
    is_text = envelope.form is Form.TEXT
    return not_of_the_api(envelope) or (is_text and not answer_words.says_conflict(envelope.message))


def says_taken(envelope: Envelope) -> bool:
    """The words say, beyond doubt, that a thing exists already."""
    return answer_words.says_taken(complaint(envelope))


def says_format(envelope: Envelope) -> bool:
    """They complain of a form, or of an absence."""
    return answer_words.says_format(complaint(envelope))


def hints_taken(envelope: Envelope) -> bool:
    """They hold a documented hint at a taken phone."""
    return answer_words.may_say_taken(complaint(envelope))


def not_of_the_api(envelope: Envelope) -> bool:
    """A proxy's page, or the beginning of an object: no word of the API."""
    return envelope.form in (Form.HTML, Form.CUT)
