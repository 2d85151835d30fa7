"""How to talk to a mail server: one small interface per direction, one error. No Django, no secret in a log."""
