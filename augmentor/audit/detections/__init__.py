"""Detectors and segmenters: what of the ground truth was found, and what was found besides."""
