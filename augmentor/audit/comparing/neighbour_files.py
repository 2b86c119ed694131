"""Which tags are near each other, as people write it: families in words, in a recipe, a table."""

from collections.abc import Iterable
from pathlib import Path

from augmentor.audit.comparing.neighbours import Sheet
from augmentor.core.errors import Problem, UsageError, listed
from augmentor.files.document import read_yaml
from augmentor.files.tables import Row, read_rows

_COLUMNS = ("tag", "neighbour", "similarity")
_FORM = "families: {mechanical: [car noise, train], people: [cafe, library]}"


def read_sheet(families: Iterable[str] = (), neighbours: str | Path | None = None) -> Sheet | None:
    """Return which tags are near each other, from all that is given; None for nothing.

    Parameters
    ----------
    families : texts as ``mechanical=car noise,train``.
    neighbours : a recipe, of which only `families` is read, or a table of tag, neighbour and
        similarity.

    Raises
    ------
    UsageError : everything that is wrong with one of them, each with its place.
    """
    said = from_words(families)
    if neighbours is None:
        return said if said.families else None
    if Path(neighbours).suffix.lower() in {".yaml", ".yml"}:
        return Sheet({**read_families(Path(neighbours)).families, **said.families})
    return Sheet(said.families, read_similarities(neighbours).similar)


def from_words(texts: Iterable[str]) -> Sheet:
    """Read families as a command line gives them: ``mechanical=car noise,train``.

    A name may come more than once. Where a ``;`` stands, it separates the tags, else a comma.

    Raises
    ------
    UsageError : a text without a name or without tags.
    """
    families: dict[str, list[str]] = {}
    problems = []
    for text in texts:
        name, _, said = text.partition("=")
        tags = [tag.strip() for tag in said.split(";" if ";" in said else ",") if tag.strip()]
        if not name.strip() or not tags:
            problems.append(Problem("family", f"'{text}'; write NAME=TAG,TAG"))
        families.setdefault(name.strip(), []).extend(tags)
    if problems:
        raise UsageError(problems)
    return Sheet(families)


def read_families(recipe: Path) -> Sheet:
    """Read the families of a recipe, and nothing else of it.

    Raises
    ------
    UsageError : it has none, or one that is no list of tags.
    """
    document = read_yaml(recipe)
    families = document.get("families")
    if not isinstance(families, dict) or not families:
        raise UsageError(document.problem(("families",), f"no families; write {_FORM}"))
    problems = [
        document.problem(("families", name), f"expected a list of tags, as {_FORM}")
        for name, tags in families.items()
        if not isinstance(tags, list) or not tags or not all(isinstance(tag, str) for tag in tags)
    ]
    if problems:
        raise UsageError(problems)
    return Sheet(families)


def read_similarities(path: str | Path) -> Sheet:
    """Read a table of tag, neighbour and similarity (above 0 to 1; 0 is no neighbour).

    Raises
    ------
    UsageError
        Everything that is wrong with the table, each with its line.
    """
    problems: list[Problem] = []
    rows = read_rows(path, problems)
    lacking = [name for name in _COLUMNS if rows and name not in rows[0].values]
    if lacking or not rows:
        what = f"no column {listed(lacking)}" if lacking else "no rows"
        problems.append(Problem(str(path), f"{what}; expected the columns {listed(_COLUMNS)}"))
        raise UsageError(problems)
    similar: dict[frozenset[str], float] = {}
    for row in rows:
        tag, other = (str(row.values.get(name) or "").strip() for name in _COLUMNS[:2])
        value = _similarity(row, problems)
        if not tag or not other or tag == other:
            what = "expected the names of two different tags, as tag and neighbour"
            problems.append(Problem(row.where, what))
        elif value is not None and similar.setdefault(frozenset((tag, other)), value) != value:
            what = f"'{tag}' and '{other}' again, with another similarity; one for each pair"
            problems.append(Problem(row.where, what))
    if problems:
        raise UsageError(problems)
    return Sheet(similar={pair: value for pair, value in similar.items() if value > 0})


def _similarity(row: Row, problems: list[Problem]) -> float | None:
    cell = row.values.get("similarity")
    try:
        value = float(cell)  # type: ignore[arg-type]  # what is no number is said below
    except (TypeError, ValueError):
        value = float("nan")
    if not 0 <= value <= 1:
        what = f"the similarity '{cell}' is no number from 0 (nothing in common) to 1 (the same)"
        problems.append(Problem(row.where, what))
        return None
    return value
