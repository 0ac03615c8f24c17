"""Where files lie: private ones of this machine, and a place that several machines reach, a folder or a bucket."""

from importer.storage.object_store import Storage, Stored, folder_of_run

__all__ = ["Storage", "Stored", "folder_of_run"]
