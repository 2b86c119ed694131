"""A table by class that prints precision and recall, without its examples."""

from collections.abc import Sequence

from augmentor.audit.figures.classes import ClassReport, from_rates
from augmentor.audit.tables import columns
from augmentor.audit.tables.summary import COUNTS, TAGS
from augmentor.core.errors import Problem, UsageError
from augmentor.files.frame import Frame

NAMES = ("class", "label", "defect", *TAGS)
SUPPORTS = ("support", *COUNTS)


def is_class_table(written: Sequence[str]) -> bool:
    """Whether columns are a class, its precision and its recall."""
    names = columns.known(written)
    return columns.first(names, NAMES) is not None and {"precision", "recall"} <= names.keys()


def read_class_table(frame: Frame, problems: list[Problem]) -> ClassReport:
    """Return the report of a table by class.

    Raises
    ------
    UsageError : everything that is wrong with it, each with its line.
    """
    names = columns.known(frame.names)
    name = columns.first(names, NAMES)
    assert name is not None
    classes = [text.strip() for text in columns.texts(frame, name, problems)]
    precision, recall = (
        columns.fractions(frame, names[what], problems, within=(0.0, 1.0)).values
        for what in ("precision", "recall")
    )
    column = columns.first(names, SUPPORTS)
    counts = columns.whole(frame, column, problems) if column else []
    if problems:
        raise UsageError(problems)
    known = [float(count) for count in counts if count is not None]
    supports = known if len(known) == len(classes) else None
    return from_rates(classes, precision, recall, supports)
