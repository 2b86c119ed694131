"""Error tables: every example a model answered, with the conditions it was met in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.tables import columns
from augmentor.audit.tables.marked import listed_tags, marked_tags
from augmentor.core.coded import Coded
from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.files.frame import Frame

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTable:
    """Examples that a model answered, with the conditions they were met in.

    Parameters
    ----------
    ids, targets, predictions : text [rows]; ids differ.
    tag_names : names of the tags [tags], in order of first appearance.
    tags : bool [rows, tags], column after column in memory, as tags are counted one by one.
        A row may have several tags or none; none is not the same as a tag `clean`.
    groups : who or what a row came from (column `group`, else `speaker`) [rows]; rows of one
        group are not independent. None where the table does not say.
    clean_predictions : the answers to the same examples without the defect [rows], None
        where a row has no such counterpart.
    baseline_predictions : the answers of what the model is measured against [rows].
    weights : how much each row matters, 0 or more [rows].
    scores : how sure the model is of the positive class, any scale [rows].
    splits : train, dev, test [rows].
    folds : which part of the data the model had not seen [rows], for out-of-fold predictions.
    annotators : name of a person -> their answers [rows], None where they gave none.
    others : every other column, by name [rows].
    answered : whether there are predictions; a table may hold scores alone.
    labelled : whether there are targets; what a system shows can be judged without.
    looked_at : whether a person looked for tags [rows]; None: at every row.
    path : where it was read.
    warnings : what was odd in it but not wrong.
    """

    ids: Sequence[str]
    targets: Sequence[str]
    predictions: Sequence[str]
    tag_names: tuple[str, ...]
    tags: NDArray[np.bool_]
    groups: Sequence[str] | None = None
    clean_predictions: Sequence[str | None] | None = None
    baseline_predictions: Sequence[str | None] | None = None
    weights: Floats | None = None
    scores: Floats | None = None
    splits: Sequence[str] | None = None
    folds: Sequence[str] | None = None
    annotators: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    others: Mapping[str, Coded[str | None]] = field(default_factory=dict)
    answered: bool = True
    labelled: bool = True
    looked_at: NDArray[np.bool_] | None = None
    path: str = ""
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def some(self, rows: NDArray[np.bool_]) -> "ErrorTable":
        """Return the table of only some rows, bool [rows]; tags that none of them has stay."""
        at = np.flatnonzero(rows)

        def taken(column: Sequence[str]) -> Sequence[str]:
            return Coded.of(column).take(at)

        def perhaps(column: Sequence[str | None] | None) -> Sequence[str | None] | None:
            return None if column is None else Coded.of(column).take(at)

        return replace(
            self,
            ids=taken(self.ids),
            targets=taken(self.targets),
            predictions=taken(self.predictions),
            tags=np.asfortranarray(self.tags[at]),
            groups=None if self.groups is None else taken(self.groups),
            clean_predictions=perhaps(self.clean_predictions),
            baseline_predictions=perhaps(self.baseline_predictions),
            weights=None if self.weights is None else self.weights[at],
            scores=None if self.scores is None else self.scores[at],
            splits=None if self.splits is None else taken(self.splits),
            folds=None if self.folds is None else taken(self.folds),
            annotators={name: Coded.of(one).take(at) for name, one in self.annotators.items()},
            others={name: one.take(at) for name, one in self.others.items()},
            looked_at=None if self.looked_at is None else self.looked_at[at],
        )

    def tagged(self, name: str, members: NDArray[np.bool_]) -> "ErrorTable":
        """Return the table with one more tag, bool [rows]."""
        tags = np.column_stack([self.tags, members])
        return replace(
            self, tag_names=(*self.tag_names, name), tags=np.asfortranarray(tags, dtype=np.bool_)
        )


def read_raw(
    frame: Frame,
    problems: list[Problem],
    named: Mapping[str, str] | None = None,
    *,
    unlabelled: bool = False,
) -> ErrorTable:
    """Build an error table from columns; what is wrong is added to `problems`.

    Parameters
    ----------
    frame : at least one row.
    named : what a column is, as in `columns.ROLES` -> its name, where the user says so.
    unlabelled : whether a table without targets is taken too.
    """
    names = roles(frame, named or {}, problems)
    warnings: list[str] = []
    id_column = names.get("id")
    ids = _needed(frame, names, "id", problems)
    ids = Coded(ids.codes, [cell.strip() for cell in ids.values])
    if id_column:
        ids = _of_stretches(frame, id_column, ids, problems)
        _check_ids(frame, ids, problems)
    labelled = "target" in names or not unlabelled
    targets = _needed(frame, names, "target", problems if labelled else [])
    answered = "prediction" in names or "score" not in names
    predictions = _needed(frame, names, "prediction", problems) if answered else targets
    used = set(names.values())
    people = [
        name for name in frame.names
        if columns.plain(name).startswith(columns.ANNOTATOR) and name not in used
    ]  # fmt: skip
    rest = [
        name for name in frame.names
        if name not in used and name not in people and columns.plain(name) not in columns.NOT_TAGS
    ]  # fmt: skip
    if "tags" in names:
        tag_names, tags = listed_tags(frame, names["tags"], problems)
        others = rest
    else:
        tag_names, tags, others = marked_tags(frame, rest, problems, warnings)

    def of(role: str) -> Coded[str | None] | None:
        return columns.optional(frame, names[role], problems) if role in names else None

    def number(role: str) -> Floats | None:
        return columns.numbers(frame, names[role], problems) if role in names else None

    return ErrorTable(
        ids=ids,
        targets=targets,
        predictions=predictions,
        tag_names=tag_names,
        tags=tags,
        groups=_groups(ids, of("group")),
        clean_predictions=_answers(frame, of("clean_prediction")),
        baseline_predictions=_answers(frame, of("baseline_prediction")),
        weights=_weights(frame, names.get("weight"), number("weight"), problems),
        scores=number("score"),
        splits=_filled(of("split")),
        folds=_filled(of("fold")),
        annotators={
            _person(name): _answers(frame, columns.optional(frame, name, problems)) or []
            for name in people
        },
        others={name: columns.optional(frame, name, []) for name in others},
        answered=answered,
        labelled=labelled,
        path=frame.path,
        warnings=(*warnings, *_odd_names(tag_names)),
    )


def roles(frame: Frame, named: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """Return what each column is -> its name: as the user says, else by the names that are known.

    Raises
    ------
    UsageError : the user names something that no column can be.
    """
    unknown = [role for role in named if role not in columns.ROLES]
    if unknown:
        hint = nearest(unknown[0], list(columns.ROLES))
        raise UsageError(
            f"a column cannot be '{unknown[0]}'{hint}; known: {listed(columns.ROLES, 20)}"
        )
    for role, name in named.items():
        if name not in frame.names:
            hint = nearest(name, list(frame.names)) or f"; columns: {listed(frame.names)}"
            problems.append(Problem(frame.path, f"no column '{name}' for the {role}{hint}"))
    taken = set(named.values())
    known = columns.known([name for name in frame.names if name not in taken])
    found = {role: columns.first(known, words) for role, words in columns.ROLES.items()}
    by_name = {role: name for role, name in found.items() if name is not None}
    return by_name | {role: name for role, name in named.items() if name in frame.names}


def _needed(
    frame: Frame, names: Mapping[str, str], role: str, problems: list[Problem]
) -> Coded[str]:
    if role in names:
        return columns.texts(frame, names[role], problems)
    others = columns.ROLES[role][1:]
    hint = nearest(role, list(frame.names))
    what = f"no column '{role}' (nor {listed(others)}){hint}"
    problems.append(Problem(frame.path, what))
    return Coded(np.zeros(len(frame), dtype=np.int32), [""])


def _groups(ids: Sequence[str], cells: Coded[str | None] | None) -> Sequence[str] | None:
    """Return each row's group; a row without one is a group of its own."""
    if cells is None:
        return None
    if all(cells.values):
        return Coded(cells.codes, [str(value) for value in cells.values])
    return [cell or f"row {own}" for cell, own in zip(cells, ids, strict=True)]


def _filled(cells: Coded[str | None] | None) -> Coded[str] | None:
    if cells is None:
        return None
    return Coded(cells.codes, [(value or "").strip() for value in cells.values])


def _answers(frame: Frame, cells: Coded[str | None] | None) -> Coded[str | None] | None:
    """Return other answers to the same rows; an empty cell of a sheet is none."""
    if cells is None:
        return None
    sheet = frame.path.lower().endswith((".csv", ".tsv", ".xlsx"))
    return Coded(
        cells.codes, [None if sheet and not (one or "").strip() else one for one in cells.values]
    )


def _weights(
    frame: Frame, name: str | None, values: Floats | None, problems: list[Problem]
) -> Floats | None:
    if values is None or name is None:
        return None
    columns.say(frame, values < 0, f"'{name}' is negative; expected 0 or more", problems)
    empty = np.isnan(values)
    return np.where(empty, 1.0, values)


def _person(name: str) -> str:
    """Return the name of an annotator from that of their column."""
    rest = name.strip()[len(columns.ANNOTATOR) :].strip(" _-:.")
    return rest or name


def _odd_names(tag_names: Sequence[str]) -> list[str]:
    """Say which names of tags look like slips."""
    said = [
        f"the tag '{name}' holds a comma; tags are separated by ';'"
        for name in tag_names
        if "," in name
    ]
    spelled: dict[str, str] = {}
    for name in tag_names:
        other = spelled.setdefault(columns.plain(name), name)
        if other != name:
            said.append(f"the tags '{other}' and '{name}' differ only in how they are written")
    return said


def _of_stretches(
    frame: Frame, id_column: str, ids: Coded[str], problems: list[Problem]
) -> Coded[str]:
    """Return ids under which stretches of one file differ, the same as a manifest gives them."""
    start = columns.first(columns.known(frame.names), columns.STARTS)
    if start is None or columns.plain(id_column) not in columns.FILES:
        return ids
    starts_s = columns.numbers(frame, start, problems)
    return Coded.of(
        [f"{own}@{at:.3f}" if at > 0 else own for own, at in zip(ids, starts_s, strict=True)]
    )


def _check_ids(frame: Frame, ids: Coded[str], problems: list[Problem]) -> None:
    if "" in ids.values:
        rows = np.isin(ids.codes, [at for at, name in enumerate(ids.values) if not name])
        columns.say(frame, rows, "no id; every row needs one of its own", problems)
    if len(set(ids.values)) == len(ids):
        return
    seen: dict[str, int] = {}
    for row, name in enumerate(ids):
        if name and seen.setdefault(name, row) != row:
            what = f"id '{name}' again; it is on line {frame.line(seen[name])} already"
            problems.append(Problem(frame.where(row), what))
