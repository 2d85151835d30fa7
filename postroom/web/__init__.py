"""Pages: HTML with htmx. No rules and no queries of its own."""
