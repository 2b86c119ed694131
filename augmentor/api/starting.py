"""A first recipe from an error table: sensible, commented, and yours to change."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from augmentor.audit.priorities.audit import audit_table
from augmentor.core.errors import UsageError, listed, nearest

# What the words of a tag say about how it sounds; the first that fits decides.
_BABBLE = r"people|babble|crowds?|caf[eé]s?|cafeteria|restaurants?|talk\w*|voices|food court"
_BAND = r"(low|narrow) ?band\w*|band ?limited|(tele)?phone\w*|gsm|codecs?|8 ?k(hz)?"
_ROOM = r"reverb\w*|echo\w*|rooms?|halls?|far ?field|distant"
_NOISE = (
    r"nois[ey]\w*|cars?|vehicles?|trucks?|traffic|engines?|trains?|planes?|wind|rain|music"
    r"|machin\w*|streets?|fans?|factory"
)
_CLIP = r"clipp\w*|overdriv\w*|distort\w*|(too )?loud"
_FAST = r"fast|slow|speed|tempo|speech rate"


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
    name: str | None = None,
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
        return _text(Path(os.path.relpath(path, folder)).as_posix())

    categories: list[str] = []
    needed: dict[str, str] = {}
    takers: list[str] = []
    for row in worst:
        step, banks_here = _step(row.tag, source)
        for bank, default in banks_here.items():
            takers += [row.tag, bank]
            needed[bank] = given.get(row.tag) or given.get(bank) or default
        comment = (
            f"# {row.potential_gain:.2%} to gain: gap {row.gap:.1%} x share "
            f"{row.share_frac:.1%}; baseline: {row.baseline_source}"
        )
        categories.append(
            f"  {' '.join(comment.split())}\n  {_text(row.tag)}:\n    steps:\n      - {step}"
        )
    for bank in given:
        if bank not in takers:
            raise UsageError(
                f"no category of this recipe needs a bank '{bank}'{nearest(bank, takers)}; "
                f"those that do: {listed(takers) or 'none'}"
            )
    title = re.sub(r"[^A-Za-z0-9]+", "-", name or Path(table).stem).strip("-")[:80]
    lines = [
        "augmentor: 1",
        f"name: {_text(title or 'first')}",
        "seed: 1",
        f"source: {{manifest: {there(source)}, sample_rate: {sample_rate}}}",
        f"audit: {{table: {there(table)}, metric: {metric}"
        + (f", baseline: {there(baseline)}" if baseline else "")
        + "}",
    ]
    if needed:
        lines.append("banks:  # folders of recordings, manifests, or packed files")
        lines += [f"  {_text(bank)}: {there(where)}" for bank, where in needed.items()]
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


def _step(tag: str, source: str) -> tuple[str, dict[str, str]]:
    """Return a step for a tag, guessed from its name, and the bank that it needs with its place."""
    words = re.sub(r"[\W_]+", " ", tag.lower()).strip()

    def says(pattern: str) -> bool:
        return re.search(rf"\b({pattern})\b", words) is not None

    if says(_BABBLE):
        step = "mix_babble: {talkers: {pick: talkers}, snr_db: {uniform: [15, 0]}}"
        return step, {"talkers": source}
    if says(_BAND):
        # Lines differ in what they keep; a first recipe covers them, and ears narrow it down.
        band = "low_hz: {uniform: [0, 300]}, high_hz: {uniform: [4000, 3400]}"
        return f"codec: {{kind: {{choice: [alaw, mulaw, gsm]}}, {band}}}", {}
    if says(_ROOM):
        return "reverb: {rt60_s: {uniform: [0.2, 0.8]}}", {}
    if says(_CLIP) and not says(_NOISE):
        return "clipping", {}
    if says(_FAST) and not says(_NOISE):
        return "speed_perturb", {}
    bank = words.replace(" ", "_") or "noise"
    hint = "" if says(_NOISE) else "  # a guess: nothing in the name says how it sounds"
    step = f"mix_noise: {{noise: {{pick: {_text(bank)}}}, snr_db: {{uniform: [15, 0]}}}}{hint}"
    return step, {bank: f"data/noise/{bank}"}


def _text(word: str) -> str:
    """Return a YAML scalar: bare where that is safe, else in JSON's quotes."""
    plain = re.fullmatch(r"[A-Za-z./][A-Za-z0-9 _./-]*[A-Za-z0-9]", word)
    return word if plain and yaml.safe_load(word) == word else json.dumps(word)
