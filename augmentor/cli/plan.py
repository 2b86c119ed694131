"""``augmentor plan``: what a recipe would make, before anything is rendered."""

from pathlib import Path

import click

from augmentor.cli.show import (
    allow_option,
    json_option,
    names,
    note,
    note_hurt,
    print_json,
    print_table,
    processes,
    progress_bar,
    workers_option,
)  # fmt: skip


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@workers_option
@allow_option
@json_option
def command(recipe: Path, workers: int | None, allow: str, as_json: bool) -> None:
    """Plan RECIPE: budget per category, shares before and after, warnings, bytes and time."""
    from augmentor import api
    from augmentor.api.summary import plan_summary

    with progress_bar() as progress:
        planning = api.plan(recipe, workers=processes(workers), progress=progress)
    found = plan_summary(planning, names(allow))
    if as_json:
        print_json(found)
        return
    header = ["category", "score", "share of budget", "new examples", "parents refused"]
    rows = [
        [one["category"], one["score"], one["share"], str(one["examples"]), one["refused"]]
        for one in found["categories"]
    ]
    print_table(header, rows, [False, True, True, True, False])
    header = ["", "name", "before", "after"]
    rows = [
        [kind, name, f"{share['before_frac']:.1%}", f"{share['after_frac']:.1%}"]
        for kind, shares in (("tag", found["tags"]), ("class", found["classes"]))
        for name, share in shares.items()
    ]
    print_table(header, rows, [False, False, True, True])
    for one in found["collect"]:
        note(f"collect: '{one['tag']}' has no category; {one['say']}")
    note_hurt(found["hurt"], found["allowed"])
    for warning in found["warnings"]:
        note(f"caution: {warning}")
    if found["quarantined"]:
        note(f"quarantined: {found['quarantined']} of the sources")
    much = (
        f"{found['megapixels']:.1f} megapixels"
        if found["megapixels"]
        else f"{found['duration_s'] / 60:.1f} min of sound"
    )
    note(
        f"{found['examples']} new examples, {much}, "
        f"{found['bytes'] / 1e6:.1f} MB, about {found['estimate_s']:.0f} s on one core"
    )
