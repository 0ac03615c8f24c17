"""The rows to send: one after another, what is sent of each, one on its way, those left unsent."""
