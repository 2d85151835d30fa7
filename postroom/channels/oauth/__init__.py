"""Sign-in by OAuth 2.0: applications, sign-ins in the browser, consent, and tokens that stay fresh (SPEC A3 to A6)."""
