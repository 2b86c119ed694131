"""``augmentor operators``: the catalogue."""

import json
from typing import Any

import click

from augmentor.cli.show import json_option, note, print_json, print_table


def _written(default: Any) -> str:
    """Return a parameter's default as a recipe writes it."""
    spec = None if default is None else default.spec()
    if spec is None:
        return "none" if default is None else "drawn"
    if spec == {"pick": ""}:
        return "none: write it"
    return json.dumps(spec).replace('"', "")


_ADAPTED = "albumentations."


@click.command()
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """List the operators, or show NAME with its parameters, units and bounds."""
    from augmentor.core.errors import UsageError, listed, nearest
    from augmentor.operators.catalog import operators
    from augmentor.recipe.schema import recipe_schema

    catalogue = {one.key(): one for one in operators().values()}
    if name is None:
        rows = [
            [one.key(), one.name, (one.__doc__ or "").strip().partition("\n")[0]]
            for one in catalogue.values()
        ]
        if as_json:
            print_json([dict(zip(("name", "version", "help"), row, strict=True)) for row in rows])
        else:
            print_table(["operator", "version", "what it is"], rows)
        return
    found = operators().get(name)
    if found is None and name.startswith(_ADAPTED):
        _show_transform(name.removeprefix(_ADAPTED), as_json)
        return
    if found is None:
        raise UsageError(
            f"no operator '{name}'{nearest(name, list(catalogue))}; known: {listed(catalogue)}"
        )
    if as_json:
        print_json(recipe_schema()["$defs"][f"step_{found.key()}"])
        return
    note(f"{found.name}: {(found.__doc__ or '').strip()}")
    rows = []
    for parameter, declared in found.params().items():
        default = getattr(found, parameter)
        rows.append([parameter, declared.allowed(), _written(default), declared.help])
    print_table(["parameter", "allowed", "default", "what it is"], rows)
    if found.spoils:
        note(f"after it these checks mean nothing: {listed(found.spoils)}")
    if found.key() + "." == _ADAPTED:
        from augmentor.kernels.adapted import transforms

        print_table(["transform", "what it does"], [list(one) for one in transforms().items()])
        note(f"the parameters of one: augmentor operators {_ADAPTED}NAME")


def _show_transform(name: str, as_json: bool) -> None:
    """Show the parameters of one transform of albumentations."""
    from dataclasses import asdict

    from augmentor.core.errors import UsageError
    from augmentor.kernels.adapted import misnamed, transforms
    from augmentor.kernels.adapted_schema import options_of

    problem = misnamed(name)
    if problem:
        raise UsageError(problem)
    options = options_of(name)
    if as_json:
        print_json([asdict(one) for one in options])
        return
    note(f"{_ADAPTED}{name}: {transforms()[name]}")
    rows = [[one.name, one.kind, "" if one.needed else json.dumps(one.default), one.help]
            for one in options]  # fmt: skip
    print_table(["parameter", "allowed", "default", "what it is"], rows)
