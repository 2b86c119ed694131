"""PyTorch datasets: on line, from a run, sampler, collate."""
