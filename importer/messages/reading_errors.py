"""What was wrong with cells and rows before their fields were looked at; see ``issue_sentences``."""

from typing import Final

READING_ERRORS: Final = {
    "row_example": ("The template's example row", "this is the template's example row; it is never sent"),
    "row_example_left": (
        "Row typed over the template's example in part",
        "this row still has values of the template's example|: {detail}|; write the person's own or clear them",
    ),
    "row_header": (
        "A second header among the rows",
        "this row repeats the names of the columns and is nobody's; delete it",
    ),
    "row_header_order": (
        "Row below a header whose columns stand in another order",
        "the header above it| ({detail})| has its columns in another order; move these rows to a file of their own",
    ),
    "row_shape": (
        "Row with too many or too few cells",
        (
            "the row has more or fewer cells than the header|: {detail}|; "
            "correct it, and quote a text that has the separator"
        ),
    ),
    "row_truncated": (
        "The last row is cut off",
        "the file ends in the middle of this row|: {detail}|; export it again",
    ),
    "firstname_full_name": ("Whole name that does not fit the order told", "'{value}' was not split|: {detail}"),
    "row_unchanged": (
        "Row that was refused before and is as it was",
        "the row was refused before ({detail}) and is as it was; correct it, or clear its import_row where it is right",
    ),
    "cell_reads_differently": (
        "Cell that is read differently now than the first time",
        "'{value}' is as it was but would be sent as something else; write it in full, or give the first options again",
    ),
    "cell_shortened": (
        "Cell that lost characters on its way back",
        "'{value}' has got shorter|; did you mean '{detail}'?|; mend it in the .xlsx, or clear the row's import_row",
    ),
    "row_unreadable": (
        "Outcome lost in a damaged journal",
        (
            "the journal is damaged where this row stands: what became of it cannot be read; restore the journal from "
            "a backup"
        ),
    ),
    "row_quote": (
        "Quotation mark out of place",
        "a quotation mark stands where none belongs|: {detail}|; take it away, or double it inside a quoted text",
    ),
    "row_nul": ("Row with a NUL byte", "the row holds a NUL byte|: {detail}|; take it out, or export the file again"),
    "cell_error": ("Spreadsheet error in a cell", "'{value}' is a spreadsheet error, not a value|: {detail}"),
    "cell_too_narrow": (
        "Cell whose column was too narrow",
        "'{value}' stands where the column was too narrow to show the value; widen it and export the file again",
    ),
    "cell_formula": (
        "Formula without a value",
        "the cell holds a formula without a stored value; open and save the file|: {detail}",
    ),
    "cell_corrected": ("Cell that a person corrected", "corrected|: '{value}' → {detail}"),
    "cell_digits_lost": (
        "Number shortened by a spreadsheet",
        "'{value}' has lost digits; format the column as text and export it again",
    ),
}
