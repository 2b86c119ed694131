"""A first recipe from an error table: sensible, commented, and yours to change."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from augmentor.api.judging import audit_table
from augmentor.core.errors import UsageError

_BABBLE = r"people|babble|crowd|cafe|caf.|restaurant|talk|voices|food court|library"
_BAND = r"low.?band|narrow.?band|phone|telephon|gsm|codec|8 ?k"
_ROOM = r"reverb|echo|room|hall|far.?field"
_CLIP = r"clip|overdriv|distort|loud"
_FAST = r"fast|slow|speed|tempo|accent|rate"
_NOISE = r"noise|car|vehicle|traffic|engine|train|plane|wind|rain|music|machine|street|fan"


def new_recipe(
    table: str | Path,
    *,
    source: str = "data/train.jsonl",
    sample_rate: int = 16000,
    budget: int = 1000,
    top: int = 3,
    metric: str = "accuracy",
    baseline: str | Path | None = None,
    banks: Mapping[str, str] | None = None,
    folder: str | Path = ".",
    model: str | None = None,
) -> str:
    """Return the text of a first recipe for the top categories of an error table.

    Parameters
    ----------
    table : the error table.
    source : the training manifest to make new examples from.
    sample_rate : of that source, Hz.
    budget : new examples in all.
    top : how many categories at most.
    metric, baseline : as for the audit.
    banks : tag -> folder of recordings, where you have them already.
    folder : where the recipe will lie. Paths are given from here, and written from there.

    model : your model as package.module:function, to ask whether the new examples are hard.

    Raises
    ------
    UsageError : no tag has a gap, so there is nothing to work on.
    """
    ranking = audit_table(table, metric=metric, baseline=baseline)
    worst = [row for row in ranking.rows if row.score and row.tag != "clean"][:top]
    if not worst:
        raise UsageError(
            f"{table}: no tag has a gap to a baseline; give one with --baseline (a CSV of "
            "tag, baseline, source) or a column 'clean_prediction' in the table"
        )
    given = dict(banks or {})

    def there(path: str | Path) -> str:
        return _text(Path(os.path.relpath(path, folder)).as_posix())

    categories, needed = [], {}
    for row in worst:
        steps, bank = _steps(row.tag, source)
        if bank:
            name, default = bank
            needed[name] = given.get(row.tag) or given.get(name) or default
        comment = (
            f"  # {row.potential_gain:.2%} to gain: gap {row.gap:.1%} x share "
            f"{row.share_frac:.1%}; baseline: {row.baseline_source}"
        )
        categories.append(f"{comment}\n  {_text(row.tag)}:\n    steps:\n      - {steps}")
    lines = [
        "augmentor: 1",
        f"name: {re.sub(r'[^A-Za-z0-9]+', '-', Path(table).stem).strip('-') or 'first'}",
        "seed: 1",
        f"source: {{manifest: {there(source)}, sample_rate: {sample_rate}}}",
        f"audit: {{table: {there(table)}, metric: {metric}"
        + (f", baseline: {there(baseline)}" if baseline else "")
        + "}",
    ]
    if needed:
        lines.append("banks:  # folders of recordings, manifests, or packed files")
        lines += [f"  {name}: {there(where)}" for name, where in needed.items()]
    lines += [
        f'budget: {budget}  # new examples; or "20 h", or "2 GB"',
        "categories:",
        *categories,
        "gate:",
        '  clarity: {estoi: ">= 0.3"}  # below, people lose the words too; listen and move it',
        *([f'  difficulty: {{model: "{model}", error: ">= 0.1"}}'] if model else []),
        "  tries: 3",
        "",
    ]
    return "\n".join(lines)


def _steps(tag: str, source: str) -> tuple[str, tuple[str, str] | None]:
    """Return a step for a tag, guessed from its name, and the bank that it needs."""
    bank = re.sub(r"\W+", "_", tag.lower()).strip("_")
    word = tag.lower()
    if re.search(_BABBLE, word):
        return "mix_babble: {talkers: {pick: talkers}, snr_db: {uniform: [15, 0]}}", (
            "talkers",
            source,
        )
    if re.search(_BAND, word):
        return "codec: {kind: {choice: [alaw, mulaw, gsm]}}", None
    if re.search(_ROOM, word):
        return "reverb: {rt60_s: {uniform: [0.2, 0.8]}}", None
    if re.search(_CLIP, word):
        return "clipping", None
    if re.search(_FAST, word):
        return "speed_perturb", None
    hint = "" if re.search(_NOISE, word) else "  # a guess: nothing in the name says how it sounds"
    return f"mix_noise: {{noise: {{pick: {bank}}}, snr_db: {{uniform: [15, 0]}}}}{hint}", (
        bank,
        f"data/noise/{bank}",
    )


def _text(word: str) -> str:
    """Return a YAML scalar: bare where that is safe, else in JSON's quotes."""
    plain = re.fullmatch(r"[A-Za-z./][A-Za-z0-9 _./-]*[A-Za-z0-9]", word)
    reserved = word.lower() in {"yes", "no", "on", "off", "true", "false", "null"}
    return word if plain and not reserved else json.dumps(word, ensure_ascii=False)
