"""Files that a list names, though it does not say where their names begin."""

from collections.abc import Iterable
from pathlib import Path

from augmentor.core.errors import Problem, listed

_PARENTS = 4  # egs/NAME/s5/data/train: names begin in s5
_TRIED = 100  # of the names: enough to tell a folder from another


def placed(names: Iterable[str], listing: Path, problems: list[Problem]) -> Path:
    """Return the folder in which the relative names of a list begin.

    Programs write names as they see them from where they were started. So the list's own folder
    is tried, its parents, and the current folder; the first with any of the files is taken. A
    file that is missing there is missing: it costs itself, and not the list.

    Parameters
    ----------
    names : as the list has them; those that begin at the root say all themselves.
    listing : the list.
    problems : where to say that they were found nowhere.
    """
    home = listing.parent.absolute()
    relative = [name for name in dict.fromkeys(names) if not Path(name).is_absolute()][:_TRIED]
    tried = list(dict.fromkeys([home, *list(home.parents)[:_PARENTS], Path.cwd()]))
    for folder in tried if relative else ():
        if any(_is_file(folder / name) for name in relative):
            return folder
    if relative:
        what = (
            f"'{relative[0]}' was looked for in {listed(tried)}, and is in none of them; its name "
            "begins where the program was started that wrote it: start augmentor there, or write "
            "whole paths"
        )
        problems.append(Problem(str(listing), what))
    return home


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or no name at all
        return False
