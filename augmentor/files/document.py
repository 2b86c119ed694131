"""YAML with the place of every key and value, so that a mistake can be pointed at."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from augmentor.core.errors import Problem, UsageError

Path_ = tuple[str | int, ...]
"""Where in a document: keys and indices from the root."""

MOST_ENTRIES = 100_000
"""Aliases of aliases make few lines stand for billions of entries; no file by hand has so many."""


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

    def get(self, *place: str | int) -> Any:
        """Return what stands at a place below mappings, or None."""
        here = self.data
        for part in place:
            here = here.get(part) if isinstance(here, dict) else None
        return here

    def block(self, *place: str | int) -> dict[str, Any]:
        """Return the mapping at a place, empty where there is none."""
        found = self.get(*place)
        return found if isinstance(found, dict) else {}

    def inside(self, place: Path_) -> Path_:
        """Return a place, or the nearest place above it that exists."""
        while place and place not in self.values:
            place = place[:-1]
        return place

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
    UsageError : missing, not UTF-8, not YAML, or what no file of ours holds: a key twice in one
        mapping, a key that is no text, an entry within itself.
    """
    text = _text(file)
    reading = _Reading(file)
    loader = None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is not None:
            reading.walk(loader, node, (), ())
        if reading.problems:
            raise UsageError(reading.problems)
        data = None if node is None else loader.construct_document(node)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        what = f"not YAML: the character {chr(error.character)!a}: {error.reason}"
        raise UsageError(Problem(f"{file}:{line}:{column}", what)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise UsageError(Problem(where, f"not YAML: {error.problem or error.context}")) from None
    except RecursionError:
        raise UsageError(Problem(str(file), "nested too deeply")) from None
    finally:
        if loader is not None:
            loader.dispose()
    return Document(file, data, reading.keys, reading.values)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{file}  no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{file}  is a folder; name a file in it") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}  cannot be read as text: {error}") from None


class _Reading:
    """One walk over a YAML document, noting the place of everything in it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.keys: dict[Path_, tuple[int, int]] = {}
        self.values: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Problem] = []

    def walk(
        self, loader: yaml.SafeLoader, node: yaml.Node, place: Path_, above: tuple[yaml.Node, ...]
    ) -> None:
        if node in above:
            self._wrong(node, "an entry that holds itself; write it out instead of the alias")
            return
        if len(self.values) >= MOST_ENTRIES:
            raise UsageError(f"{self.file}  over {MOST_ENTRIES} entries: aliases of aliases?")
        self.values[place] = _mark(node)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = self._key(loader, key)
                below = (*place, name)
                if below in self.keys and name != "<<":
                    first = self.keys[below][0]
                    self._wrong(
                        key, f"'{name}' is written twice here; the first is on line {first}"
                    )
                self.keys[below] = _mark(key)
                self.walk(loader, value, below, (*above, node))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self.walk(loader, value, (*place, index), (*above, node))
        else:
            self._scalar(loader, node)

    def _key(self, loader: yaml.SafeLoader, key: yaml.Node) -> str:
        if not isinstance(key, yaml.ScalarNode):
            self._wrong(key, "a key is a word, not a list or a mapping")
            return ""
        merge = key.tag == "tag:yaml.org,2002:merge"
        if not merge and not isinstance(self._scalar(loader, key), str):
            self._wrong(key, f"the key {key.value} is no text; write it in quotes: '{key.value}'")
        return str(key.value)

    def _scalar(self, loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        try:
            return loader.construct_object(node)
        except (ValueError, OverflowError) as error:
            kind = node.tag.rpartition(":")[2]
            self._wrong(node, f"'{str(node.value)[:40]}' is no {kind}: {error}; write it in quotes")
            return ""

    def _wrong(self, node: yaml.Node, what: str) -> None:
        line, column = _mark(node)
        self.problems.append(Problem(f"{self.file}:{line}:{column}", what))


def _mark(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
