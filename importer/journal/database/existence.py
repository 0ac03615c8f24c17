"""Whether there is a journal at an address, told without opening it."""

from contextlib import closing

from importer.journal.database.location import is_there, location_of


def exists(address: str) -> bool:
    """Whether there is a journal at an address. A server is asked, and only then its library is loaded.

    Raises:
        UsageError: Not an address, or the server refuses who asks. StorageFailed: it cannot be reached.
    """
    location = location_of(address)
    if location.server:
        from importer.journal.database.creation import is_made  # noqa: PLC0415 (loads the database library)
        from importer.journal.database.engine import Database  # noqa: PLC0415 (as above)

        with closing(Database(location, read_only=True)) as database:
            return is_made(database)
    return is_there(location.path)
