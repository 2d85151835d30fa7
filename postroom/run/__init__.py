"""The roles and commands: watch, receive, send, supervise."""
