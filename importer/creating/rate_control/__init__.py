"""How fast: when the next request may leave, and how many may be on their way at once."""
