"""Who changed what, when, from where: an append-only record (SPEC A22)."""
