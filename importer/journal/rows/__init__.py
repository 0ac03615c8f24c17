"""The rows of one run: their states, their texts, and what became of a span of them as a frame."""
