"""Checks of what a recipe says of reference models: packages, texts, where they mean a thing."""

from collections.abc import Mapping, Sequence
from typing import Any

from augmentor.core.errors import listed
from augmentor.core.operator import Operator
from augmentor.core.verdict import Bound
from augmentor.files.document import Path_
from augmentor.gate.references.catalog import BUILT_IN, missing
from augmentor.gate.sampled import CLOSED_SET, KEEPS_ANSWER, READS_TEXT, SAMPLED, SampledCheck
from augmentor.recipe.checking import Checking
from augmentor.recipe.model import ReferencesSpec
from augmentor.sources.manifest import Source

PLACE = ("gate", "references")
_WHO = {CLOSED_SET.key: "recogniser", KEEPS_ANSWER.key: "classifier", READS_TEXT.key: "reader"}


def sampled_bounds(bounds: Mapping[str, Any]) -> tuple[tuple[SampledCheck, Bound], ...]:
    """Return the sampled checks that bounds ask for."""
    asked = [(one, bounds.get(key)) for key, one in SAMPLED.items()]
    return tuple((one, Bound.parse(text)) for one, text in asked if text is not None)


def check_references(
    at: Checking, used: Mapping[str, Sequence[type[Operator]]], sources: Sequence[Source]
) -> None:
    """Look at every sampled check that a recipe asks for.

    Parameters
    ----------
    at : the recipe's file, and where problems go.
    used : the operators of each category.
    sources : of the recipe.
    """
    asked = set()
    for name, operators in used.items():
        for key in SAMPLED:
            place, text = _stated(at, name, key)
            if text is None:
                continue
            asked.add(key)
            marks = [one.key() for one in operators if "label" in one.params()]
            if key == KEEPS_ANSWER.key and marks:
                at.wrong(
                    place,
                    f"'{name}' makes a defect ({listed(marks)}): there the answer should change; "
                    f"write gate: {{clarity: {{{key}: null}}}} in this category",
                    at_key=True,
                )
    for place in {_stated(at, name, key)[0] for name in used for key in SAMPLED}:
        _check_bound(at, place)
    for key in sorted(asked):
        name = _who(at, key)
        if why := missing(name):
            at.wrong(_first(at, used, key), why, at_key=True)
    if {CLOSED_SET.key, READS_TEXT.key} & asked:
        _texts(at, sources, heard=CLOSED_SET.key in asked)
    _model_file(at, [_who(at, key) for key in sorted(asked)])


def _stated(at: Checking, category: str, key: str) -> tuple[Path_, Any]:
    """Return where a check's bound stands that holds for a category, and the bound."""
    own: Path_ = ("categories", category, "gate", "clarity")
    if key in at.document.block(*own):
        return (*own, key), at.document.get(*own, key)
    return ("gate", "clarity", key), at.document.get("gate", "clarity", key)


def _first(at: Checking, names: Mapping[str, Any], key: str) -> Path_:
    return next(place for name in names for place, text in [_stated(at, name, key)] if text)


def _who(at: Checking, key: str) -> str:
    said = at.document.get(*PLACE, _WHO[key])
    return said if isinstance(said, str) else str(ReferencesSpec.model_fields[_WHO[key]].default)


def _model_file(at: Checking, asked: Sequence[str]) -> None:
    at.exists((*PLACE, "model_file"), "the reference's file")
    stated = at.document.get(*PLACE, "model_file") is not None
    for name in asked:
        if stated and name in BUILT_IN:
            at.wrong((*PLACE, "model_file"), f"'{name}' has its own; take this out", at_key=True)
        if not stated and "{model}" in name:
            what = "{model} stands for 'model_file', which is missing"
            at.wrong(PLACE, what, at_key=True)


def _check_bound(at: Checking, place: Path_) -> None:
    text = at.document.get(*place)
    try:
        bound = None if text is None else Bound.parse(text)
    except ValueError:
        return  # said where all bounds are checked
    if bound is not None and (bound.sign != ">=" or not 0 < bound.value <= 1):
        at.wrong(place, f'{text!r} is no bound of {place[-1]}; write ">= 0.8": a share of 1')


def _texts(at: Checking, sources: Sequence[Source], *, heard: bool) -> None:
    """Ask where the texts stand: only transcripts can be heard, classes cannot."""
    column = at.document.get(*PLACE, "text")
    if isinstance(column, str):
        if sources and not any(column in one.meta for one in sources):
            known = sorted({name for one in sources for name in one.meta})
            at.wrong(
                (*PLACE, "text"),
                f"no source has a column '{column}'; its other columns: {listed(known) or 'none'}",
            )
        return
    if not heard:  # what is written in a picture may well be its class
        return
    source, audit = at.document.block("source"), at.document.block("audit")
    kind = source.get("target") or ("transcript" if audit.get("metric") in ("wer", "cer") else "")
    if kind == "label" or (not kind and sources and not any(one.words for one in sources)):
        at.wrong(
            PLACE,
            "the targets of the source are labels, and closed_set needs what is said; write text: "
            "COLUMN of the manifest, or target: transcript in 'source'",
        )
