"""Rounds of a loop: what the user's own model is trained on, how it is trained and asked."""
