"""Before and after on the same examples."""
