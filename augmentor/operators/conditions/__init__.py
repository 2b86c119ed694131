"""Conditions of a picture: how it was lit, held and taken."""
