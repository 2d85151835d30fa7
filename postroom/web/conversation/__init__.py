"""What both portals show of a conversation: HTML bodies in their sandbox, and attachments."""
