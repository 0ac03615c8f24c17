"""The input's cells joined with the journal's outcomes by row number, and counted."""
