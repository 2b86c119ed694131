"""YAML with the place of every key and value, so that a mistake can be pointed at."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from augmentor.core.errors import Problem, UsageError

Path_ = tuple[str | int, ...]
"""Where in a document: keys and indices from the root."""


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: its data, and the line and column of everything in it.

    Parameters
    ----------
    file : its path.
    data : plain mappings, lists and scalars (``yaml.safe_load`` rules).
    keys, values : (line, column) from 1, by place.
    """

    file: Path
    data: Any
    keys: Mapping[Path_, tuple[int, int]]
    values: Mapping[Path_, tuple[int, int]]

    def problem(self, place: Path_, what: str, *, at_key: bool = False) -> Problem:
        """Return a problem at a place, or at the nearest place above it that exists."""
        marks = self.keys if at_key else self.values
        while place and place not in marks and place not in self.values:
            place = place[:-1]
        line, column = marks.get(place) or self.values.get(place) or (1, 1)
        return Problem(f"{self.file}:{line}:{column}", what)


def read_yaml(file: Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    UsageError : missing, not UTF-8, not YAML, or a key twice in one mapping.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{file}  no such file") from None
    except (IsADirectoryError, PermissionError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}  cannot be read as text: {error}") from None
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        keys: dict[Path_, tuple[int, int]] = {}
        values: dict[Path_, tuple[int, int]] = {}
        problems: list[Problem] = []
        if node is not None:
            _walk(node, (), file, keys, values, problems)
        if problems:
            raise UsageError(problems)
        data = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise UsageError(Problem(where, f"not YAML: {error.problem or error.context}")) from None
    except yaml.YAMLError as error:
        raise UsageError(Problem(str(file), f"not YAML: {error}")) from None
    finally:
        loader.dispose()
    return Document(file, data, keys, values)


def _walk(
    node: yaml.Node,
    place: Path_,
    file: Path,
    keys: dict[Path_, tuple[int, int]],
    values: dict[Path_, tuple[int, int]],
    problems: list[Problem],
) -> None:
    values[place] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*place, key.value)
            mark = (key.start_mark.line + 1, key.start_mark.column + 1)
            if below in keys and key.value != "<<":
                problems.append(
                    Problem(
                        f"{file}:{mark[0]}:{mark[1]}",
                        f"'{key.value}' is written twice here; "
                        f"the first is on line {keys[below][0]}",
                    )
                )
            keys[below] = mark
            _walk(value, below, file, keys, values, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*place, index), file, keys, values, problems)
