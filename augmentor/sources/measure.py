"""Measuring sources once, and remembering it: digest, length or size, level."""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from augmentor.core.digest import digest_json
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Target
from augmentor.files.cache import cache_folder
from augmentor.sources.manifest import Source
from augmentor.sources.medium import Medium

VERSION = 3
"""Of the measures below: a change makes the cache measure again."""

Work = Callable[[Sequence[Source]], list[Facts | str]]
Mapper = Callable[[Work, list[Source]], list[Facts | str]]
"""How to spread measuring over processes: ``mapper(work, sources)``."""


def stamp_of(source: Source) -> tuple[int, ...]:
    """Return size and times of change of a source's files; nothing where one is missing.

    The second time is the system's own: it tells of a change even where the first was put back.
    What is marked in a picture may lie in files of its own, and these may change alone.
    """
    found: list[int] = []
    masks = [Path(mark["mask"]) for mark in source.marks if "mask" in mark]
    for path in (source.path, *masks, *filter(None, [source.mask_path])):
        try:
            stat = path.stat()
        except (OSError, ValueError):
            return ()
        found += [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    return tuple(found)


def check_unchanged(source: Source, medium: Medium, targets: Mapping[str, Target]) -> None:
    """Refuse what is not what was measured: edits were drawn for another level, say.

    A file whose stamp is the same was not touched. Any other is told by its digest.

    Parameters
    ----------
    source : as it was measured.
    medium : what it is.
    targets : what it holds, read before, so that a change on the way is seen too.

    Raises
    ------
    BadSourceError : it is something else now.
    """
    if source.stamp and source.stamp == stamp_of(source):
        return
    if medium.digest(targets) != source.facts.digest:
        raise BadSourceError("changed since it was measured; start the run again")


class Measurer:
    """Measures sources once and remembers them in a file, by path, size and time of change.

    What cannot be used is looked at again each time: the reason may have gone.

    Parameters
    ----------
    cache : the file to remember in, a line a source.
    medium : what the sources are, as the recipe says.
    mapper : how to spread the work; one after the other by default.
    """

    def __init__(self, cache: Path, medium: Medium, mapper: Mapper | None = None) -> None:
        self.cache, self.medium = cache, medium
        self.mapper = mapper or (lambda work, sources: work(sources))
        self._known: dict[str, _Known] | None = None
        self._measured = digest_json([VERSION, dict(medium.identity)])

    def __call__(self, sources: Iterable[Source]) -> list[Source | str]:
        """Return each source with its facts measured, or the reason why it cannot be used."""
        sources = list(sources)
        known = self._read()
        # Taken before the sounds are read: a file that changes meanwhile is measured again.
        stamps = [stamp_of(source) for source in sources]
        keys = list(map(self._key, sources, stamps))
        new = [place for place, key in enumerate(keys) if key not in known]
        found: dict[int, Source | str] = {
            place: _with(sources[place], known[key])
            for place, key in enumerate(keys)
            if key in known
        }
        if new:
            facts = self.mapper(MeasureAll(self.medium), [sources[place] for place in new])
            for place, one in zip(new, facts, strict=True):
                found[place] = (
                    one
                    if isinstance(one, str)
                    else replace(sources[place], facts=one, stamp=stamps[place])
                )
            self._remember(
                {
                    keys[place]: (
                        stamps[place],
                        {name: getattr(one, name) for name in self.medium.measured},
                    )
                    for place, one in zip(new, facts, strict=True)
                    if isinstance(one, Facts)
                }
            )
        return [found[place] for place in range(len(sources))]

    def remembered(self, sources: Iterable[Source]) -> list[Source]:
        """Return the sources, with the facts of those that were measured before; reads no sound."""
        known = self._read()
        return [
            one
            if (found := known.get(self._key(one, stamp_of(one)))) is None
            else _with(one, found)
            for one in sources
        ]

    def _read(self) -> dict[str, "_Known"]:
        """Return what was measured before; a line that is not whole counts for nothing."""
        if self._known is None:
            self._known = {}
            with suppress(OSError), self.cache.open("rb") as file:
                for line in file:
                    with suppress(ValueError, TypeError):
                        key, stamp, *values = json.loads(line)
                        facts = dict(zip(self.medium.measured, values, strict=True))
                        self._known[key] = tuple(stamp), facts
        return self._known

    def _remember(self, new: "Mapping[str, _Known]") -> None:
        self._read().update(new)
        lines = [
            json.dumps([key, stamp, *facts.values()]) + "\n" for key, (stamp, facts) in new.items()
        ]
        with suppress(OSError):  # nowhere to keep it: it is measured again next time
            self.cache.parent.mkdir(parents=True, exist_ok=True)
            with self.cache.open("ab") as file:
                # A line that another process was killed in the middle of ends here.
                file.write(("\n" + "".join(lines)).encode())

    def _key(self, source: Source, stamp: tuple[int, ...]) -> str:
        # Another name or owner, which the system's time tells, is no other sound.
        seen = [one for place, one in enumerate(stamp) if place % 3 < 2]
        path = os.path.abspath(source.path)  # noqa: PTH100 - resolve() asks the disk, folder by folder
        which: list[Any] = [source.start_s, source.duration_s]
        if source.marks or source.mask_path:
            which += [source.marks, str(source.mask_path), source.points]
        return digest_json([self._measured, path, seen, *which])


def measures_file(manifest: Path) -> Path:
    """Return the file in which the measures of a manifest's sources are remembered."""
    return cache_folder() / "measured" / f"{digest_json(str(manifest.resolve()))}.jsonl"


class MeasureAll:
    """The work of measuring a list of sources; picklable, so that a process pool can do it."""

    def __init__(self, medium: Medium) -> None:
        self.medium = medium

    def __call__(self, sources: Sequence[Source]) -> list[Facts | str]:
        """Return facts or a reason for each source."""
        return [self.one(source) for source in sources]

    def one(self, source: Source) -> Facts | str:
        """Return the facts of one source, or the reason why it cannot be used."""
        try:
            return self.medium.measure(source, self.medium.read(source)).facts
        except BadSourceError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - one strange file costs itself, not the job
            return f"{type(error).__name__} while measuring: {error}"


_Known = tuple[tuple[int, ...], dict[str, Any]]
"""What is remembered of a source: its file's stamp as it was measured, and its measured facts."""


def _with(source: Source, known: _Known) -> Source:
    stamp, facts = known
    return replace(source, facts=replace(source.facts, **facts), stamp=stamp)
