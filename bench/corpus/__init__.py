"""``python -m bench.corpus``: how well mail is understood, set by set, beside the libraries one would use instead."""
