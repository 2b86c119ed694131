"""Reading a source, and measuring it once: digest, length, level, bandwidth."""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes, digest_json
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Waveform
from augmentor.files.audio import read_sound
from augmentor.files.cache import cache_folder
from augmentor.sources.manifest import Source

VERSION = 3
"""Of the measures below: a change makes the cache measure again."""

MEASURED = ("digest", "duration_s", "rate_hz", "active_level_db", "peak", "bandwidth_hz")

Work = Callable[[Sequence[Source]], list[Facts | str]]
Mapper = Callable[[Work, list[Source]], list[Facts | str]]
"""How to spread measuring over processes: ``mapper(work, sources)``."""


def read_wave(source: Source, rate_hz: int | None, *, min_s: float, downmix: bool) -> Waveform:
    """Return the sound of a source, with the level and peak its facts already know.

    Parameters
    ----------
    source : where it is.
    rate_hz : the recipe's rate; None takes any.
    min_s : shorter sounds are refused.
    downmix : whether several channels may be averaged into one.

    Raises
    ------
    BadSourceError : what is wrong with it and what to do.
    """
    samples, rate = read_sound(source.path, source.start_s, source.duration_s)
    channels = samples.shape[1]
    if channels > 1 and not downmix:
        raise BadSourceError(
            f"{channels} channels, expected 1; mix it down, or set 'downmix: true' in the source"
        )
    if rate_hz is not None and rate != rate_hz:
        raise BadSourceError(f"{rate} Hz, the recipe says {rate_hz} Hz; resample it first")
    if len(samples) < min_s * rate:
        raise BadSourceError(
            f"too short: {len(samples)} samples, {len(samples) / rate:.4f} s, "
            f"at least {min_s:g} s wanted"
        )
    mono = samples[:, 0] if channels == 1 else samples.mean(axis=1, dtype=np.float32)
    facts = source.facts
    return Waveform(np.ascontiguousarray(mono), rate, facts.active_level_db, facts.peak)


def measure(source: Source, wave: Waveform) -> Source:
    """Return a source with everything measured that drawing and rendering want to know.

    Parameters
    ----------
    source : where the sound is from.
    wave : the sound, as `read_wave` returned it.

    Raises
    ------
    BadSourceError : the sound is silent.
    """
    from augmentor.kernels.level import active_level_db
    from augmentor.kernels.measures import bandwidth_hz

    level_db = active_level_db(wave.samples, wave.rate_hz)
    if level_db is None:
        raise BadSourceError("silent: nothing to hear in it")
    facts = replace(
        source.facts,
        digest=digest_sound(wave.samples, wave.rate_hz),
        duration_s=round(wave.duration_s, 6),
        rate_hz=wave.rate_hz,
        active_level_db=level_db,
        peak=float(np.abs(wave.samples).max()),
        bandwidth_hz=round(bandwidth_hz(wave.samples, wave.rate_hz), 1),
    )
    return replace(source, facts=facts)


def digest_sound(samples: NDArray[np.float32], rate_hz: int) -> str:
    """Return the identity of a sound as decoded: the same wherever and however it is kept.

    A stretch of a long recording has one of its own, without the recording being read again.
    """
    return digest_bytes(b"%d " % rate_hz, np.ascontiguousarray(samples).data.cast("B"))


def stamp_of(path: Path) -> tuple[int, ...]:
    """Return size and times of change of a file; nothing where there is no file.

    The second time is the system's own: it tells of a change even where the first was put back.
    """
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return ()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def check_unchanged(source: Source, wave: Waveform) -> None:
    """Refuse a sound that is not what was measured: edits were drawn for another level, say.

    A file whose stamp is the same was not touched. Any other sound is told by its digest.

    Parameters
    ----------
    source : as it was measured.
    wave : its sound, read before, so that a change on the way is seen too.

    Raises
    ------
    BadSourceError : it is another sound now.
    """
    if source.stamp and source.stamp == stamp_of(source.path):
        return
    if digest_sound(wave.samples, wave.rate_hz) != source.facts.digest:
        raise BadSourceError("changed since it was measured; start the run again")


class Measurer:
    """Measures sources once and remembers them in a file, by path, size and time of change.

    What cannot be used is looked at again each time: the reason may have gone.

    Parameters
    ----------
    cache : the file to remember in, a line a source.
    rate_hz, min_s, downmix : as the recipe's source says.
    mapper : how to spread the work; one after the other by default.
    """

    def __init__(
        self,
        cache: Path,
        *,
        rate_hz: int | None,
        min_s: float,
        downmix: bool,
        mapper: Mapper | None = None,
    ) -> None:
        self.cache = cache
        self.form = {"rate_hz": rate_hz, "min_s": min_s, "downmix": downmix}
        self.mapper = mapper or (lambda work, sources: work(sources))
        self._known: dict[str, _Known] | None = None

    def __call__(self, sources: Iterable[Source]) -> list[Source | str]:
        """Return each source with its facts measured, or the reason why it cannot be used."""
        sources = list(sources)
        known = self._read()
        # Taken before the sounds are read: a file that changes meanwhile is measured again.
        stamps = [stamp_of(source.path) for source in sources]
        keys = list(map(self._key, sources, stamps))
        new = [place for place, key in enumerate(keys) if key not in known]
        found: dict[int, Source | str] = {
            place: _with(sources[place], known[key])
            for place, key in enumerate(keys)
            if key in known
        }
        if new:
            work = MeasureAll(**self.form)  # type: ignore[arg-type]  # the three of them
            facts = self.mapper(work, [sources[place] for place in new])
            for place, one in zip(new, facts, strict=True):
                found[place] = (
                    one
                    if isinstance(one, str)
                    else replace(sources[place], facts=one, stamp=stamps[place])
                )
            self._remember(
                {
                    keys[place]: (stamps[place], {name: getattr(one, name) for name in MEASURED})
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
            if (found := known.get(self._key(one, stamp_of(one.path)))) is None
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
                        facts = dict(zip(MEASURED, values, strict=True))
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
        seen = stamp[:2]  # another name or owner, which the system's time tells, is no other sound
        path = os.path.abspath(source.path)  # noqa: PTH100 - resolve() asks the disk, folder by folder
        return digest_json([VERSION, self.form, path, seen, source.start_s, source.duration_s])


def measures_file(manifest: Path) -> Path:
    """Return the file in which the measures of a manifest's sources are remembered."""
    return cache_folder() / "measured" / f"{digest_json(str(manifest.resolve()))}.jsonl"


class MeasureAll:
    """The work of measuring a list of sources; picklable, so that a process pool can do it."""

    def __init__(self, rate_hz: int | None, min_s: float, downmix: bool) -> None:
        self.rate_hz, self.min_s, self.downmix = rate_hz, min_s, downmix

    def __call__(self, sources: Sequence[Source]) -> list[Facts | str]:
        """Return facts or a reason for each source."""
        return [self.one(source) for source in sources]

    def one(self, source: Source) -> Facts | str:
        """Return the facts of one source, or the reason why it cannot be used."""
        try:
            wave = read_wave(source, self.rate_hz, min_s=self.min_s, downmix=self.downmix)
            return measure(source, wave).facts
        except BadSourceError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - one strange file costs itself, not the job
            return f"{type(error).__name__} while measuring: {error}"


_Known = tuple[tuple[int, ...], dict[str, Any]]
"""What is remembered of a source: its file's stamp as it was measured, and its measured facts."""


def _with(source: Source, known: _Known) -> Source:
    stamp, facts = known
    return replace(source, facts=replace(source.facts, **facts), stamp=stamp)
