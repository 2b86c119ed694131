"""What is measured of rows: metrics, classes, scores, lists, intervals."""
