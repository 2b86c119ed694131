"""What a loop is set up with, and what it keeps from one start to the next."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.api.planning import measurer
from augmentor.api.progress import Progress
from augmentor.audit.priorities.splits import NAMES
from augmentor.core.errors import AugmentorError, Problem, UsageError, listed, nearest
from augmentor.files.atomic import write_json
from augmentor.jobs.rounds.held import (
    DATA,
    KINDS,
    changes,
    held_of,
    same_training,
    unknown_code,
)
from augmentor.jobs.rounds.lists import Row, source_row
from augmentor.jobs.rounds.training import DONE
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
    for manifest in recipe.tests:
        stem = name = Path(manifest).stem or "test"
        while name in named:
            name = f"{stem}-{len(named)}"
        named[name] = manifest
    found = {name: read(recipe.path(manifest)) for name, manifest in named.items()}
    decides = _to_audit(found[DEV], spec.audit.split, spec.audit.manifest)
    asked = {name: _to_test(one, decides) for name, one in found.items() if name != DEV}
    for name, one in asked.items():
        if not one:
            what = f"all of {named[name]} is audited, or is to be trained on: that decides each "
            raise UsageError(
                Problem(str(recipe.file), f"test: {what}round; name examples that decide nothing")
            )
    # What nobody wrote down the answers to is looked through for leaks, and not asked about.
    told = {name: one for name, one in asked.items() if any(each.facts.target for each in one)}
    return {DEV: decides, **told}


def _to_audit(sources: Sequence[Source], split: str | None, where: str) -> Sequence[Source]:
    """Return the split to audit: the one asked for, else dev, else test, else all.

    Raises
    ------
    UsageError : nothing is in the split asked for.
    """
    there = dict.fromkeys(one.facts.split for one in sources)
    if split is not None and split not in there:
        known = listed([name for name in there if name]) or "none"
        raise UsageError(
            Problem(where, f"no example is in the split '{split}'; its splits: {known}")
        )
    if split is None:
        usual = [one for name in ("dev", "test") for one in there if one.lower() in NAMES[name]]
        split = usual[0] if usual else None
    return [one for one in sources if split is None or one.facts.split == split]


def _to_test(sources: Sequence[Source], decides: Sequence[Source]) -> Sequence[Source]:
    """Return what is not listed as to be trained on, and decides nothing."""
    known = {(one.path.absolute(), one.start_s) for one in decides}
    return [
        one
        for one in sources
        if one.facts.split.lower() not in NAMES["train"]
        and (one.path.absolute(), one.start_s) not in known
    ]


def set_up(
    recipe: Recipe,
    output: str | Path | None,
    seeds: int | None,
    jobs: int,
    workers: int,
    allow: Sequence[str],
    progress: Progress,
) -> Setting:
    """Return what a loop is set up with; what is not said is as the recipe says.

    Raises
    ------
    UsageError : the recipe says nothing of a loop, all trainings would be the same, or there is
        nothing that could be allowed by such a name.
    """
    spec = recipe.spec
    count = spec.loop.seeds if seeds is None else seeds
    asked = asked_of(recipe)
    if count > 1 and spec.train and "{seed}" not in spec.train.command:
        raise UsageError(
            f"{recipe.file}: {count} trainings, but train: command never uses {{seed}}: all "
            "would be the same"
        )
    known = [*KINDS, *recipe.categories, "all"]
    for name in allow:
        if name not in known:
            raise UsageError(
                f"--allow: there is no '{name}'{nearest(name, known)}; known: {listed(known)}"
            )
    root = recipe.path(spec.output.folder) / f"{spec.name}-loop"
    folder = Path(output) if output is not None else root
    return Setting(recipe, folder, count, jobs, workers, allow, progress, asked)


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
        now = held_of(setting.recipe, setting.seeds, setting.asked[DEV])
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from None
    before = _kept(file)
    if "held" in before and not any(setting.folder.glob(f"*/*/seed-*/{DEV}.jsonl")):
        # A first try, mended: nothing was answered yet, so there is nothing to compare with.
        if not same_training(before["held"], now, setting.recipe):
            for one in setting.folder.glob(f"*/*/seed-*/{DONE}"):
                one.unlink()
        before = {}
    allowed: list[str] = list(before.get("allowed", []))
    changed = changes(before["held"], now) if "held" in before else {}
    let = {kind for kind in changed if kind in setting.allow or "all" in setting.allow}
    wrong = [f"{kind}: {said}" for kind, said in changed.items() if kind not in let]
    if wrong:
        kinds = ",".join(kind for kind in changed if kind not in let)
        source = setting.recipe.spec.source.manifest
        anew = before["held"].get(DATA, {}).get(source) != now[DATA][source]
        raise AugmentorError(
            f"{setting.folder}: rounds can only be compared while all but the new examples stays "
            f"the same, and this changed: {'; '.join(wrong)}. Put it back, start anew in another "
            f"folder with -o, or go on all the same with --allow {kinds}"
            + (", which trains every round again" if anew else "")
        )
    allowed += [f"{kind}: {changed[kind]}" for kind in changed]
    if before.get("held") != now:
        write_json(file, {"held": now, "allowed": allowed})
    return allowed, [*unknown_code(setting.recipe)]


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
