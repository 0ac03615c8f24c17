"""An upload until it is imported: received, understood, checked, corrected cell by cell, made ready."""
