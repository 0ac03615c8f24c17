"""A place that several machines reach: a folder they share, or a bucket. What lies there is private and checked."""

from importer.storage.object_store import Storage, Stored, folder_of_run

__all__ = ["Storage", "Stored", "folder_of_run"]
