"""Reading a file of checks: whatever is wrong with it is told at once, before any verdict."""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from augmentor.audit.checks.check_file import (
    METRICS,
    OF_CLASS,
    UNLIMITED,
    WORDS,
    Check,
    CheckSpec,
    FileSpec,
)
from augmentor.audit.tables.columns import plain
from augmentor.core.errors import Problem, listed, nearest
from augmentor.files.document import Document, read_yaml
from augmentor.files.wording import problems_by_place

_NUMBER = re.compile(r"\s*(<=|>=)?\s*((?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)\s*(%)?\s*")
_BOUNDS: dict[str, Literal["<=", ">="]] = {
    "at least": ">=", "at most": "<=", "difference": "<=", "ratio": ">=",
}  # fmt: skip
_KINDS: dict[str, Literal["difference", "ratio"]] = {"difference": "difference", "ratio": "ratio"}
_WANTED = {
    "at least": "0.8 or 80 %", "at most": "0.05 or 5 %", "difference": '"<= 5 %"',
    "ratio": '">= 0.8"', "between": "a column, a tag, or a list of tags: [a, b]",
}  # fmt: skip


def read_checks(path: Path, problems: list[Problem]) -> list[Check]:
    """Read a file of checks; return those without a mistake, and add the mistakes to `problems`.

    Raises
    ------
    UsageError : the file is missing or no YAML.
    """
    document = read_yaml(path)
    if not isinstance(document.data, dict):
        what = "a performance audit is a mapping; start with 'augmentor-audit: 1'"
        problems.append(document.problem((), what))
        return []
    wrong: set[object] = set()
    try:
        FileSpec.model_validate(document.data)
    except ValidationError as error:
        found = problems_by_place(error, document, FileSpec, _WANTED)
        problems += found.values()
        wrong = {place[1] for place in found if place[:1] == ("checks",) and len(place) > 1}
    listing = document.get("checks")
    checks = []
    first: dict[str, int] = {}
    for at, written in enumerate(listing if isinstance(listing, list) else ()):
        name = written.get("name") if isinstance(written, dict) else None
        if isinstance(name, str) and first.setdefault(name, at) != at:
            line = document.values["checks", first[name], "name"][0]
            what = f"two checks are named '{name}'; the first is on line {line}"
            problems.append(document.problem(("checks", at, "name"), what))
        if at not in wrong:
            check = _check(CheckSpec.model_validate(written), written, document, at, problems)
            checks += [check] if check else []
    return checks


def _check(
    spec: CheckSpec,
    written: Mapping[str, Any],
    document: Document,
    at: int,
    problems: list[Problem],
) -> Check | None:
    """Return a check if its keys go together."""
    metric = WORDS if spec.metric is None else plain(spec.metric)
    key = next((key for key in _BOUNDS if written.get(key) is not None), "at least")
    bound = _bound(written.get(key), key, metric)
    wrong = [*_wrong_keys(spec, metric), *_wrong_bounds(spec, written)]
    if isinstance(bound, str):
        wrong += [(key, bound)] if written.get(key) is not None else []
    if wrong or isinstance(bound, str):
        problems += [document.problem(("checks", at, key), what) for key, what in wrong]
        return None
    return Check(
        spec=spec, metric=metric, kind=_KINDS.get(key, "value"), sign=_BOUNDS[key], bound=bound,
        document=document, at=at,
    )  # fmt: skip


def _wrong_keys(spec: CheckSpec, metric: str) -> Iterator[tuple[str, str]]:
    """Yield the keys that say nothing for a metric, or that it needs, and what is wrong."""
    said = metric.replace("_", " ")
    if (spec.metric is None) == (spec.words is None):
        yield "words", "a check has a 'metric' or a list of 'words', one of them"
    elif metric not in (*METRICS, WORDS):
        shown = [name.replace("_", " ") for name in METRICS]
        hint = nearest(said, shown)
        yield "metric", f"unknown metric '{spec.metric}'{hint}; known: {listed(shown, 20)}"
        return
    if metric in OF_CLASS and spec.class_ is None:
        yield "metric", f"{said} is that of a class; add 'class: NAME'"
    if metric not in OF_CLASS and spec.class_ is not None:
        yield "class", f"{said} has no class; {listed(OF_CLASS)} have".replace("_", " ")
    if metric != "exposure" and spec.rank is not None:
        yield "rank", "a rank belongs to 'metric: exposure'"
    if metric == "exposure" and spec.ratio is None:
        yield "metric", "exposure is compared 'between' groups, by its 'ratio'"
    if metric != WORDS and spec.even_if_said:
        yield "even if said", "belongs to a check of 'words'"
    if spec.between is None and spec.smallest_group > 1:
        yield "smallest group", "there are no groups without 'between'"


def _wrong_bounds(spec: CheckSpec, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with how many bounds there are, and of which kind."""
    keys = [key for key in _BOUNDS if written.get(key) is not None]
    fitting = ("at least", "at most") if spec.between is None else ("difference", "ratio")
    if len(keys) != 1 or keys[0] not in fitting:
        where = "without 'between'" if spec.between is None else "with 'between'"
        got = f"this one has {listed(keys)}" if keys else "this one has none"
        what = f"a check {where} has one bound, '{fitting[0]}' or '{fitting[1]}'; {got}"
        yield next((key for key in keys if key not in fitting), "at least"), what
    if isinstance(spec.between, list) and len(set(spec.between)) < len(spec.between):
        yield "between", f"a tag twice: {listed(spec.between)}"


def _bound(written: float | str | None, key: str, metric: str) -> float | str:
    """Return a bound as a fraction, or what is wrong with it."""
    if isinstance(written, str):
        found = _NUMBER.fullmatch(written)
        if found is None or found[1] not in (None, _BOUNDS[key]):
            return f"'{key}' is '{written}'; write {_WANTED[key]}"
        value = float(found[2]) / (100 if found[3] else 1)
    else:
        value = math.nan if written is None else float(written)
    most = math.inf if metric in UNLIMITED and key != "ratio" else 1.0
    inside = (value > 0 or key == "at most") and (value < most or key == "at least")
    if not inside or not 0 <= value <= most:
        least = "0" if key == "at most" else "above 0"
        end = "" if most > 1 else " to 1" if key == "at least" else " and below 1"
        why = "; that there is no difference at all, no number of examples proves"
        return (
            f"'{key}' is {written}; allowed: {least}{end}, where 1 is 100 %; write {_WANTED[key]}"
            + (why if key == "difference" and value == 0 else "")
        )
    return value
