"""Batch jobs: one unit of work, and ways to map it."""
