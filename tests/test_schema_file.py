"""The schema that ships with the package, for editors."""

import json
from importlib.resources import files

from augmentor import recipe_schema


def test_the_shipped_schema_is_the_printed_one() -> None:
    """`augmentor recipe schema > augmentor/recipe/recipe.schema.json` brings it up to date."""
    shipped = files("augmentor.recipe").joinpath("recipe.schema.json").read_text()
    assert json.loads(shipped) == recipe_schema()
