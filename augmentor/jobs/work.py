"""One unit of work: rows of the plan become files, and a record of each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from augmentor.core.digest import digest_bytes
from augmentor.files.atomic import write_bytes
from augmentor.jobs.output import file_name, output_of
from augmentor.ledger.record import Record
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.renderer import (
    Made,
    child_facts,
    make,
    read_parent,
    reason_of,
    words_of,
)
from augmentor.sources.measure import check_unchanged


@dataclass(frozen=True, slots=True)
class Work:
    """Makes examples of one recipe in one folder; picklable, so that any engine can map it.

    Parameters
    ----------
    recipe : what to follow.
    folder : the run's folder.
    """

    recipe: Recipe
    folder: Path

    def __call__(self, rows: Sequence[PlanRow]) -> list[Record]:
        """Make every row. What goes wrong with one is its own record's reason."""
        records = []
        for row in rows:
            began = perf_counter()
            records.append(self.one(row))
            records[-1].making_s = perf_counter() - began
        return records

    def one(self, row: PlanRow) -> Record:
        """Make one row: render, judge, write."""
        category = self.recipe.categories[row.category]
        try:
            parent = read_parent(self.recipe, row.source)
            check_unchanged(row.source, self.recipe.medium, parent.targets)
        except Exception as error:  # noqa: BLE001 - a strange file costs one example, not the job
            return failed(row, reason_of(error, "reading"))
        try:  # what an operator made may be no sound, and its notes no JSON
            made = make(self.recipe, category, parent, row.copy, row.edits)
            record = _record(self.recipe, category, row, made)
            record.spent_s = made.spent_s
            output = output_of(made.example) if made.passed else None
        except Exception as error:  # noqa: BLE001 - nor does an operator
            return failed(row, reason_of(error))
        if output is None:
            record.state, record.reason = "rejected", made.reason
            return record
        record.marks, record.classes, record.points = output.marks, output.classes, output.points
        record.file_name = file_name(record.id, output.suffix)
        record.digest = digest_bytes(*output.parts)
        # Not flushed one by one: a run that goes on after a crash believes a file only when
        # its digest is the recorded one.
        write_bytes(self.folder / record.file_name, *output.parts, durable=False)
        return record


def failed(row: PlanRow, reason: str) -> Record:
    """Return the record of a row whose source cannot be used."""
    facts = row.source.facts
    return Record(row.id, row.category, facts.id, facts.digest, row.copy, "quarantined", reason)


def _record(recipe: Recipe, category: Category, row: PlanRow, made: Made) -> Record:
    """Return the record of what was made."""
    facts = child_facts(recipe, category, row.id, made.example)
    parent = row.source.facts
    record = Record(
        id=row.id,
        category=row.category,
        parent=parent.id,
        parent_digest=parent.digest,
        copy=row.copy,
        state="done",
        attempt=made.attempt,
        edits=[edit.to_json() for edit in made.example.edits],
        notes=[dict(notes) for notes in made.example.notes],
        verdicts=[verdict.to_json() for verdict in made.verdicts],
        target=facts.target,
        tags=list(facts.tags),
        duration_s=facts.duration_s,
        width_px=facts.width_px,
        height_px=facts.height_px,
        speaker=facts.speaker,
        group=facts.group,
        split=facts.split,
        weight=facts.weight,
        words=words_of(made.example),
        meta=dict(row.source.meta),
    )
    # An operator's numbers and notes may be no JSON: known here, now.
    json.dumps([record.edits, record.notes])
    return record
