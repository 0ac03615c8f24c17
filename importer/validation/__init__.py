"""The schema over a stream of chunks: which cells are errors, which rows are duplicates, what a file holds."""
