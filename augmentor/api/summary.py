"""A plan as plain JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from augmentor.api.hurting import allowed_of
from augmentor.api.planning import Planning

SECONDS_AN_EXAMPLE = 0.004
"""Reading, cheap checks and writing, one core; measured on the demo's prompts of 2 to 3 s."""
SECONDS_A_CLARITY = 0.012
"""What a clarity check adds."""
SECONDS_A_MEGAPIXEL = 0.1
"""Reading, a defect, cheap checks and writing of a colour picture, one core."""


def plan_summary(planning: Planning, allow: Sequence[str] = ()) -> dict[str, Any]:
    """Return budget, shares, warnings, bytes and an estimate of time.

    Parameters
    ----------
    planning : the plan.
    allow : categories that a run would make though they can hurt, or ``all``.

    Raises
    ------
    UsageError : a name that is no category.
    """
    plan, recipe = planning.plan, planning.recipe
    counts = plan.counts()
    total = sum(plan.budget.values()) or 1
    scores = {row.tag: row.score for row in planning.ranking.rows} if planning.ranking else {}
    clear = sum(
        counts.get(name, 0)
        for name, one in recipe.categories.items()
        if any(check.question == "clarity" for check, _ in one.checklist.asked)
    )
    estimate_s = len(plan.rows) * SECONDS_AN_EXAMPLE
    if plan.megapixels:
        estimate_s += plan.megapixels * SECONDS_A_MEGAPIXEL
    else:
        estimate_s += clear * SECONDS_A_CLARITY
    return {
        "name": recipe.spec.name,
        "examples": len(plan.rows),
        "duration_s": round(plan.duration_s, 1),
        "megapixels": round(plan.megapixels, 3),
        "bytes": plan.bytes,
        "estimate_s": round(estimate_s, 1),
        "categories": [
            {
                "category": name,
                "score": "" if scores.get(name) is None else f"{scores[name]:.5f}",
                "share": f"{plan.budget.get(name, 0) / total:.1%}",
                "examples": counts.get(name, 0),
                "refused": "; ".join(
                    f"{n} x {why}" for why, n in plan.refused.get(name, {}).items()
                ),
            }
            for name in recipe.categories
        ],
        "collect": [
            {
                "tag": row.tag,
                "score": row.score,
                "say": (
                    f"collect examples of it, or write a category: gap {row.gap:.1%}"
                    f" on {row.share_frac:.1%} of the data"
                ),
            }
            for row in planning.collect
        ],
        "tags": {name: asdict(share) for name, share in plan.tags.items()},
        "classes": {name: asdict(share) for name, share in plan.classes.items()},
        "hurt": [one.to_json() for one in planning.hurt],
        "allowed": allowed_of(recipe, planning.hurt, allow),
        "warnings": plan.warnings,
        "quarantined": len(plan.quarantined),
    }
