"""The ledger of what arrived: each mail a row, kept before the server is told, ended in exactly one outcome."""
