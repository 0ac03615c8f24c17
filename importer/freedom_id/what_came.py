"""What an answer is, where it is not that of a user who was to be created: in our words, none of its own."""

from collections.abc import Mapping

from importer.freedom_id.answer import PAGE, Answer, AnswerKind
from importer.freedom_id.answer_parsing import Form
from importer.freedom_id.redirect import redirected_to
from importer.freedom_id.token_mask import TokenMask
from importer.messages.text import Text


def what_came(status: int, headers: Mapping[str, str], form: Form, mask: TokenMask | None = None) -> str:
    """Its status, and whether it is a redirect, a web page or JSON."""
    if form is Form.JSON:
        return Text("HTTP {status}, in JSON", status=status)
    code, target = PAGE if form is Form.HTML else "", redirected_to(status, headers, mask)
    return Answer(AnswerKind.RETRY, code=code, http_status=status, redirect=target).cause
