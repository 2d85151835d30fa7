"""Settings, URLs, WSGI, and the console script."""
