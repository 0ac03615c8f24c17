"""What the error in an answer complains of: the phone, another field, or nothing that the API said."""

from importer.freedom_id import answer_words
from importer.freedom_id.answer_parsing import AnswerFacts, Form


def about_others(facts: AnswerFacts) -> bool:
    """The field errors name fields of the body, and the phone is none of them."""
    fields = [field for field, _ in facts.field_errors]
    return any(map(answer_words.names_other_field, fields)) and not any(map(answer_words.names_phone, fields))


def about_another(facts: AnswerFacts) -> bool:
    """No field error names the phone, and the words are of another field alone."""
    return not names_phone(facts) and answer_words.speaks_of_another_only(spoken(facts))


def names_phone(facts: AnswerFacts) -> bool:
    """A field error names the phone."""
    return bool(answer_words.phone_words(facts.field_errors))


def complaint(facts: AnswerFacts) -> str:
    """The words to judge by: those at the phone if there are any, else all that stand at no field."""
    return answer_words.phone_words(facts.field_errors) or spoken(facts)


def spoken(facts: AnswerFacts) -> str:
    """The message, errors without a field, and the code in words."""
    loose = [text for field, text in facts.field_errors if not field and text != facts.message]
    return answer_words.in_words(" ".join((facts.message, *loose, facts.code)))


def code_says_taken(facts: AnswerFacts) -> bool:
    """A code says so, as the code or as the whole message."""
    return answer_words.code_says_taken(facts.code) or answer_words.code_says_taken(facts.message)


def tells_no_conflict(facts: AnswerFacts) -> bool:
    """A page, a cut object, or a plain text that does not speak of a thing that is there already."""
    is_text = facts.form is Form.TEXT
    return not_of_the_api(facts) or (is_text and not answer_words.says_conflict(facts.message))


def says_taken(facts: AnswerFacts) -> bool:
    """The words say, beyond doubt, that a thing exists already."""
    return answer_words.says_taken(complaint(facts))


def says_format(facts: AnswerFacts) -> bool:
    """They complain of a form, or of an absence."""
    return answer_words.says_format(complaint(facts))


def hints_taken(facts: AnswerFacts) -> bool:
    """They hold a documented hint at a taken phone."""
    return answer_words.may_say_taken(complaint(facts))


def not_of_the_api(facts: AnswerFacts) -> bool:
    """A proxy's page, or the beginning of an object: no word of the API."""
    return facts.form in (Form.HTML, Form.CUT)
