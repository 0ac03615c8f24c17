"""Where users are created, and with which token."""
