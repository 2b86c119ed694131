"""Where what can be made again is kept: packed banks, measured sources."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the cache folder: ``AUGMENTOR_CACHE``, else the user's own cache."""
    stated = os.environ.get("AUGMENTOR_CACHE")
    if stated:
        return Path(stated)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "augmentor"
