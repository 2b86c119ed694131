"""Defects: pure functions that draw one on a picture, and say exactly what they changed."""
