"""Defects: small tables over kernels that draw them."""
