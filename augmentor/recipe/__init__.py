"""The recipe: model, loading and validation, planner, renderer."""
