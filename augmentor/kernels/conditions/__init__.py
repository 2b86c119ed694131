"""Conditions of a picture: pure functions that blur, light, tilt and compress it."""
