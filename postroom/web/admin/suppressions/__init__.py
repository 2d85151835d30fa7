"""Addresses that automatic mail does not go to any more, because their mail came back (BNC-01)."""
