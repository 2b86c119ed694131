"""Inputs that are the same, or nearly, and have different targets."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.labels.answers import check_rows
from augmentor.core.errors import UsageError

SAME_INPUT, SAME_TEXT, NEAR_TEXT = "same input", "same text but for its writing", "near text"
NEAR = 0.95  # of all characters of two texts: at most one in twenty inserted or deleted
NEIGHBOURS = 10  # each text meets so many after it in the alphabet, read forwards and backwards
_NUMBER = re.compile(r"(?:(?<!\w)[-\u2212])?\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Rows with one input and several targets.

    Parameters
    ----------
    kind : same input, same text but for its writing, or near text.
    inputs : the different keys or texts, in the order of their first row.
    rows : places of the rows, from 0, rising.
    targets : (target, how often), most frequent first.
    majority : the most frequent target; None for a tie.
    similarity : 1 where the inputs are the same, else their indel similarity, 0 to 1.
    """

    kind: str
    inputs: tuple[str, ...]
    rows: tuple[int, ...]
    targets: tuple[tuple[str, int], ...]
    majority: str | None
    similarity: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        lists = {"inputs": list(self.inputs), "rows": list(self.rows)}
        targets = [{"target": target, "n": n} for target, n in self.targets]
        return {**asdict(self), **lists, "targets": targets}


def same_input(keys: Sequence[str | None], targets: Sequence[str]) -> tuple[Clash, ...]:
    """Return the groups of rows with the same input and different targets.

    Parameters
    ----------
    keys : content digest or text of each row's input [rows]; None is like no other.
    targets : text [rows]; spaces around it do not count.

    Returns
    -------
    Most rows first, then in the order of their first row.
    """
    check_rows(len(targets), {"keys": keys})
    return by_size(_clashes(SAME_INPUT, keys, keys, targets))


def near_same(
    texts: Sequence[str],
    targets: Sequence[str],
    *,
    least: float = NEAR,
    neighbours: int = NEIGHBOURS,
) -> tuple[Clash, ...]:
    """Return texts that are nearly the same and have different targets.

    Two kinds: texts equal after NFKC, case folding, and without punctuation and spaces, as one
    group; then pairs of texts whose similarity is `least` or more and that share no target.
    Texts whose numbers differ, such as "room 12" and "room 13", are not nearly the same.

    Parameters
    ----------
    texts, targets : text [rows].
    least : similarity of the texts without punctuation and spaces, in (0, 1].
    neighbours : how many texts each is compared with, before and after it in two alphabetical
        orders, read forwards and backwards: seconds for 100,000 rows, where all pairs would
        take hours. A pair that differs in its middle may be missed where many texts begin and
        end alike.

    References
    ----------
    Hernandez and Stolfo 1995, "The merge/purge problem for large databases", for sorted
    neighbourhoods in several passes.
    """
    if not 0 < least <= 1:
        raise UsageError(f"the least similarity is {least}; expected a fraction up to 1")
    check_rows(len(targets), {"texts": texts})
    known: dict[str, str] = {}  # the same text is normalised once
    for text in texts:
        if text not in known:
            known[text] = _plain(text)
    plain = [known[text] for text in texts]
    written = by_size(
        clash for clash in _clashes(SAME_TEXT, plain, texts, targets) if len(clash.inputs) > 1
    )
    return (*written, *_near_pairs(plain, texts, targets, least, neighbours))


def _clashes(
    kind: str,
    keys: Sequence[str | None],
    inputs: Sequence[str | None],
    targets: Sequence[str],
) -> Iterator[Clash]:
    """Yield groups of rows with one key and several targets."""
    groups: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        if key is not None:
            groups.setdefault(key, []).append(row)
    for rows in groups.values():
        if len(rows) > 1:
            clash = _clash(kind, rows, inputs, targets)
            if len(clash.targets) > 1:
                yield clash


def _clash(
    kind: str,
    rows: Sequence[int],
    inputs: Sequence[str | None],
    targets: Sequence[str],
    similarity: float = 1.0,
) -> Clash:
    counts = Counter(targets[row].strip() for row in rows)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    tied = len(ordered) > 1 and ordered[0][1] == ordered[1][1]
    return Clash(
        kind=kind,
        inputs=tuple(dict.fromkeys(inputs[row] or "" for row in rows)),
        rows=tuple(rows),
        targets=tuple(ordered),
        majority=None if tied else ordered[0][0],
        similarity=similarity,
    )


def by_size(found: Iterable[Clash]) -> tuple[Clash, ...]:
    """Return clashes with the most rows first."""
    return tuple(sorted(found, key=lambda clash: (-len(clash.rows), clash.rows)))


class _Kept(dict[int, int | None]):
    """What becomes of each character: None for punctuation and spaces. It fills as it is used."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code))[0] in "PZC" else code
        return self[code]


_KEPT = _Kept()


def _plain(text: str) -> str:
    """Return a text without case, punctuation and spaces, its numbers as written behind it."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    # A text of nothing but punctuation is itself: "?" and "!" are not the same.
    return f"{folded.translate(_KEPT) or folded}\n{' '.join(_NUMBER.findall(folded))}"


def _near_pairs(
    plain: Sequence[str],
    texts: Sequence[str],
    targets: Sequence[str],
    least: float,
    neighbours: int,
) -> tuple[Clash, ...]:
    """Return pairs of different plain texts that are alike and share no target."""
    from rapidfuzz.distance import Indel

    rows: dict[str, list[int]] = {}
    for row, one in enumerate(plain):
        rows.setdefault(one, []).append(row)
    names = sorted(rows)
    said = [frozenset(targets[row].strip() for row in rows[name]) for name in names]
    letters = [name.partition("\n")[0] for name in names]
    numbers = _numbered([name.partition("\n")[2] for name in names])
    labels = _numbered(["\n".join(sorted(some)) for some in said])
    lengths = np.array([len(one) for one in letters], dtype=np.float64)
    found = {}
    backwards = sorted(range(len(names)), key=lambda at: letters[at][::-1])
    for order in (np.arange(len(names)), np.array(backwards, dtype=np.intp)):
        for step in range(1, neighbours + 1):
            left, right = order[:-step], order[step:]
            together = lengths[left] + lengths[right]
            # The shorter text can at best be all of it in the longer one.
            worth = np.abs(lengths[left] - lengths[right]) <= (1 - least) * together + 1e-9
            worth &= (numbers[left] == numbers[right]) & (labels[left] != labels[right])
            for a, b in zip(left[worth].tolist(), right[worth].tolist(), strict=True):
                alike = Indel.normalized_similarity(letters[a], letters[b], score_cutoff=least)
                if alike >= least and not said[a] & said[b]:
                    found[min(a, b), max(a, b)] = alike
    pairs = (
        _clash(NEAR_TEXT, sorted(rows[names[a]] + rows[names[b]]), texts, targets, alike)
        for (a, b), alike in found.items()
    )
    return tuple(sorted(pairs, key=lambda clash: (-clash.similarity, clash.rows)))


def _numbered(names: Sequence[str]) -> NDArray[np.intp]:
    """Return a number for each name, the same for the same."""
    place: dict[str, int] = {}
    numbers = (place.setdefault(name, len(place)) for name in names)
    return np.fromiter(numbers, dtype=np.intp, count=len(names))
