"""Stream, distributions, example, operator, assets, verdict: the words everything else uses."""
