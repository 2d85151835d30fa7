"""The technician portal: the list of requests and the request page."""
