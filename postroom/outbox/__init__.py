"""The ledger of what we send: each mail a row from the moment it is decided until a server has it or nobody will."""
