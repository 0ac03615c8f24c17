"""The command line: what a person types and sees. It calls the same functions as the Python API."""
