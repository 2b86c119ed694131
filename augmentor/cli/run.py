"""``augmentor run``: make every new example."""

from dataclasses import asdict
from pathlib import Path

import click

from augmentor.cli.show import (
    allow_option,
    json_option,
    names,
    note,
    print_json,
    print_table,
    processes,
    progress_bar,
    workers_option,
)  # fmt: skip


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder that runs go into")
@workers_option
@allow_option
@json_option
def command(
    recipe: Path, output: Path | None, workers: int | None, allow: str, as_json: bool
) -> int:
    """Run RECIPE: make, judge and write every new example, and a report.

    Exit code 0 done; 3 done, but some sources or examples were quarantined.
    """
    from augmentor import api
    from augmentor.api.clarity import said
    from augmentor.api.references import users_references
    from augmentor.gate.command import is_command

    loaded = api.load_recipe(recipe)
    asked = loaded.spec.gate.difficulty
    if asked is not None and asked.model:
        note(f"your code: {asked.model} will be imported and asked")
    if asked is not None and asked.command:
        note(f"your code: {asked.command} will be run")
    for name in users_references(loaded):
        note(f"your code: {name} will be {'run' if is_command(name) else 'imported and asked'}")
    with progress_bar() as progress:
        found = api.run(
            loaded, output=output, workers=processes(workers),
            allow=names(allow), progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(asdict(found) | {"folder": str(found.folder)})
        return found.exit_code
    rows = [
        [category, what, str(count)]
        for category, counts in found.gate.items()
        for what, count in counts.items()
    ]
    print_table(["category", "gate", "examples"], rows, [False, False, True])
    for one in found.difficulty:
        error = "undefined" if one["error_frac"] is None else f"{one['error_frac']:.0%}"
        note(
            f"difficulty: '{one['category']}': the model errs on {error} of {one['n']}, "
            f"wanted {one['bound']}: {one['outcome']}"
            + (" (by the error table)" if one["by"] == "error table" else "")
        )
    for one in found.realism:
        told = "" if one["auc"] is None else f"AUC {one['auc']:.2f}, p {one['p']:g}, "
        wanted = f"wanted {one['bound']}: " if one["bound"] else ""
        note(f"realism: '{one['category']}': {told}{wanted}{one['outcome']}; {one['why']}")
    for line in said(found.clarity):
        note(line)
    counts = found.counts
    note(
        f"{counts['done']} done, {counts['rejected']} rejected, "
        f"{counts['quarantined']} quarantined"
        + (" (finished before; nothing to do)" if found.again else "")
    )
    if counts["quarantined"]:
        note(f"reasons: {found.folder / 'quarantine.jsonl'}")
    note(f"run: {found.folder}\nreport: {found.folder / 'report.html'}")
    return found.exit_code
