"""Speed beside the peers, as ratios measured in one run. Timings never stand in the tests."""
