"""Pure functions and measures over arrays: no chance, no files."""
