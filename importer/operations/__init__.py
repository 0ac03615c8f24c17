"""What an operator does beside a run. No row of a file is sent from here; ``try_api`` creates a user of its own."""
