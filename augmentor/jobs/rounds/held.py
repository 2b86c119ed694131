"""What must stay the same from round to round: the code, its settings, what it is asked about."""

import shlex
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from augmentor.core.digest import digest_json
from augmentor.core.errors import listed
from augmentor.files.digested import digest_path
from augmentor.recipe.recipe import Recipe

Held = dict[str, dict[str, Any]]
"""Kind -> name -> what it is: a text, a number, a digest."""

KINDS = CODE, SETTINGS, DATA = "code", "hyperparameters", "data"


def held_of(recipe: Recipe, seeds: int) -> Held:
    """Return what is held fixed.

    Code: both commands, the files that they name and those that the recipe names under
    ``code``. Settings: the declared hyperparameters and the seeds. Data: what each round's
    model is asked about. The training data is what a round changes.
    """
    spec, home = recipe.spec, recipe.file.parent
    assert spec.train is not None
    assert spec.predict is not None
    assert spec.audit is not None
    code: dict[str, Any] = {"train command": spec.train.command}
    asked = spec.predict.command or spec.predict.model or ""
    code["predict command"] = asked
    named = [*_files(spec.train.command, home), *_files(spec.predict.command or "", home)]
    named += _module(spec.predict.model.partition(":")[0], home) if spec.predict.model else []
    for name in dict.fromkeys([*named, *spec.train.code, *spec.predict.code]):
        code[name] = digest_path(home / name)
    manifests = [spec.audit.manifest or ""]
    return {
        CODE: code,
        SETTINGS: {**spec.train.hyperparameters, "seeds": seeds},
        DATA: {name: _digest_listed(recipe.path(name)) for name in manifests},
    }


def _files(command: str, home: Path) -> list[str]:
    """Return the files of the user's that a command names, as ``train.py`` or ``-m my.train``."""
    words = shlex.split(command)
    files = [
        word
        for word in words
        if "{" not in word and not Path(word).is_absolute() and (home / word).is_file()
    ]
    modules = [name for before, name in pairwise(words) if before == "-m"]
    return [*files, *(file for name in modules for file in _module(name, home))]


def _module(name: str, home: Path) -> list[str]:
    """Return the file of a module that lies in a folder, if there is one."""
    file = name.replace(".", "/") + ".py"
    return [file] if (home / file).is_file() else []


def _digest_listed(path: Path) -> str:
    """Return the digest of a manifest, or of what lies in a folder by name and size."""
    if path.is_file():
        return digest_path(path)
    files = sorted(one for one in path.rglob("*") if one.is_file())
    return digest_json([[one.relative_to(path).as_posix(), one.stat().st_size] for one in files])


def changes(before: Mapping[str, Mapping[str, Any]], now: Held) -> dict[str, str]:
    """Return in words what is not what it was, by kind; nothing where all is."""
    found = {}
    for kind, things in now.items():
        old = before.get(kind, {})
        said = [
            _change(name, old, things) for name in {**old, **things} if _differ(name, old, things)
        ]
        if said:
            found[kind] = listed(said, 5)
    return found


def _differ(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return name not in before or name not in now or bool(before[name] != now[name])


def _change(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    if name not in now:
        return f"'{name}' is gone"
    if name not in before:
        return f"'{name}' is new"
    old, new = str(before[name]), str(now[name])
    if len(old) == len(new) == 32:  # digests say nothing to a reader
        return f"'{name}' changed"
    return f"'{name}' was {old!r} and is {new!r}"


def unknown_code(recipe: Recipe, held: Held) -> Sequence[str]:
    """Return what to know where no file of the user's code is watched."""
    if len(held[CODE]) > 2:  # beside both commands
        return ()
    what = (
        f"{recipe.file}: no file of your training code is known, so a change of it will not be "
        "noticed; name files or folders under train: {code: [...]}"
    )
    return (what,)
