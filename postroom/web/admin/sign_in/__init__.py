"""How people sign in: the provider of single sign-on, what is locked, and invitations."""
