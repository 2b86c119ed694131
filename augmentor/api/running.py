"""A run: plan, ask the model, make, judge, write, report."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor import __version__
from augmentor.api.pages import run_page
from augmentor.api.planning import Planning, as_recipe, plan, quarantine
from augmentor.api.progress import Progress, silent
from augmentor.core.digest import digest_json
from augmentor.core.errors import BadSourceError
from augmentor.core.example import FULL_SCALE, Example, Waveform
from augmentor.core.functions import load_function
from augmentor.core.pictures import Image
from augmentor.core.stream import Stream
from augmentor.core.verdict import Bound
from augmentor.files.atomic import alone, write_json, write_json_lines, write_text
from augmentor.files.audio import to_pcm16
from augmentor.gate.difficulty import Difficulty, judge
from augmentor.jobs.batch import clear, finish, run_rows, settle
from augmentor.jobs.local import get_ready
from augmentor.jobs.work import failed
from augmentor.kernels.spectrogram import mel_spectrogram_db
from augmentor.ledger.record import Record, environment, gate_counts, uses
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import make_safely, read_parent, target_kind
from augmentor.recipe.written import written_recipe
from augmentor.sources.manifest import Source


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left behind.

    Parameters
    ----------
    folder : where it lies.
    counts : done, rejected, quarantined.
    gate : counts by category and reason.
    difficulty : what the model made of each category.
    again : whether the run was finished already and nothing had to be done.
    """

    folder: Path
    counts: dict[str, int]
    gate: dict[str, dict[str, int]]
    difficulty: list[dict[str, Any]] = field(default_factory=list)
    again: bool = False

    @property
    def exit_code(self) -> int:
        """0 done; 3 done, but something was quarantined."""
        return 3 if self.counts.get("quarantined") else 0


def run(
    recipe: Recipe | str | Path,
    *,
    output: str | Path | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> Run:
    """Make every new example of a recipe in a folder; go on where a killed run stopped.

    Parameters
    ----------
    recipe : a recipe, or its file.
    output : the folder that runs go into; the recipe's by default.
    workers : processes; 0 works in this one.
    progress : told how far it is.

    Returns
    -------
    What was done, and where it lies: ``OUTPUT/NAME-DIGEST``. The digest covers everything
    that decides the bytes, so a changed source or recipe is another run.
    """
    recipe = as_recipe(recipe)
    if workers:
        get_ready()
    planning = plan(recipe, workers=workers, progress=progress)
    difficulty = ask_model(planning, progress)
    easy = {one.category for one in difficulty if one.outcome == "fail"}
    rows = [row for row in planning.plan.rows if row.category not in easy]
    root = Path(output) if output is not None else recipe.path(recipe.spec.output.folder)
    identity = _identity(recipe, rows)
    folder = root / f"{recipe.spec.name}-{identity[:10]}"
    with alone(folder), ThreadPoolExecutor(1) as aside:
        finished = _again(folder)
        if finished is not None:
            return finished
        return _made(planning, rows, difficulty, folder, identity, workers, progress, aside)


def _made(
    planning: Planning,
    rows: Sequence[PlanRow],
    difficulty: Sequence[Difficulty],
    folder: Path,
    identity: str,
    workers: int,
    progress: Progress,
    aside: Executor,
) -> Run:
    """Make the rows and write all that a run leaves behind; `aside` does what only waits."""
    recipe = planning.recipe
    surroundings = aside.submit(environment, recipe.file.parent)
    aside.submit(_load_late, recipe.rate_hz)
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress("making examples", done, len(rows))

    records = run_rows(recipe, rows, folder, workers=workers, progress=tell)
    settled = aside.submit(settle)
    records += _too_easy(planning, difficulty)
    bad = quarantine(planning) + [
        {"kind": "example", "id": one.id, "reason": one.reason}
        for one in records
        if one.state == "quarantined"
    ]
    write_json_lines(folder / "quarantine.jsonl", bad)
    write_text(folder / "recipe.yaml", written_recipe(recipe, folder))
    finish(folder, records)
    counts = Counter(one.state for one in records)
    summary: dict[str, Any] = {
        "augmentor": __version__,
        "name": recipe.spec.name,
        "identity": identity,
        "seed": recipe.spec.seed,
        "counts": {
            "done": counts["done"],
            "rejected": counts["rejected"],
            "quarantined": len(bad),
        },
        "gate": gate_counts(records),
        "difficulty": [one.to_json() for one in difficulty],
        "banks": {
            bank.name: {"digest": bank.digest, "recordings": len(bank)}
            for bank in recipe.used_banks()
        },
        "uses": uses(records, {bank.name: bank.lengths_s for bank in recipe.used_banks()}),
        "warnings": planning.plan.warnings,
        "environment": surroundings.result(),
    }
    write_text(folder / "report.html", run_page(planning, records, summary, folder))
    settled.result()
    write_json(folder / "dataset.json", summary)  # last: a folder that has it is finished
    clear(folder)
    return Run(folder, summary["counts"], summary["gate"], summary["difficulty"])


def _load_late(rate_hz: int) -> None:
    """Import what the tables and the report need: a second or two, while workers work."""
    import pyarrow.parquet  # noqa: F401 - the import is the point

    if rate_hz:
        mel_spectrogram_db(np.zeros(1, np.float32), rate_hz)


def _too_easy(planning: Planning, difficulty: Sequence[Difficulty]) -> Iterator[Record]:
    """Yield the records of rows that were never made, since the model does well on their kind."""
    reasons = {
        one.category: f"difficulty is {one.error_frac:g}, wanted {one.bound}"
        for one in difficulty
        if one.outcome == "fail"
    }
    for row in planning.plan.rows:
        if row.category in reasons:
            record = failed(row, reasons[row.category])
            record.state = "rejected"
            yield record


def _again(folder: Path) -> Run | None:
    """Return what an earlier start finished; None where it did not, or its record is damaged."""
    try:
        found = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        return Run(folder, found["counts"], found["gate"], found["difficulty"], again=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _identity(recipe: Recipe, rows: Sequence[PlanRow]) -> str:
    """Return the digest of all that decides a run's bytes: plan, sources, banks, gate.

    Not what the model said: answers that flip in the last bit are no other run. Which
    categories it left in decides the rows.
    """
    spec = recipe.spec
    return digest_json(
        {
            "rows": [
                (row.id, _told(row.source), [edit.to_json() for edit in row.edits]) for row in rows
            ],
            "targets": {name: one.target for name, one in recipe.categories.items() if one.target},
            "steps": {
                name: [step.spec() for step in one.steps] for name, one in recipe.categories.items()
            },
            "banks": {bank.name: bank.digest for bank in recipe.used_banks()},
            "gate": {
                name: [(check.name, str(bound)) for check, bound in one.checklist.asked]
                for name, one in recipe.categories.items()
            },
            "tags": {name: one.tag for name, one in recipe.categories.items()},
            "tries": spec.gate.tries,
            "seed": spec.seed,
            "source": spec.source.model_dump(exclude={"manifest", "images", "target"}),
            "target": target_kind(recipe),
        }
    )


def _told(source: Source) -> list[Any]:
    """Return all of a source that its new examples repeat: another label is another run."""
    facts = source.facts
    return [
        facts.digest, facts.target, facts.tags, facts.speaker, facts.group, facts.split,
        facts.weight, source.words, source.meta,
        *([source.points] if facts.width_px else []),  # marks are in the digest, without paths
    ]  # fmt: skip


def ask_model(planning: Planning, progress: Progress = silent) -> list[Difficulty]:
    """Ask the user's model about a keyed sample of each category, before anything is made."""
    recipe = planning.recipe
    asked = recipe.spec.gate.difficulty
    if asked is None:
        return []
    model = load_function(asked.model, [recipe.file.parent, Path.cwd()], "model")
    more = [recipe.rate_hz] if recipe.medium.kind is Waveform else []

    def predict(inputs: Sequence[NDArray[Any]]) -> Sequence[str]:
        answers: Sequence[str] = model(inputs, *more)
        return answers

    metric = recipe.spec.audit.metric if recipe.spec.audit else "accuracy"
    found = []
    counts = planning.plan.counts()
    for done, name in enumerate(counts):
        progress("asking the model", done, len(counts))
        rows = [row for row in planning.plan.rows if row.category == name]
        inputs: list[NDArray[Any]] = []
        targets: list[str] = []
        for row in _sample(recipe, rows, asked.sample):
            try:
                parent = read_parent(recipe, row.source)
                made = make_safely(recipe, recipe.categories[name], parent, row.copy, row.edits)
            except BadSourceError:
                continue  # the run itself will quarantine it, with its reason
            if not made.passed:
                continue
            inputs.append(_heard(made.example))
            targets.append(recipe.categories[name].target_of(row.source.facts))
        bound = Bound.parse(asked.error)
        found.append(judge(name, asked.model, predict, inputs, targets, bound, metric))
    progress("asking the model", len(counts), len(counts))
    return found


def _heard(example: Example) -> NDArray[Any]:
    """Return what a model is given: a sound as a run stores it, or a picture."""
    wave, image = example.find(Waveform), example.find(Image)
    if isinstance(wave, Waveform):
        return np.multiply(to_pcm16(wave.samples), 1 / FULL_SCALE, dtype=np.float32)
    assert isinstance(image, Image)
    return image.pixels


def _sample(recipe: Recipe, rows: Sequence[PlanRow], size: int) -> list[PlanRow]:
    """Return a sample of rows chosen by lots drawn by name."""
    lots = Stream(recipe.spec.seed).at("difficulty")
    return sorted(rows, key=lambda row: lots.at(row.id).word())[:size]
