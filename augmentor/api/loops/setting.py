"""What a loop is set up with, and what it keeps from one start to the next."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.api.planning import measurer
from augmentor.api.progress import Progress
from augmentor.core.errors import AugmentorError, Problem, UsageError
from augmentor.files.atomic import write_json
from augmentor.jobs.rounds.held import CODE, changes, held_of, unknown_code
from augmentor.jobs.rounds.lists import Row, source_row
from augmentor.recipe.recipe import Recipe
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.pictures import read_pictures

DEV = "dev"
"""The set that ranks and decides, as its tables are called."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every round of a loop is told.

    Parameters
    ----------
    recipe : with `train`, `predict` and what to audit.
    folder : where all of it goes.
    seeds : trainings of each round.
    jobs : programs at once.
    workers : processes that make new examples.
    allow : what is let pass.
    progress : told how far it is.
    asked : what each round's model is asked about, by name; `DEV` decides.
    """

    recipe: Recipe
    folder: Path
    seeds: int
    jobs: int
    workers: int
    allow: Sequence[str]
    progress: Progress
    asked: Mapping[str, Sequence[Source]]

    def place(self, number: int) -> Path:
        """Return the folder of a round; 0 is the start."""
        return self.folder / "rounds" / f"{number:02d}"

    def source_rows(self) -> tuple[list[Row], dict[str, str]]:
        """Return the source as the user's program reads it, and why some is left out, by id."""
        rows, bad = [], {}
        found = measurer(self.recipe, self.workers, self.progress)(self.recipe.sources)
        for source, measured in zip(self.recipe.sources, found, strict=True):
            if isinstance(measured, str):
                bad[source.facts.id] = measured
            else:
                rows.append(source_row(source))
        return rows, bad


def tests_of(spec: Any) -> list[str]:
    test = getattr(spec, "test", None) or []
    return [test] if isinstance(test, str) else list(test)


def asked_of(recipe: Recipe) -> dict[str, Sequence[Source]]:
    """Return what each round's model is asked about, by name.

    Raises
    ------
    UsageError : the recipe says nothing of a loop.
    """
    spec = recipe.spec
    missing = [name for name in ("train", "predict") if getattr(spec, name) is None]
    if missing or spec.audit is None or spec.audit.manifest is None:
        what = (
            "a loop needs your commands and what to ask about: write\n"
            "    audit: {manifest: data/dev.jsonl}\n"
            "    train: {command: 'python train.py {manifest} {out}'}\n"
            "    predict: {command: 'python infer.py {model} {manifest} {out}'}"
        )
        raise UsageError(Problem(str(recipe.file), what))
    read = read_pictures if spec.source.kind == "picture" else read_sources
    named = {DEV: spec.audit.manifest}
    for manifest in tests_of(spec):
        stem = name = Path(manifest).stem or "test"
        while name in named:
            name = f"{stem}-{len(named)}"
        named[name] = manifest
    return {name: read(recipe.path(manifest)) for name, manifest in named.items()}


def keep_fixed(setting: Setting) -> tuple[list[str], list[str]]:
    """Refuse to go on where code or settings are not what they were; keep what they are.

    Returns
    -------
    What changed and was let pass, now or before; and what else to know.

    Raises
    ------
    AugmentorError : something changed that is not allowed to.
    """
    file = setting.folder / "loop.json"
    try:
        now = held_of(setting.recipe, setting.seeds)
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from None
    before = _kept(file)
    allowed: list[str] = list(before.get("allowed", []))
    changed = changes(before["held"], now) if "held" in before else {}
    let = {kind for kind in changed if kind in setting.allow or "all" in setting.allow}
    wrong = [f"{kind}: {said}" for kind, said in changed.items() if kind not in let]
    if wrong:
        kinds = ",".join(kind for kind in changed if kind not in let)
        raise AugmentorError(
            f"{setting.folder}: rounds can only be compared while all but the data stays the "
            f"same, and this changed: {'; '.join(wrong)}. Put it back, start anew in another "
            f"folder with -o, or go on all the same with --allow {kinds}"
        )
    allowed += [f"{kind}: {changed[kind]}" for kind in changed]
    if before.get("held") != now:
        write_json(file, {"held": now, "allowed": allowed})
    return allowed, [*unknown_code(setting.recipe, now)] if CODE in now else []


def _kept(file: Path) -> dict[str, Any]:
    """Return what an earlier start kept.

    Raises
    ------
    UsageError : the file is no such thing.
    """
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}; name another folder with -o") from None
    if not isinstance(found, dict) or not isinstance(found.get("held"), dict):
        raise UsageError(f"{file} is not of a loop; name another folder with -o")
    return found
