"""Whether what is read is what was written: keys, check values of records, and books that balance."""
