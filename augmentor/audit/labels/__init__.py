"""People's answers: how good, how alike, and where labels are to be mended."""
