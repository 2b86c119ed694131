"""Code of the user's that a file names: ``package.module:function``."""

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, nearest


def load_function(name: str, folders: Sequence[Path], what: str) -> Callable[..., Any]:
    """Import the user's ``package.module:function``.

    Parameters
    ----------
    name : as the user says.
    folders : where to look first, as the recipe's folder and the current one.
    what : what it is to be, as it is called in a message: ``model``.

    Raises
    ------
    UsageError : no such module or function, or it fails to import.
    """
    module, _, function = name.partition(":")
    where = f"{what} '{name}'"
    if not module or not function:
        raise UsageError(Problem(where, "expected package.module:function"))
    with _on_path(folders):
        try:
            imported = importlib.import_module(module)
        except (Exception, SystemExit) as error:
            said = f"'{module}' cannot be imported: {type(error).__name__}: {error}"
            raise UsageError(Problem(where, said)) from error
    found = getattr(imported, function, None)
    if found is None:
        hint = nearest(function, [known for known in dir(imported) if not known.startswith("_")])
        raise UsageError(Problem(where, f"'{module}' has no '{function}'{hint}"))
    if not callable(found):
        raise UsageError(Problem(where, f"'{function}' of '{module}' is not a function"))

    @wraps(found, updated=())  # so that its signature can be asked for
    def call(*args: Any, **more: Any) -> Any:
        with _on_path(folders):  # it may import more when it is first called
            return found(*args, **more)

    return call


@contextmanager
def _on_path(folders: Sequence[Path]) -> Iterator[None]:
    added = [str(folder.resolve()) for folder in folders]
    sys.path[:0] = added
    try:
        yield
    finally:
        for folder in added:
            sys.path.remove(folder)
