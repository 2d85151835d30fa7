"""The mail log, held mail and the Configuration Audit (SPEC A13, A22, B-01, B-02)."""
