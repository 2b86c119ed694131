"""Operators: small tables over kernels, and the catalogue of them."""
