"""Delimited text -> Table: bytes, encoding, delimiter, records, header."""
