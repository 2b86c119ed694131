"""The sweet spot: how harsh an edit may be so that people still understand and the model does not.

Nothing here knows sounds, pictures or models: only shares that were measured at severities.
"""
