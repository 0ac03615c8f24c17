"""Outputs: the result and the rejected file in the input's own format, and the template for a person to fill in."""

from importer.writing.in_place_choice import expected_losses
from importer.writing.output import Written, write_output, write_rejected
from importer.writing.output_checks import check_name, check_room, check_target, is_earlier_output
from importer.writing.output_names import (
    MANIFEST,
    default_output,
    manifest_path,
    numbered,
    rejected_path,
    usual_output,
)
from importer.writing.pending_file import PendingFile, atomic_file
from importer.writing.result_block import ResultChunk

__all__ = [
    "MANIFEST",
    "PendingFile",
    "ResultChunk",
    "Written",
    "atomic_file",
    "check_name",
    "check_room",
    "check_target",
    "default_output",
    "expected_losses",
    "is_earlier_output",
    "manifest_path",
    "numbered",
    "rejected_path",
    "usual_output",
    "write_output",
    "write_rejected",
]
