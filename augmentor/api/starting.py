"""A first recipe from an error table: sensible, commented, and yours to change."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from augmentor.api.guessing import picture_step, sound_step, yaml_text
from augmentor.audit.priorities.audit import audit_table
from augmentor.audit.priorities.ranking import TagRow
from augmentor.core.errors import UsageError, listed, nearest


def new_recipe(
    table: str | Path,
    *,
    source: str = "data/train.jsonl",
    sample_rate: int | None = 16000,
    budget: int = 1000,
    top: int = 3,
    metric: str = "accuracy",
    baseline: str | Path | None = None,
    banks: Mapping[str, str] | None = None,
    folder: str | Path = ".",
    model: str | None = None,
    name: str | None = None,
) -> str:
    """Return the text of a first recipe for the top categories of an error table.

    Parameters
    ----------
    table : the error table.
    source : the training manifest to make new examples from.
    sample_rate : of that source, Hz; None where it is of pictures.
    budget : new examples in all.
    top : how many categories at most.
    metric, baseline : as for the audit.
    banks : tag -> folder of recordings, where you have them already.
    folder : where the recipe will lie. Paths are given from here, and written from there.
    model : your model as package.module:function, to ask whether the new examples are hard.
    name : of the recipe and its runs; by default the table's.

    Raises
    ------
    UsageError : no tag has a gap, so there is nothing to work on; or a bank belongs to none.
    """
    ranking = audit_table(table, metric=metric, baseline=baseline).ranking
    worst = [row for row in ranking.rows if row.score and row.tag != "clean"][:top]
    if not worst:
        raise UsageError(
            f"{table}: no tag has a gap to a baseline; give one with --baseline (a CSV of "
            "tag, baseline, source) or a column 'clean_prediction' in the table"
        )
    given = dict(banks or {})

    def there(path: str | Path) -> str:
        return yaml_text(Path(os.path.relpath(path, folder)).as_posix())

    if sample_rate is None:
        kind, needed, takers = "kind: picture", dict[str, str](), list[str]()
        categories = [_picture_category(row) for row in worst]
    else:
        kind = f"sample_rate: {sample_rate}"
        categories, needed, takers = _sound_categories(worst, source, given)
    for bank in given:
        if bank not in takers:
            raise UsageError(
                f"no category of this recipe needs a bank '{bank}'{nearest(bank, takers)}; "
                f"those that do: {listed(takers) or 'none'}"
            )
    title = re.sub(r"[^A-Za-z0-9]+", "-", name or Path(table).stem).strip("-")[:80]
    lines = [
        "augmentor: 1",
        f"name: {yaml_text(title or 'first')}",
        "seed: 1",
        f"source: {{manifest: {there(source)}, {kind}}}",
        f"audit: {{table: {there(table)}, metric: {metric}"
        + (f", baseline: {there(baseline)}" if baseline else "")
        + "}",
    ]
    if needed:
        lines.append("banks:  # folders of recordings, manifests, or packed files")
        lines += [f"  {yaml_text(bank)}: {there(where)}" for bank, where in needed.items()]
    clarity = '  clarity: {estoi: ">= 0.3"}  # below, people lose the words too; listen and move it'
    lines += [
        f'budget: {budget}  # new examples; or "20 h", or "2 GB"',
        "categories:",
        *categories,
        "gate:",
        *([] if sample_rate is None else [clarity]),
        *([f'  difficulty: {{model: "{model}", error: ">= 0.1"}}'] if model else []),
        "  tries: 3",
        "",
    ]
    return "\n".join(lines)


def _sound_categories(
    worst: Sequence[TagRow], source: str, given: Mapping[str, str]
) -> tuple[list[str], dict[str, str], list[str]]:
    """Return the categories, the banks that they need with their places, and words for those."""
    categories: list[str] = []
    needed: dict[str, str] = {}
    takers: list[str] = []
    for row in worst:
        step, banks = sound_step(row.tag, source)
        for bank, default in banks.items():
            takers += [row.tag, bank]
            needed[bank] = given.get(row.tag) or given.get(bank) or default
        categories.append(f"{_why(row)}    steps:\n      - {step}")
    return categories, needed, takers


def _picture_category(row: TagRow) -> str:
    step, defect = picture_step(row.tag)
    target = "    # target: the class of a picture with this defect, where yours have classes\n"
    return f"{_why(row)}{target if defect else ''}    steps:\n      - {step}"


def _why(row: TagRow) -> str:
    """Return the head of a category: its name, and what there is to gain."""
    comment = (
        f"# {row.potential_gain:.2%} to gain: gap {row.gap:.1%} x share "
        f"{row.share_frac:.1%}; baseline: {row.baseline_source}"
    )
    return f"  {' '.join(comment.split())}\n  {yaml_text(row.tag)}:\n"
