"""Who works here and who asks: people, groups, companies, categories, API tokens (SPEC A18)."""
