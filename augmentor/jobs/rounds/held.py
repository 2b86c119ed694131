"""What must stay the same from round to round: the code, its settings, what it is asked about."""

import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from augmentor.core.digest import digest_json
from augmentor.core.errors import listed
from augmentor.files.digested import digest_path
from augmentor.recipe.recipe import Recipe
from augmentor.sources.manifest import Source

Held = dict[str, dict[str, Any]]
"""Kind -> name -> what it is: a text, a number, a digest."""

KINDS = CODE, SETTINGS, DATA = "code", "hyperparameters", "data"
_TRAIN, _FORM, _PREDICT, _SEEDS = "train command", "train form", "predict command", "seeds"


def held_of(recipe: Recipe, seeds: int, asked: Sequence[Source]) -> Held:
    """Return what is held fixed.

    Code: both commands, the files that they name and those that the recipe names under
    ``code``. Settings: the declared hyperparameters and the seeds. Data: what each round's
    model is asked about, as it is listed, and how large each file is; and the list of the
    source, as every round is trained on it. New examples are what a round changes.

    Parameters
    ----------
    recipe : with both commands.
    seeds : trainings of each round.
    asked : what each round's model is asked about.
    """
    spec, home = recipe.spec, recipe.file.parent
    assert spec.train is not None
    assert spec.predict is not None
    assert spec.audit is not None
    names = dict.fromkeys([*_training_files(recipe), *_asking_files(recipe)])
    code: dict[str, Any] = {
        _TRAIN: spec.train.command,
        _FORM: spec.train.form,
        _PREDICT: spec.predict.command or spec.predict.model,
        **{name: digest_path(home / name) for name in names},
    }
    manifest, source = spec.audit.manifest or "", spec.source.manifest
    sizes = [[one.facts.id, _size(one.path)] for one in asked]
    return {
        CODE: code,
        SETTINGS: {**spec.train.hyperparameters, _SEEDS: seeds},
        DATA: {
            source: _digest_listed(recipe.path(source)),
            manifest: digest_json([_digest_listed(recipe.path(manifest)), sizes]),
        },
    }


def same_training(before: Mapping[str, Mapping[str, Any]], now: Held, recipe: Recipe) -> bool:
    """Return whether what decides a trained model is what it was; how it is asked does not."""
    code, settings = (before.get(kind, {}) for kind in (CODE, SETTINGS))
    return all(
        code.get(name) == now[CODE][name] for name in (_TRAIN, _FORM, *_training_files(recipe))
    ) and all(
        settings.get(name) == now[SETTINGS].get(name)
        for name in {**settings, **now[SETTINGS]}
        if name != _SEEDS
    )


def _training_files(recipe: Recipe) -> list[str]:
    train = recipe.spec.train
    return [*_files(train.command, recipe.file.parent), *train.code] if train else []


def _asking_files(recipe: Recipe) -> list[str]:
    predict, home = recipe.spec.predict, recipe.file.parent
    if predict is None:
        return []
    named = _files(predict.command or "", home)
    named += _module(predict.model.partition(":")[0], home) if predict.model else []
    return [*named, *predict.code]


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _files(command: str, home: Path) -> list[str]:
    """Return the files of the user's that a command names, as ``train.py`` or ``-m my.train``."""
    words = shlex.split(command)
    files = [
        word
        for place, word in enumerate(words)
        if "{" not in word and (home / word).is_file()
        if place or not Path(word).is_absolute() or _is_script(Path(word))
    ]
    modules = [name for before, name in pairwise(words) if before == "-m"]
    return [*files, *(file for name in modules for file in _module(name, home))]


def _is_script(path: Path) -> bool:
    """Return whether a program is a text that somebody wrote, and not an interpreter."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(2) == b"#!"
    return False


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


def unknown_code(recipe: Recipe) -> Sequence[str]:
    """Return what to know where no file of the user's training code is watched."""
    if _training_files(recipe):
        return ()
    what = (
        f"{recipe.file}: no file of your training code is known, so a change of it will not be "
        "noticed; name files or folders under train: {code: [...]}"
    )
    return (what,)
