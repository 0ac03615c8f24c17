"""Whether what is read is what was written: keys, and check values of records."""
