"""REST under /api/v1/ (django-ninja), the same rights as the pages."""
