"""What checks measure in an error table, and in which of its rows."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.checks import forbidden
from augmentor.audit.checks.check_file import OF_CLASS, WORDS, Check
from augmentor.audit.checks.measure import Measure, Rows
from augmentor.audit.figures.clustered import owners
from augmentor.audit.figures.lists import QUERIES
from augmentor.audit.figures.metrics import BY_EXAMPLE, Normalizer, coded_alike, count
from augmentor.audit.slices.find import members
from augmentor.audit.tables import columns
from augmentor.audit.tables.facts import Facts, numbers
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.coded import Coded
from augmentor.core.errors import Problem, UsageError, listed, nearest

MOST_GROUPS = 1000
_NEEDS_TARGETS = (
    "accuracy", "error_rate", "wer", "cer", "precision", "recall", "f1", "false_positive_rate",
)  # fmt: skip


class Measures:
    """What checks measure in one table; what two of them need is computed once.

    Parameters
    ----------
    table : the examples.
    normalize : what is done to targets and predictions before they are compared.
    """

    def __init__(self, table: ErrorTable, normalize: Normalizer | None = None) -> None:
        self.table, self.normalize = table, normalize
        self.facts = Facts(table)
        self._counted: dict[str, Measure] = {}
        self._lists: dict[Path, forbidden.WordList] = {}
        self._classes: tuple[NDArray[np.int32], NDArray[np.int32], list[str]] | None = None

    def of(self, check: Check, problems: list[Problem]) -> Measure | None:
        """Return what a check measures; what is wrong with it is added to `problems`."""
        if check.metric in _NEEDS_TARGETS and not any(Coded.of(self.table.targets).values):
            what = f"{check.metric.replace('_', ' ')} needs targets; {self.table.path} has none"
            problems.append(check.problem("metric", what))
            return None
        if not self.table.answered and check.metric != "exposure":
            what = f"needs predictions; {self.table.path} has scores alone"
            problems.append(check.problem("name", what))
            return None
        if check.metric == WORDS:
            return self._words(check, problems)
        if check.metric == "exposure":
            return self._exposure(check, problems)
        if check.metric in OF_CLASS:
            return self._of_class(check, problems)
        return self._pooled(check.metric)

    def rows(self, check: Check, problems: list[Problem]) -> Rows:
        """Return the rows of a check's tag and slice, or all."""
        inside = np.ones(len(self.table), dtype=np.bool_)
        spec = check.spec
        if spec.tag is not None:
            inside &= self._tag(check, "tag", spec.tag, problems)
        if spec.slice is not None:
            try:
                inside &= members(spec.slice, self.facts)
            except UsageError as error:
                problems += [check.problem("slice", one.what) for one in error.problems]
        return np.flatnonzero(inside)

    def groups(self, check: Check, rows: Rows, problems: list[Problem]) -> list[tuple[str, Rows]]:
        """Return the groups that a check compares, with those of some rows that are in each."""
        between = check.spec.between
        if isinstance(between, list):
            found = [(name, self._tag(check, "between", name, problems)) for name in between]
            return [(name, rows[inside[rows]]) for name, inside in found]
        assert between is not None
        if between in self.table.tag_names:
            inside = self._tag(check, "between", between, problems)[rows]
            return [(between, rows[inside]), (f"not {between}", rows[~inside])]
        if between not in self.facts:
            known = [*self.facts, *self.table.tag_names]
            what = f"no column or tag '{between}'{nearest(between, known)}; known: {listed(known)}"
            problems.append(check.problem("between", what))
            return []
        column = self.facts[between]
        codes = column.codes[rows]
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(len(column.names) + 1))
        parts = [rows[order[start:end]] for start, end in pairwise(ends)]
        named = [pair for pair in zip(column.names, parts, strict=True) if len(pair[1])]
        if len(named) > MOST_GROUPS:
            what = f"'{between}' has {len(named)} different values; at most {MOST_GROUPS} are"
            problems.append(check.problem("between", f"{what} compared"))
            return []
        return named

    def _tag(self, check: Check, key: str, name: str, problems: list[Problem]) -> NDArray[np.bool_]:
        names = self.table.tag_names
        if name in names:
            return self.table.tags[:, names.index(name)]
        what = f"no tag '{name}'{nearest(name, names)}; known: {listed(names) or 'none'}"
        if name in self.facts:
            what += f"; '{name}' is a column: write slice: {name}=..."
        problems.append(check.problem(key, what))
        return np.zeros(len(self.table), dtype=np.bool_)

    def _pooled(self, metric: str) -> Measure:
        errors_of = "accuracy" if metric in BY_EXAMPLE else metric
        if metric not in self._counted:
            table = self.table
            counts = count(errors_of, table.targets, table.predictions, self.normalize)
            above = counts.units - counts.errors if metric == "accuracy" else counts.errors
            rate = metric in BY_EXAMPLE
            self._counted[metric] = Measure(
                above=above, below=counts.units, rate=rate,
                owner=None if rate else owners(table.groups),
                empty="no example" if rate else "no word in any target",
            )  # fmt: skip
        return self._counted[metric]

    def _of_class(self, check: Check, problems: list[Problem]) -> Measure | None:
        if self._classes is None:
            table = self.table
            self._classes = coded_alike(table.targets, table.predictions, self.normalize)
        target, answer, names = self._classes
        written = check.spec.class_ or ""
        name = (self.normalize(written) if self.normalize else written).strip()
        if name not in names:
            known = [one for one in names if one]
            what = f"no target and no prediction is '{written}'{nearest(written, known)}"
            problems.append(check.problem("class", f"{what}; known: {listed(known)}"))
            return None
        code = names.index(name)
        is_it, taken = target == code, answer == code
        above, below, empty = {
            "precision": (is_it & taken, taken, f"no example was taken for '{name}'"),
            "recall": (is_it & taken, is_it, f"no example is '{name}'"),
            "f1": (is_it & taken, is_it | taken, f"no example is '{name}' or was taken for it"),
            "false_positive_rate": (taken & ~is_it, ~is_it, f"every example is '{name}'"),
            "selection_rate": (taken, np.ones(len(taken), dtype=np.bool_), "no example"),
        }[check.metric]
        return Measure(
            above=above.astype(np.float64), below=below.astype(np.float64), empty=empty,
            shape="f1" if check.metric == "f1" else "",
        )  # fmt: skip

    def _exposure(self, check: Check, problems: list[Problem]) -> Measure | None:
        name = check.spec.rank or "rank"
        column = self.table.others.get(name)
        if column is None:
            known = list(self.table.others)
            what = f"exposure needs the column '{name}'{nearest(name, known)}"
            problems.append(check.problem("rank", f"{what}; 'rank: NAME' names another"))
            return None
        ranks = numbers(column)
        if ranks is None or ((ranks < 1) & (ranks != 0)).any():
            what = f"the column '{name}' holds no ranks; expected 1 for the first place, 2, 3 ..."
            problems.append(check.problem("rank", what))
            return None
        given = np.zeros(len(ranks))
        np.divide(1, np.log2(1 + ranks), out=given, where=ranks > 0)
        groups = self.table.groups
        if groups is None:
            others = self.table.others
            query = columns.first(columns.known(list(others)), QUERIES)
            groups = None if query is None else [cell or "" for cell in others[query]]
        alone = "no column 'query' or 'group' tells lists apart: rows are taken as independent"
        return Measure(
            above=given, below=np.ones(len(given)), rate=False, owner=owners(groups),
            owned_by="list", note=alone if groups is None else "",
        )  # fmt: skip

    def _words(self, check: Check, problems: list[Problem]) -> Measure | None:
        path = check.words
        assert path is not None
        if not path.is_file():
            what = f"no file '{path}'; expected a text with one word a line"
            problems.append(check.problem("words", what))
            return None
        if path not in self._lists:
            self._lists[path] = forbidden.read_words(path, problems)
        words = self._lists[path]
        table = self.table
        found = forbidden.said(
            words, table.predictions, None if check.spec.even_if_said else table.targets
        )
        return Measure(
            above=found.rows.astype(np.float64), below=np.ones(len(table)), words=found.words
        )
