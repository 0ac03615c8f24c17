"""Who has which FreedomID, across all runs: phones as keyed hashes, prints of what was sent, repeats."""
