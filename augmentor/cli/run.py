"""``augmentor run``: make every new example."""

from dataclasses import asdict
from pathlib import Path

import click

from augmentor.cli.show import (
    json_option,
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
@json_option
def command(recipe: Path, output: Path | None, workers: int | None, as_json: bool) -> int:
    """Run RECIPE: make, judge and write every new example, and a report.

    Exit code 0 done; 3 done, but some sources or examples were quarantined.
    """
    from augmentor import api

    loaded = api.load_recipe(recipe)
    if loaded.spec.gate.difficulty is not None:
        note(f"your code: {loaded.spec.gate.difficulty.model} will be imported and asked")
    with progress_bar() as progress:
        found = api.run(loaded, output=output, workers=processes(workers), progress=progress)
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
        )
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
