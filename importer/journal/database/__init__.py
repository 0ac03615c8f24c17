"""Where the journal is kept: its tables, and what SQLite and PostgreSQL each need to hold them safely.

Nothing outside of ``importer.journal`` opens the database: ``engine`` is the way to it, ``opening`` looks it over.
"""
