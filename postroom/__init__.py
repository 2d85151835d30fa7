"""Postroom: a self-hosted service desk built around an email channel that can be trusted."""

__version__ = "0.1.0"
