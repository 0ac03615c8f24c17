"""What an operator does beside a run, one command a file: no row is sent from here."""
