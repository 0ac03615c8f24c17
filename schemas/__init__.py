"""What the API accepts and what files call it: pure declarations, Pandera schemas and header names."""
