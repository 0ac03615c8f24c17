"""What was just kept or undone, in words, for whoever did it."""

from importer.messages.text import number
from importer.web import words
from importer.web.number_parameter import number_parameter
from importer.web.uploads.open_upload import OpenUpload


def told_of(opened: OpenUpload, done: str, undone: str) -> str:
    """A sentence; "" where nothing was done.

    Args:
        opened: The upload, and who works on it.
        done: The number of a change; it is told while it is the newest of their own.
        undone: How many cells were undone.
    """
    if (cells := number_parameter(undone, -1)) >= 0:
        text = words.ngettext(
            "Undone: %(count)s cell is as it was.", "Undone: %(count)s cells are as they were.", cells
        )
        return text % {"count": number(cells)}
    last = opened.draft.last_change(opened.session.name)
    if last is None or str(last.number) != done:
        return ""
    text = words.ngettext("Saved %(time)s: %(count)s cell.", "Saved %(time)s: %(count)s cells.", last.cells)
    return text % {"time": words.clock(last.at), "count": number(last.cells)}
