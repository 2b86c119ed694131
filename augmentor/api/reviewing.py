"""People in the loop: a run rated, errors tagged, and what follows from the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.audit.tables.summary import SummaryTable
from augmentor.audit.tables.table import read_table
from augmentor.core.errors import AugmentorError, BadSourceError, Problem, UsageError, listed
from augmentor.files.atomic import write_bytes, write_text
from augmentor.files.document import Document, Path_, read_yaml
from augmentor.files.edited import edited
from augmentor.files.pictures import SUFFIXES
from augmentor.recipe.load import load_recipe
from augmentor.review.answers import Answers
from augmentor.review.calibration import Calibrated, calibrated
from augmentor.review.items import Item, Reviewed, rated_items, read_reviewed
from augmentor.review.media import media_of
from augmentor.review.pack import pack_of, take_answers
from augmentor.review.rating import Rating
from augmentor.review.results import Results, results_of
from augmentor.review.server import Server
from augmentor.review.tagging import Tagging, rows_to_tag
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.pictures import read_pictures

COUNT = 12
"""New examples of each category that people judge."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that waits for people.

    Parameters
    ----------
    server : answers when `review.server.serving` or its `serve_forever` runs.
    counts : items by kind: made, real, parent; wrong and right rows of a table.
    notes : what a reader should know.
    """

    server: Server
    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What people said of a run.

    Parameters
    ----------
    run : its folder.
    results : levels, rates and agreement.
    calibration : the bounds of the automatic checks that match people best.
    """

    run: Path
    results: Results
    calibration: tuple[Calibrated, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "run": str(self.run),
            **self.results.to_json(),
            "calibration": [one.to_json() for one in self.calibration],
        }


def open_review(
    run: str | Path,
    *,
    real: str | Path | None = None,
    count: int = COUNT,
    rater: str = "",
    host: str = "127.0.0.1",
    port: int = 0,
) -> Opened:
    """Open the page on which people rate the new examples of a run.

    Parameters
    ----------
    run : the run's folder; answers go to ``review.sqlite`` in it.
    real : a manifest or folder of real examples of the categories, as controls.
    count : new examples of each category.
    rater : whose answers these are; empty asks on the page.
    host, port : where the page is: on this machine only.

    Raises
    ------
    UsageError : no finished run, no real example of a category, or a host that others reach.
    """
    reviewed, items, notes = _items(Path(run), real, count)
    task = Rating(reviewed, items, _answers(reviewed.folder), rater)
    return Opened(Server(task, host, port), _kinds(items), notes)


def pack_review(
    run: str | Path, output: str | Path, *, real: str | Path | None = None, count: int = COUNT
) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """Write the same page as one HTML file, for people elsewhere; return counts and notes.

    Parameters
    ----------
    run, real, count : as for `open_review`.
    output : the file to write.
    """
    reviewed, items, notes = _items(Path(run), real, count)
    page = pack_of(reviewed, items)
    _answers(reviewed.folder).add(items)
    write_bytes(Path(output), page)
    return _kinds(items), notes


def add_answers(run: str | Path, file: str | Path) -> Mapping[str, int]:
    """Keep the answers that a pack's page wrote as CSV; return how many by rater.

    Raises
    ------
    UsageError : every line that is no answer to this run's pack.
    """
    reviewed = read_reviewed(Path(run))
    return take_answers(Path(file), reviewed, _there(reviewed.folder))


def review_results(run: str | Path) -> Reviewing:
    """Return what people said of a run, and the bounds that follow.

    Raises
    ------
    UsageError : no finished run, or nobody answered yet.
    """
    reviewed = read_reviewed(Path(run))
    judged = [one for one in _there(reviewed.folder).all() if one.said]
    if not judged:
        raise UsageError(Problem(str(run), "nobody answered anything yet; start the page first"))
    how = {"transcripts": reviewed.transcripts}
    results = results_of(judged, **how)
    return Reviewing(reviewed.folder, results, tuple(calibrated(judged, **how)))


def calibrate_recipe(found: Reviewing, recipe: str | Path, output: str | Path) -> list[str]:
    """Write a copy of a recipe with the bounds that match people best; return what was done.

    Parameters
    ----------
    found : what people said.
    recipe : the recipe; only bounds of its ``gate`` change.
    output : the copy, in the same folder, as paths of a recipe are relative to it.

    Raises
    ------
    UsageError : the copy cannot be written there.
    AugmentorError : no check has answers enough; the message says how many are needed.
    """
    old, new = Path(recipe), Path(output)
    document = read_yaml(old)
    if old.resolve().parent != new.resolve().parent or old.resolve() == new.resolve():
        what = f"write the copy beside the recipe, as {old.with_name(f'{old.stem}-people.yaml')}"
        raise UsageError(Problem(str(new), what))
    usable = [one for one in found.calibration if one.usable]
    if not usable:
        why = "".join(f"\n  {one.check}: {one.note}" for one in found.calibration)
        raise AugmentorError(f"nothing to write{why or ': the run recorded no values of checks'}")
    write_text(new, edited(old, old.read_text(encoding="utf-8"), _bounds(document, usable)))
    said = [f"{one.check}: {one.bound} (the run had {one.was})" for one in usable]
    for name in document.block("categories"):
        for one in usable:
            own = document.get("categories", name, "gate", one.question, one.check)
            if own is not None:
                said.append(f"category '{name}' keeps its own bound of {one.check}: {own}")
    return said


def _bounds(recipe: Document, usable: Sequence[Calibrated]) -> dict[Path_, Any]:
    """Return what is to stand in a recipe: each bound, with the mappings above it that it lacks."""
    values: dict[Path_, Any] = {}
    for one in usable:
        bound = str(one.bound)
        if ("gate", one.question) in recipe.values:
            values["gate", one.question, one.check] = bound
        elif ("gate",) in recipe.values:
            values.setdefault(("gate", one.question), {})[one.check] = bound
        else:
            values.setdefault(("gate",), {}).setdefault(one.question, {})[one.check] = bound
    return values


def open_tagging(
    table: str | Path,
    sources: str | Path,
    sheet: str | Path,
    *,
    right: int = 0,
    metric: str = "accuracy",
    normalize: str = "none",
    columns: Mapping[str, str] | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Opened:
    """Open the page on which people mark what is special about a model's errors.

    Parameters
    ----------
    table : an error table.
    sources : a manifest or folder with the sound or picture of each row, by id.
    sheet : the CSV of marks, for ``augmentor audit --tags``; gone on with where it is there.
    right : so many right rows are looked at too, so that rates are defined.
    metric, normalize, columns : as for the audit.
    host, port : where the page is: on this machine only.

    Raises
    ------
    UsageError : the table is a summary, nothing in it is wrong, or no row has a source.
    """
    read = read_table(table, columns)
    if isinstance(read, SummaryTable):
        raise UsageError(f"{table} is a summary; tagging needs a row an example")
    if Path(sheet).suffix.lower() != ".csv":
        raise UsageError(Problem(str(sheet), "marks are written as CSV; name a file.csv"))
    known = {one.facts.id: one for one in _sources(Path(sources))}
    chosen = rows_to_tag(read, right, metric=metric, normalize=normalize)
    rows = [row for row in chosen if read.ids[row] in known]
    if not rows:
        some = listed([read.ids[row] for row in chosen], 3)
        raise UsageError(
            f"{sources} has none of the rows to look at ({some})" if chosen
            else f"{table}: nothing is wrong in it"
        )  # fmt: skip
    lost = len(chosen) - len(rows)
    notes = (f"{lost} rows are not in {sources} and left out",) if lost else ()
    if not right:
        notes = (*notes, "only wrong rows: with --right N rates and gaps of tags are defined too")
    task = Tagging(read, rows, known, Path(sheet))
    counts = {"rows": len(rows), "looked at before": task.done}
    return Opened(Server(task, host, port), counts, notes)


def _items(
    folder: Path, real: str | Path | None, count: int
) -> tuple[Reviewed, list[Item], tuple[str, ...]]:
    """Return a run, what people judge of it, and what a reader should know."""
    run = read_reviewed(folder)
    notes: list[str] = []
    parents: dict[str, Source] = {}
    try:
        found = load_recipe(folder / "recipe.yaml", audit=False).sources
        parents = {one.facts.id: one for one in found}
    except UsageError as error:
        notes.append(f"no parents as controls: {error.problems[0]}")
    others: Sequence[Source] = ()
    if real is not None:
        others = read_pictures(Path(real)) if run.pictures else read_sources(Path(real))
    items, lost = _readable(rated_items(run, parents, others, count))
    notes += lost
    if real is None:
        notes.append("no real examples beside the made ones; give some with --real MANIFEST")
    return run, items, tuple(notes)


def _readable(items: Sequence[Item]) -> tuple[list[Item], list[str]]:
    """Return the items that can be played or shown, and why others cannot."""
    kept, notes = [], []
    rates: dict[int, set[str]] = {}
    for one in items:
        try:
            rates.setdefault(media_of(one.source).rate_hz, set()).add(one.kind)
        except BadSourceError as error:
            notes.append(f"left out: '{one.example}': {error}")
        else:
            kept.append(one)
    if not kept:
        raise UsageError(f"nothing can be played or shown; {notes[0]}")
    if len(rates) > 1:
        said = ", ".join(f"{rate} Hz ({listed(sorted(kinds))})" for rate, kinds in rates.items())
        notes.append(f"people may tell them apart by the rate alone: {said}")
    return kept, notes


def _sources(path: Path) -> list[Source]:
    """Return the sources of a manifest, list or folder, of sounds or of pictures."""
    if path.is_dir() or path.suffix.lower() in (".json", ".yaml"):
        holds_pictures = not path.is_dir() or any(
            one.suffix.lower() in SUFFIXES for one in path.rglob("*")
        )
        return read_pictures(path) if holds_pictures else read_sources(path)
    return read_sources(path)


def _kinds(items: Sequence[Item]) -> dict[str, int]:
    kinds = [one.kind for one in items]
    return {name: kinds.count(name) for name in ("made", "real", "parent")}


def _answers(folder: Path) -> Answers:
    return Answers(folder / "review.sqlite")


def _there(folder: Path) -> Answers:
    """Return the answers to a review that was started."""
    answers = _answers(folder)
    if not answers.file.is_file():
        what = f"no review was started here; write: augmentor review {folder}"
        raise UsageError(Problem(str(folder), what))
    return answers
