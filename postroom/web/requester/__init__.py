"""The support portal: a requester's own requests, the public conversation, and replies."""
