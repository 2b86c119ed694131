"""Learning curves and the budget they share."""
