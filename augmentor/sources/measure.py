"""Reading a source, and measuring it once: digest, length, level, bandwidth."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from augmentor.core.digest import digest_bytes, digest_json
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Waveform
from augmentor.files.atomic import write_text
from augmentor.files.audio import read_sound
from augmentor.sources.manifest import Source

VERSION = 1
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


def measure(source: Source, rate_hz: int | None, *, min_s: float, downmix: bool) -> Facts:
    """Return a source's facts with everything measured that drawing and rendering want to know.

    Raises
    ------
    BadSourceError : unreadable, not of the recipe's form, or silent.
    """
    from augmentor.kernels.level import active_level_db
    from augmentor.kernels.measures import bandwidth_hz

    wave = read_wave(source, rate_hz, min_s=min_s, downmix=downmix)
    level_db = active_level_db(wave.samples, wave.rate_hz)
    if level_db is None:
        raise BadSourceError("silent: nothing to hear in it")
    stretch = digest_json([source.start_s, source.duration_s])
    return replace(
        source.facts,
        digest=digest_bytes(source.path.read_bytes(), stretch.encode()),
        duration_s=round(wave.duration_s, 6),
        rate_hz=wave.rate_hz,
        active_level_db=level_db,
        peak=float(np.abs(wave.samples).max()),
        bandwidth_hz=round(bandwidth_hz(wave.samples, wave.rate_hz), 1),
    )


class Measurer:
    """Measures sources once and remembers them in a file, by path, size and time of change.

    Parameters
    ----------
    cache : the file to remember in.
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
        self._known: dict[str, dict[str, object] | str] | None = None

    def __call__(self, sources: Iterable[Source]) -> list[Source | str]:
        """Return each source with its facts measured, or the reason why it cannot be used."""
        sources = list(sources)
        known = self._read()
        keys = [self._key(source) for source in sources]
        new = [one for one, key in zip(sources, keys, strict=True) if key not in known]
        if new:
            found = self.mapper(MeasureAll(**self.form), new)  # type: ignore[arg-type]
            for source, facts in zip(new, found, strict=True):
                known[self._key(source)] = facts if isinstance(facts, str) else _measured(facts)
            write_text(self.cache, json.dumps(known))
        return [_with(one, known[key]) for one, key in zip(sources, keys, strict=True)]

    def _read(self) -> dict[str, dict[str, object] | str]:
        if self._known is None:
            try:
                self._known = json.loads(self.cache.read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                self._known = {}
        return self._known

    def _key(self, source: Source) -> str:
        try:
            stat = source.path.stat()
            seen = [stat.st_size, stat.st_mtime_ns]
        except OSError:
            seen = []
        stretch = [source.start_s, source.duration_s]
        return digest_json([VERSION, self.form, str(source.path), seen, stretch])


class MeasureAll:
    """The work of measuring a list of sources; picklable, so that a process pool can do it."""

    def __init__(self, rate_hz: int | None, min_s: float, downmix: bool) -> None:
        self.rate_hz, self.min_s, self.downmix = rate_hz, min_s, downmix

    def __call__(self, sources: Sequence[Source]) -> list[Facts | str]:
        """Return facts or a reason for each source."""
        found: list[Facts | str] = []
        for source in sources:
            try:
                facts = measure(source, self.rate_hz, min_s=self.min_s, downmix=self.downmix)
            except BadSourceError as error:
                found.append(str(error))
            else:
                found.append(facts)
        return found


def _measured(facts: Facts) -> dict[str, object]:
    return {name: value for name, value in asdict(facts).items() if name in MEASURED}


def _with(source: Source, known: dict[str, object] | str) -> Source | str:
    if isinstance(known, str):
        return known
    return replace(source, facts=replace(source.facts, **known))  # type: ignore[arg-type]
