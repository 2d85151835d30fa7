"""Failure notices in the shapes of many mail systems, each with what it says."""
