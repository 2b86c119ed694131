"""Error tables: tags, metrics, intervals, baselines, priorities, comparisons."""
