"""Admin > Announcements: mail to requester groups, and how far it has come (ANN-01)."""
