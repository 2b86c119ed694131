"""The file of a performance audit: a list of ways in which a system might go wrong.

It is YAML, safely read, with every mistake told at once by its line::

    augmentor-audit: 1
    checks:
      - name: accents are heard alike
        why: users with an accent left the beta
        metric: accuracy
        between: accent
        difference: "<= 5 %"
        signed off by: J. Doe
      - name: hernia is found
        metric: recall
        class: hernia
        at least: 0.8
      - name: no swearing
        words: lists/swearing.txt
        at most: 0
      - name: small brands are shown
        metric: selection rate
        class: recommended
        between: brand size
        ratio: ">= 0.8"

Each check has a ``name``, and may say ``why`` it is there and who it is ``signed off by``: the
person who agreed that this metric with this bound stands for that worry.

What is measured is one of

* ``metric``: accuracy, error rate, wer, cer; of a ``class``: precision, recall, f1, false
  positive rate, or selection rate, the share of predictions that are the class, for which no
  targets are needed; or exposure, what a list gives to an example by its place in it: 1 / log2(1 +
  rank), with the rank in the column ``rank``, or in the one that ``rank: NAME`` names. A row
  without a rank, or with 0, was not shown. Lists are told apart by the column ``query``, ``user``
  or ``group``.
* ``words``: a list of words in a text, one a line. The rate is the share of predictions with a
  word of it that is not in the target; with ``even if said: true`` the target does not excuse it.

Where it is measured: in all rows, or only those with a ``tag``, or of a ``slice`` such as
``device=phone & snr_db < 5``. What is asked is one of

* ``at least`` or ``at most``: a bound, as 0.8 or 80 %.
* ``between``, two groups or more: a column, whose values are the groups (its ranges, if it holds
  many different numbers), a tag, for the rows with it and those without, or a list of tags. Then
  ``difference: "<= 5 %"`` (of the metric, so 5 points) or ``ratio: ">= 0.8"``, lower over higher:
  0.8 is the four-fifths rule. ``smallest group: 30`` leaves out groups with fewer examples.

Paths are relative to the file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from augmentor.core.errors import Problem
from augmentor.files.document import Document

OF_CLASS = ("precision", "recall", "f1", "false_positive_rate", "selection_rate")
METRICS = ("accuracy", "error_rate", "wer", "cer", *OF_CLASS, "exposure")
WORDS = "word_rate"
UNLIMITED = ("wer", "cer")
"""Metrics that may exceed 1."""

Text = Annotated[str, StringConstraints(min_length=1)]
Share = float | str


class CheckSpec(BaseModel):
    """One check as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Text = Field(description="what is to hold, in a few words")
    why: Text | None = None
    metric: Text | None = None
    class_: Text | None = Field(None, alias="class")
    words: Text | None = None
    even_if_said: bool = Field(default=False, alias="even if said")
    rank: Text | None = None
    tag: Text | None = None
    slice: Text | None = None
    at_least: Share | None = Field(None, alias="at least")
    at_most: Share | None = Field(None, alias="at most")
    between: Text | Annotated[list[Text], Field(min_length=2)] | None = None
    difference: Share | None = None
    ratio: Share | None = None
    smallest_group: int = Field(1, alias="smallest group", ge=1)
    signed_off_by: Text | None = Field(None, alias="signed off by")


class FileSpec(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Literal[1] = Field(alias="augmentor-audit", description="write 'augmentor-audit: 1'")
    checks: list[CheckSpec] = Field(min_length=1, description="a list of checks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One way in which the system might go wrong, and what is asked of it.

    Parameters
    ----------
    spec : the check as it is written.
    metric : one of `METRICS`, or `WORDS`.
    kind : what is held against the bound: the metric of some rows, or what lies between groups.
    sign, bound : the value is to be at most or at least this; a fraction.
    document, at : its file, and its place in the list.
    """

    spec: CheckSpec
    metric: str
    kind: Literal["value", "difference", "ratio"]
    sign: Literal["<=", ">="]
    bound: float
    document: Document
    at: int

    def problem(self, key: str, what: str) -> Problem:
        """Return a problem at one of the check's keys."""
        return self.document.problem(("checks", self.at, key), what)

    def holds(self, value: float) -> bool:
        """Return whether a value keeps the bound."""
        return value <= self.bound if self.sign == "<=" else value >= self.bound

    @property
    def words(self) -> Path | None:
        """The list of words, relative to the file of the check."""
        return None if self.spec.words is None else self.document.file.parent / self.spec.words
