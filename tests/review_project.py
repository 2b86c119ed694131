"""A small project to rate and to tag: its recipe's run, and real examples of its categories."""

from pathlib import Path
from typing import Any

from project import RECIPE, make_project, write_manifest

TAGS = ("vehicle noise", "people noise", "low bandwidth")


def make_review_project(folder: Path, **more: Any) -> Path:
    """Make the project in a folder and return it; `more` as in `make_project`."""
    make_project(folder, recipe=RECIPE.replace("budget: 24", "budget: 36"), **more)
    rows = [
        {"id": f"street {at}", "path": f"p{at:03d}.wav", "target": ("en", "fr", "ru")[at % 3],
         "tags": TAGS[at % 3]}
        for at in range(12)
    ]  # fmt: skip
    write_manifest(folder / "data/real.jsonl", rows)
    return folder
