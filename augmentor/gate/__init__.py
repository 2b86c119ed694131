"""The checklist: realistic, clear, hard for the model; and whether adding data can hurt."""
