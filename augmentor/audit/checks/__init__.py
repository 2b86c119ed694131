"""A performance audit as a file."""
