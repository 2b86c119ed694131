"""A run: plan, ask the model, make, judge, write, report."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from augmentor import __version__
from augmentor.api.asked_pages import asked_sections
from augmentor.api.asking import Asking, ask_model
from augmentor.api.clarity import clarity_told, judge_clarity, unclear
from augmentor.api.clarity_pages import clarity_sections
from augmentor.api.hurting import check_allowed
from augmentor.api.pages import run_page
from augmentor.api.planning import Planning, as_recipe, plan, quarantine
from augmentor.api.progress import Progress, silent
from augmentor.api.realism import judge_realism, real_told, refused, write_values
from augmentor.core.digest import digest_json
from augmentor.files.atomic import alone, write_json, write_json_lines, write_text
from augmentor.gate.cost import cost_of
from augmentor.jobs.batch import clear, finish, run_rows, settle
from augmentor.jobs.local import crew, keep_memory
from augmentor.jobs.work import failed
from augmentor.kernels.spectrogram import mel_spectrogram_db
from augmentor.ledger.record import Record, environment, gate_counts, uses
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import target_kind
from augmentor.recipe.written import written_recipe
from augmentor.sources.manifest import Source

_FLUSHED_FRAC = 0.8
"""When so much of a run is made, the disk starts to take it."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left behind.

    Parameters
    ----------
    folder : where it lies.
    counts : done, rejected, quarantined.
    gate : counts by category and reason.
    difficulty : what the model made of each category.
    realism : what came of holding new examples against real ones, by category.
    clarity : what reference models still understood, by category.
    again : whether the run was finished already and nothing had to be done.
    """

    folder: Path
    counts: dict[str, int]
    gate: dict[str, dict[str, int]]
    difficulty: list[dict[str, Any]] = field(default_factory=list)
    realism: list[dict[str, Any]] = field(default_factory=list)
    clarity: list[dict[str, Any]] = field(default_factory=list)
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
    allow: Sequence[str] = (),
    progress: Progress = silent,
) -> Run:
    """Make every new example of a recipe in a folder; go on where a killed run stopped.

    Parameters
    ----------
    recipe : a recipe, or its file.
    output : the folder that runs go into; the recipe's by default.
    workers : processes; 0 works in this one.
    allow : categories to make though they can hurt, or ``all``.
    progress : told how far it is.

    Returns
    -------
    What was done, and where it lies: ``OUTPUT/NAME-DIGEST``. The digest covers everything
    that decides the bytes, so a changed source or recipe is another run.

    Raises
    ------
    UsageError : the recipe, its tables or its model are wrong, or a category would hurt and is
        not allowed to. Nothing was made.
    """
    with crew(workers):
        recipe = as_recipe(recipe)
        planning = plan(recipe, workers=workers, progress=progress)
        allowed = check_allowed(recipe, planning.hurt, allow)
        asking = ask_model(planning, progress)
        rows = [row for row in planning.plan.rows if row.id not in asking.dropped]
        root = Path(output) if output is not None else recipe.path(recipe.spec.output.folder)
        identity = _identity(recipe, rows)
        folder = root / f"{recipe.spec.name}-{identity[:10]}"
        with alone(folder), ThreadPoolExecutor(3) as aside:
            return _again(folder) or _made(
                planning, rows, asking, allowed, folder, identity, workers, progress, aside
            )


def _made(
    planning: Planning,
    rows: Sequence[PlanRow],
    asking: Asking,
    allowed: Sequence[str],
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
    held = judge_realism(planning, rows, workers, progress)
    dropped = {**asking.dropped, **refused(held, rows)}
    kept = judge_clarity(planning, [row for row in rows if row.id not in dropped], progress)
    dropped |= unclear(kept, rows)
    rows = [row for row in rows if row.id not in dropped]
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        before, done = done, done + more
        progress("making examples", done, len(rows))
        if before < _FLUSHED_FRAC * len(rows) <= done:
            aside.submit(settle)  # little is left to wait for when the rest is made

    records = run_rows(recipe, rows, folder, workers=workers, progress=tell)
    records += _dropped(planning, dropped)
    bad = quarantine(planning) + [
        {"kind": "example", "id": one.id, "reason": one.reason}
        for one in records
        if one.state == "quarantined"
    ]
    # The disk is waited for aside, while the report is made.
    waited = [aside.submit(settle), aside.submit(_write_tables, recipe, records, bad, folder)]
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
        "difficulty": [one.to_json() for one in asking.difficulty],
        "realism": [one.verdict.to_json() for one in held],
        "clarity": [one.to_json() for one in kept],
        "hurt": [one.to_json() for one in planning.hurt],
        "allowed": list(allowed),
        "leaks": [one.to_json() for one in planning.leaks],
        "cost": cost_of((one.spent_s for one in records), sum(one.making_s for one in records)),
        "banks": {
            bank.name: {"digest": bank.digest, "recordings": len(bank)}
            for bank in recipe.used_banks()
        },
        "uses": uses(records, {bank.name: bank.lengths_s for bank in recipe.used_banks()}),
        "warnings": [*planning.plan.warnings, *asking.said],
        "environment": surroundings.result(),
    }
    write_values(folder, held)
    judged = [*clarity_sections(summary["clarity"]), *asked_sections(recipe, asking)]
    page = run_page(planning, records, summary, folder, judged=judged)
    for one in waited:
        one.result()
    write_text(folder / "report.html", page)
    write_json(folder / "dataset.json", summary)  # last: a folder that has it is finished
    clear(folder)
    return Run(folder, **{name: summary[name] for name in _TOLD})


def _write_tables(
    recipe: Recipe, records: Sequence[Record], bad: Sequence[Mapping[str, str]], folder: Path
) -> None:
    """Write all that a run leaves behind but its report and its summary."""
    finish(folder, records)
    write_json_lines(folder / "quarantine.jsonl", bad)
    write_text(folder / "recipe.yaml", written_recipe(recipe, folder))


def _load_late(rate_hz: int) -> None:
    """Import what the tables and the report need: a second or two, while workers work."""
    import pyarrow.parquet  # noqa: F401 - the import is the point

    keep_memory()
    if rate_hz:
        mel_spectrogram_db(np.zeros(1, np.float32), rate_hz)


def _dropped(planning: Planning, dropped: Mapping[str, str]) -> Iterator[Record]:
    """Yield the records of rows that were never made, by id why: too easy, or untrue."""
    for row in planning.plan.rows:
        if row.id in dropped:
            record = failed(row, dropped[row.id])
            record.state = "rejected"
            yield record


_TOLD = ("counts", "gate", "difficulty", "realism", "clarity")
"""What a finished run's record says again."""


def _again(folder: Path) -> Run | None:
    """Return what an earlier start finished; None where it did not, or its record is damaged."""
    try:
        found = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        return Run(folder, again=True, **{name: found[name] for name in _TOLD})
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
            **({"clarity": asked} if (asked := clarity_told(recipe)) else {}),
            **({"real": told} if (told := real_told(recipe)) else {}),
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
