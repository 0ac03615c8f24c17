"""What is written of rows in flight at once, and outcomes that come late or could not be written at all."""
