"""The frame of what a recipe says of leaks: what it is tested on, what is known and accepted."""

from typing import Literal

from pydantic import Field

from augmentor.recipe.strict import Strict


class LeaksSpec(Strict):
    """What may be on both sides, since it is known and accepted."""

    ignore: list[Literal["id", "digest", "near_duplicate", "group", "speaker", "parent"]] = Field(
        default=[], description="kinds of leaks that are told, and not refused"
    )
