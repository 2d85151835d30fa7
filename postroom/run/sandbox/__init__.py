"""The demo's mail servers: SMTP and IMAP on loopback, so that a newcomer needs no mailbox. Nothing leaves it."""

HOST = "127.0.0.1"
