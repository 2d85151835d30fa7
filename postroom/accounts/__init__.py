"""People and their groups: administrators, technicians, requesters, guests; companies; API tokens."""
