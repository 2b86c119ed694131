"""A loop of rounds: its setting, its trainings, its results and its report."""
