"""Rows in flight: claimed, begun, ended; one thread commits what has queued up before anybody relies on it."""
