"""What to work on first: gaps, gains, and how sure they are."""
