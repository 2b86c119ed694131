"""What a run's report says of realism: verdicts, ranges of real and made ones, stated priors."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.api.planning import Planning
from augmentor.api.realism import VALUES
from augmentor.audit.show.tables import percent
from augmentor.gate.realism.judged import SURE_P
from augmentor.gate.realism.priors import (
    REAL_BELOW_0_FRAC,
    REAL_USUAL_FRAC,
    USUAL_DB,
    SnrPrior,
)
from augmentor.gate.realism.seen import SAID
from augmentor.recipe.real import priors_of
from augmentor.report.model import Block, Histogram, HistogramPlot, Mark, Section, Table

OUTSIDE_FRAC = 0.25
"""So many of the made ones outside the real ones' range stand out; by chance 0.05 are."""

_MARKS: Mapping[str, Mark] = {"pass": "good", "fail": "bad", "cannot tell": "warn"}


def realism_section(planning: Planning, summary: Mapping[str, Any], folder: Path) -> list[Section]:
    """Return the section on realism; none where there is nothing to say.

    Parameters
    ----------
    planning : with the recipe and the drawn SNRs.
    summary, folder : of the run.
    """
    found: Sequence[Mapping[str, Any]] = summary["realism"]
    values = _values(folder)
    blocks: list[Block] = [_verdicts(found), *_told_by(found)] if found else []
    for one in found:
        blocks += _ranges(one, values.get(one["category"], {}))
    priors = priors_of(planning.recipe, planning.plan)
    if priors:
        blocks.append(_priors(priors))
    if not blocks:
        return []
    lead = "New examples beside real ones: told apart by a plain classifier, and by what?"
    return [Section("Realism", lead if found else "No real examples were given.", blocks)]


def _values(folder: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads((folder / VALUES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _verdicts(found: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            one["category"], one["what"], str(one["n_real"]), str(one["n_made"]),
            _number(one["mmd2"]), _number(one["p"]), _number(one["auc"]),
            "" if one["low"] is None else f"{one['low']:.2f} to {one['high']:.2f}",
            one["bound"], one["outcome"], one["why"],
        ]
        for one in found
    ]  # fmt: skip
    header = [
        "category", "compared", "real", "made", "MMD2", "p", "AUC", "95 %", "wanted", "verdict",
        "why",
    ]  # fmt: skip
    note = (
        "AUC: how often a plain classifier, shown a real and a made one it never saw, picks the "
        "real one; 0.5 is a guess. MMD2 is the distance of the two sets, p how often chance puts "
        f"them as far apart. Refused is what is told apart beyond the bound for sure, p < {SURE_P}."
    )
    right = [False, False, *[True] * 6, False, False, False]
    marks: list[Mark] = [_MARKS.get(one["outcome"], "") for one in found]
    return Table(header, rows, right, note, marks, title="Real or made?")


def _told_by(found: Sequence[Mapping[str, Any]]) -> list[Block]:
    rows = [[one["category"], name, _number(auc)] for one in found for name, auc in one["told_by"]]
    header = ["category", "what tells most by itself", "AUC of it alone"]
    return [Table(header, rows, [False, False, True], title="Told by what?")] if rows else []


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3g}"


def _ranges(one: Mapping[str, Any], values: Mapping[str, Any]) -> list[Block]:
    """Return the ranges of one category as a table and a small figure for each measure."""
    rows, marks = [], list[Mark]()
    for each in one["ranges"]:
        share = each["outside_frac"]
        marks.append("warn" if share is not None and share > OUTSIDE_FRAC else "")
        rows.append([
            SAID[each["measure"]], _three(each["real"]), _three(each["made"]),
            "undefined" if share is None else percent(share),
        ])  # fmt: skip
    if not rows:
        return []
    table = Table(
        ["measure", "real: 5, 50, 95 %", "made: 5, 50, 95 %", "made outside"],
        rows,
        [False, False, False, True],
        "Outside: below the 2.5 % or above the 97.5 % quantile of the real ones; 5 % by chance.",
        marks,
        title=f"{one['category']}: the ranges of real and made ones",
    )
    real, made = values.get("real", {}), values.get("made", {})
    figures = [
        Histogram(said, real.get(name, ()), made.get(name, ()))
        for name, said in SAID.items()
        if len({*real.get(name, ()), *made.get(name, ())}) > 1
    ]
    title = f"{one['category']}: {one['n_made']} made beside {one['n_real']} real ones"
    return [table, *([HistogramPlot(title, figures)] if figures else [])]


def _three(quantiles: Sequence[float]) -> str:
    return ", ".join(f"{one:.4g}" for one in quantiles)


def _priors(priors: Sequence[SnrPrior]) -> Table:
    rows = [
        [one.category, str(one.n), percent(one.usual_frac), percent(one.below_0_frac)]
        for one in priors
    ]
    low, high = USUAL_DB
    rows.append(
        ["894 real situations", "894", percent(REAL_USUAL_FRAC), percent(REAL_BELOW_0_FRAC)]
    )
    note = (
        "Weaker than a comparison with your own real examples ('real' in the gate): these are the "
        "situations of other people. In real noise people also speak louder, so that level and "
        "SNR move together; a drawn SNR alone does not do that. Wu et al., Ear and Hearing 39(2), "
        "2018."
    )
    header = ["category", "SNRs drawn", f"{low:g} to {high:g} dB", "below 0 dB"]
    marks: list[Mark] = [*("warn" if one.outside else "" for one in priors), "soft"]
    return Table(header, rows, [False, True, True, True], note, marks, title="Stated priors: SNR")
