"""Decode, encode, tables, atomic writes."""
