"""A YAML file with a few values changed and all else as its author wrote it, comments too."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from augmentor.core.errors import UsageError
from augmentor.files.document import Path_

_Edit = tuple[int, int, str]  # first and last character, and what stands there instead


def edited(file: Path, text: str, values: Mapping[Path_, Any]) -> str:
    """Return the text of a YAML file with some values changed.

    Parameters
    ----------
    file : its name, for messages.
    text : what it holds: good YAML.
    values : what is to stand at a place. A value that is there already must be a scalar; one
        that is not is added to the mapping above it.

    Raises
    ------
    UsageError : it cannot be done in place, as where one anchor stands for several values.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    wanted = _apart(yaml.safe_load(text))
    edits: list[_Edit] = []
    entries: dict[Path_, dict[str, Any]] = {}
    for place, value in values.items():
        node = _find(root, place)
        if node is None:
            entries.setdefault(place[:-1], {})[str(place[-1])] = value
        elif isinstance(node, yaml.ScalarNode):
            edits.append((node.start_mark.index, node.end_mark.index, _flow(value)))
        else:
            raise _cannot(file)
    for place, more in entries.items():
        above = _find(root, place)
        if above is None:
            raise _cannot(file)
        edits.append(
            _added(file, above, [f"{_flow(key)}: {_flow(one)}" for key, one in more.items()])
        )
    for place, value in values.items():
        _put(wanted, place, value)
    for first, last, new in sorted(edits, reverse=True):
        text = text[:first] + new + text[last:]
    try:
        same = yaml.safe_load(text) == wanted
    except yaml.YAMLError:
        same = False
    if not same:
        raise _cannot(file)
    return text


def _find(node: yaml.Node | None, place: Path_) -> yaml.Node | None:
    for part in place:
        if node is None:
            return None
        node = _below(node, part)
    return node


def _below(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def _added(file: Path, node: yaml.Node, entries: Sequence[str]) -> _Edit:
    """Return more entries: before the others of a mapping, or in place of an empty value."""
    start, flow = node.start_mark.index, ", ".join(entries)
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
        return start, node.end_mark.index, f"{'' if node.value else ' '}{{{flow}}}"
    if not isinstance(node, yaml.MappingNode):
        raise _cannot(file)
    if node.flow_style:
        return start + 1, start + 1, flow + (", " if node.value else "")
    indent = " " * node.start_mark.column
    return start, start, "".join(f"{one}\n{indent}" for one in entries)


def _apart(data: Any) -> Any:
    """Return data in which nothing stands for two values, as an alias does."""
    if isinstance(data, dict):
        return {key: _apart(one) for key, one in data.items()}
    return [_apart(one) for one in data] if isinstance(data, list) else data


def _put(data: Any, place: Path_, value: Any) -> None:
    """Change what was read as the text is changed."""
    for depth, part in enumerate(place[:-1]):
        if data[part] is None and depth == len(place) - 2:
            data[part] = {}
        data = data[part]
    data[place[-1]] = value


def _flow(value: Any) -> str:
    """Return a value in one line of YAML."""

    def dump(*, plain: bool) -> str:
        text = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=plain)
        return text.removesuffix("\n").removesuffix("\n...")

    text = dump(plain=True)
    # A line end of Unicode's is no line end of YAML's: it is escaped.
    return text if yaml.safe_load(text) == value else dump(plain=False)


def _cannot(file: Path) -> UsageError:
    return UsageError(
        f"{file}  cannot be changed in place: a value is written with an anchor (&), an alias (*) "
        "or a merge (<<); write it out"
    )
