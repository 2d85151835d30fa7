"""Email Preference, outgoing rules, proxies and the limits that mail is kept to (SPEC A10, A16, A23)."""
