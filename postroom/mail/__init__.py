"""What is known about mail (RFC 5322, 2045 to 2049, 2231, 3464, 3834): bytes in, facts out, and back. Pure: no Django, no I/O."""
