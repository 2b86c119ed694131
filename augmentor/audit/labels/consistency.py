"""Labels that contradict each other: what to mend before any example is added.

A model cannot learn X -> Y where people do not agree on Y, and new examples made from such
rows repeat the contradiction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from augmentor.audit.labels.agreement import Agreement, krippendorff_alpha, percent_agreement
from augmentor.audit.labels.answers import (
    Answers,
    Interval,
    Members,
    check_rows,
)
from augmentor.audit.labels.confused import Confused, confused_pairs, confused_sentence
from augmentor.audit.labels.near import NEAR_TEXT, SAME_TEXT, Clash, by_size, near_same, same_input
from augmentor.core.errors import UsageError, listed

RELABEL, CANNOT_TELL = "relabel", "cannot tell"
CLEAR = 0.667  # alpha below this does not even carry tentative conclusions
_SHOWN = 3  # examples in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A tag whose rows people do not label alike.

    Parameters
    ----------
    tag : its name.
    value, interval : agreement and its 95 % interval.
    rows : rows that it was measured on.
    verdict : relabel where the whole interval is below what is asked, else cannot tell.
    """

    tag: str
    value: float
    interval: Interval
    rows: int
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        return asdict(self) | {"interval": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """What is wrong with the labels themselves.

    Parameters
    ----------
    same, near : inputs with several targets: the very same ones, and nearly the same ones.
    confused : classes that people take for each other, the surest first.
    alpha : tag -> Krippendorff's alpha; agreement : tag -> share of pairs that agree.
    overall_alpha, overall_agreement : the same of all rows; None without annotators.
    unclear : tags whose alpha is too low.
    problems : all of it in sentences; empty where nothing was found.
    """

    same: tuple[Clash, ...]
    near: tuple[Clash, ...]
    confused: tuple[Confused, ...]
    alpha: Mapping[str, Agreement]
    agreement: Mapping[str, Agreement]
    overall_alpha: Agreement | None
    overall_agreement: Agreement | None
    unclear: tuple[Unclear, ...]
    problems: tuple[str, ...]

    @property
    def relabel(self) -> frozenset[str]:
        """Tags to label again before any example is added to them."""
        return frozenset(one.tag for one in self.unclear if one.verdict == RELABEL)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        lists = {
            name: [one.to_json() for one in getattr(self, name)]
            for name in ("same", "near", "confused", "unclear")
        }
        tables = {
            name: {tag: one.to_json() for tag, one in getattr(self, name).items()}
            for name in ("alpha", "agreement")
        }
        overall = {
            name: None if one is None else one.to_json()
            for name, one in (
                ("overall_alpha", self.overall_alpha),
                ("overall_agreement", self.overall_agreement),
            )
        }
        last = {"relabel": sorted(self.relabel), "problems": list(self.problems)}
        return {**lists, **tables, **overall, **last}


def unclear_tags(
    agreement: Mapping[str, Agreement], *, least: float = CLEAR
) -> tuple[Unclear, ...]:
    """Return the tags whose agreement is below `least`, the lowest first.

    Parameters
    ----------
    agreement : tag -> alpha, or share of pairs that agree. Undefined ones are not judged.
    least : agreement that a clear mapping X -> Y needs. 0.667 is the lowest alpha that allows
        tentative conclusions; it is no level for a share of pairs.

    References
    ----------
    Krippendorff 2004, "Content analysis", section 11.4.
    """
    found = [
        Unclear(
            tag=tag,
            value=one.value,
            interval=one.interval,
            rows=one.rows,
            verdict=RELABEL if one.interval[1] < least else CANNOT_TELL,
        )
        for tag, one in agreement.items()
        if one.value is not None and one.interval is not None and one.value < least
    ]
    return tuple(sorted(found, key=lambda one: (one.value, one.tag)))


def label_report(
    *,
    targets: Sequence[str] | None = None,
    keys: Sequence[str | None] | None = None,
    texts: Sequence[str] | None = None,
    answers: Answers | None = None,
    members: Members | None = None,
    tag_names: Sequence[str] = (),
    ids: Sequence[str] | None = None,
    least: float = CLEAR,
) -> LabelReport:
    """Return everything that asks for the labels to be mended first.

    Parameters
    ----------
    targets : labels [rows]; needed with `keys` or `texts`.
    keys : content digest of each row's input [rows]; texts : the input itself, if it is text.
    answers : annotator -> answers [rows].
    members, tag_names : bool [rows, tags] and a name for each column; without them alpha is
        that of all rows alone.
    ids : what rows are called in sentences [rows]; else "row 1" and so on.
    least : alpha that a clear mapping needs.

    Raises
    ------
    UsageError
        Inputs without targets, or columns of different lengths.
    """
    if targets is None and (keys is not None or texts is not None):
        raise UsageError("inputs are compared by their targets; expected targets")
    if members is not None and len(tag_names) != members.shape[1]:
        raise UsageError(f"{len(tag_names)} names of tags for {members.shape[1]} columns")
    given = () if targets is None else targets
    found = {
        one.rows: one
        for some in (keys, texts)
        if some is not None
        for one in same_input(some, given)
    }
    same = by_size(found.values())
    near = () if texts is None else near_same(texts, given)
    confused = confused_pairs(answers) if answers else ()
    alpha = _by_tag(krippendorff_alpha, answers, members, tag_names)
    agree = _by_tag(percent_agreement, answers, members, tag_names)
    overall = alpha.pop(None, None), agree.pop(None, None)
    by_tag = {name: one for name, one in alpha.items() if name is not None}
    unclear = unclear_tags(by_tag, least=least)
    names = ids if ids is not None else [f"row {at + 1}" for at in range(len(given))]
    return LabelReport(
        same=same,
        near=near,
        confused=confused,
        alpha=by_tag,
        agreement={name: one for name, one in agree.items() if name is not None},
        overall_alpha=overall[0],
        overall_agreement=overall[1],
        unclear=unclear,
        problems=(
            *_clash_sentences(same, near, names),
            *(confused_sentence(one) for one in confused),
            *(_unclear_sentence(one, agree[one.tag], least) for one in unclear),
        ),
    )


def _by_tag(
    measure: Callable[[Answers, Members], tuple[Agreement, ...]],
    answers: Answers | None,
    members: Members | None,
    tag_names: Sequence[str],
) -> dict[str | None, Agreement]:
    """Return what is measured of each tag, and under None that of all rows."""
    if not answers:
        return {}
    rows = len(next(iter(answers.values())))
    everything = np.ones((rows, 1), dtype=np.bool_)
    if members is None:
        return {None: measure(answers, everything)[0]}
    check_rows(rows, {"members": members})
    both = np.hstack([members, everything])
    return dict(zip((*tag_names, None), measure(answers, both), strict=True))


def _clash_sentences(
    same: Sequence[Clash], near: Sequence[Clash], names: Sequence[str]
) -> Iterator[str]:
    written = [one for one in near if one.kind == SAME_TEXT]
    alike = [one for one in near if one.kind == NEAR_TEXT]
    for found, what in (
        (same, "inputs that stand more than once, with different targets"),
        (written, "texts that differ only in how they are written, with different targets"),
        (alike, "pairs of texts that are nearly the same, without a target in common"),
    ):
        if found:
            shown = "; ".join(_example(one, names) for one in found[:_SHOWN])
            more = " and more" if len(found) > _SHOWN else ""
            yield f"{what}: {len(found)}: {shown}{more}"


def _example(clash: Clash, names: Sequence[str]) -> str:
    rows = listed((names[row] for row in clash.rows), _SHOWN)
    targets = listed((f"'{target}' {n}" for target, n in clash.targets), _SHOWN)
    return f"{rows} ({targets})"


def _unclear_sentence(one: Unclear, agree: Agreement, least: float) -> str:
    low, high = one.interval
    share = "" if agree.value is None else f"; {100 * agree.value:.1f} % of pairs agree"
    what = (
        f"label '{one.tag}' again before adding examples to it"
        if one.verdict == RELABEL
        else f"'{one.tag}' may have to be labelled again; {one.rows} rows cannot tell"
    )
    return f"{what}: alpha {one.value:.2f} [{low:.2f}, {high:.2f}], below {least:g}{share}"
