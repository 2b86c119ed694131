"""Error tables as they come: columns, tags, sheets, summaries."""
