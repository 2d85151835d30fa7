"""Admin > Notifications: what the desk tells people by itself, in whose words, and to whom (SPEC A21)."""
