"""Slices nobody tagged."""
