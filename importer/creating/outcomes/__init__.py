"""What an answer makes of a row, and how that gets to disk."""
