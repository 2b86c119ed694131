"""A bank with little in it, used again and again, is told before anything is made."""

from pathlib import Path

from project import RECIPE, make_project

import augmentor


def test_a_bank_that_is_used_too_often_is_told(tmp_path: Path) -> None:
    """240 examples with 9 s of noise are cautioned, 24 are not."""
    few = augmentor.plan(make_project(tmp_path))
    assert not any("bank 'vehicle'" in warning for warning in few.plan.warnings)
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("budget: 24", "budget: 480"))
    many = augmentor.plan(tmp_path / "recipe.yaml")
    assert any(
        "bank 'vehicle' holds 9 s, each used about" in warning for warning in many.plan.warnings
    )
