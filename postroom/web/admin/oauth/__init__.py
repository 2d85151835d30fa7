"""Pages about sign-ins: of one server, at the provider and back, and of the Microsoft application (SPEC A3, A20)."""
