"""Prints of sources, taken once and remembered: by them the same recording is told again."""

import base64
import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes, digest_json
from augmentor.core.errors import BadSourceError
from augmentor.core.pictures import Image
from augmentor.files.cache import cache_folder
from augmentor.sources.manifest import Source
from augmentor.sources.measure import stamp_of
from augmentor.sources.medium import Medium
from augmentor.sources.picture import Picture
from augmentor.sources.sound import Sound, wave_of

VERSION = 1
"""Of the prints: a change takes them again."""


@dataclass(frozen=True, slots=True, eq=False)
class Printed:
    """By what an example is known again.

    Parameters
    ----------
    digests : of what was decoded; of a picture with its marks, and without.
    print : of a sound or a picture, see `kernels`.
    """

    digests: tuple[str, ...]
    print: NDArray[Any]


Work = Callable[[Sequence[Source]], list[Printed | str]]
Mapper = Callable[[Work, list[Source]], list[Printed | str]]
"""How to spread the work over processes: ``mapper(work, sources)``."""


def any_of(medium: Medium) -> Medium:
    """Return a medium that takes whatever can be read: a test set has its own rates and lengths."""
    if isinstance(medium, Picture):
        return Picture(most_px=medium.most_px)
    return Sound(downmix=True)


class TakePrints:
    """The work of taking prints of a list of sources; picklable."""

    def __init__(self, medium: Medium) -> None:
        self.medium = medium

    def __call__(self, sources: Sequence[Source]) -> list[Printed | str]:
        """Return the print of each source, or the reason why there is none."""
        return [self.one(source) for source in sources]

    def one(self, source: Source) -> Printed | str:
        """Return the print of one source, or the reason why there is none."""
        try:
            targets = self.medium.read(source)
            digest = self.medium.digest(targets)
            if "wave" in targets:
                from augmentor.kernels.fingerprint import sound_print

                wave = wave_of(targets)
                return Printed((digest,), sound_print(wave.samples, wave.rate_hz))
            from augmentor.kernels.picture_print import picture_print

            image = targets["image"]
            assert isinstance(image, Image)
            pixels = np.ascontiguousarray(image.pixels)
            bare = digest_bytes(f"{pixels.shape} {pixels.dtype} ".encode(), pixels.data.cast("B"))
            return Printed((digest, bare), picture_print(pixels))
        except BadSourceError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - one strange file costs itself, not the job
            return f"{type(error).__name__} while its print was taken: {error}"


def take_prints(
    manifest: Path, sources: Sequence[Source], medium: Medium, mapper: Mapper | None = None
) -> list[Printed | str]:
    """Return the print of each source of a manifest, or the reason why there is none.

    Parameters
    ----------
    manifest : the prints are remembered by it, and by path, size and time of each source.
    sources : its examples.
    medium : what they are.
    mapper : how to spread the work; one after the other by default.
    """
    taking = TakePrints(any_of(medium))
    keys = [_key(source, taking.medium) for source in sources]
    remembered = Remembered(str(manifest.resolve()))
    new = [place for place, key in enumerate(keys) if key not in remembered.known]
    wanted = [sources[place] for place in new]
    found = dict(zip(new, (mapper or _one_by_one)(taking, wanted) if new else [], strict=True))
    remembered.add({keys[at]: one for at, one in found.items() if isinstance(one, Printed)})
    return [found[at] if at in found else remembered.known[key] for at, key in enumerate(keys)]


def _one_by_one(work: Work, sources: list[Source]) -> list[Printed | str]:
    return work(sources)


class Remembered:
    """Prints that were taken before, in a file of the cache.

    Parameters
    ----------
    name : of what they were taken.
    """

    def __init__(self, name: str) -> None:
        self.file = cache_folder() / "prints" / f"{digest_json([VERSION, name])}.jsonl"
        self.known: dict[str, Printed] = {}
        with suppress(OSError), self.file.open("rb") as file:
            for line in file:
                with suppress(ValueError, TypeError, zlib.error):
                    key, digests, kind, shape, text = json.loads(line)
                    data = zlib.decompress(base64.b64decode(text))
                    array = np.frombuffer(data, np.dtype(kind)).reshape(shape)
                    self.known[key] = Printed(tuple(digests), array)

    def add(self, new: Mapping[str, Printed]) -> None:
        """Remember new prints; where nothing can be kept they are taken again next time."""
        self.known.update(new)
        lines = []
        for key, one in new.items():
            text = base64.b64encode(zlib.compress(one.print.tobytes(), 1)).decode()
            head = [key, one.digests, one.print.dtype.str, one.print.shape]
            lines.append(json.dumps([*head, text]) + "\n")
        if lines:
            with suppress(OSError):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                with self.file.open("ab") as file:
                    # A line that another process was killed in the middle of ends here.
                    file.write(("\n" + "".join(lines)).encode())


def _key(source: Source, medium: Medium) -> str:
    stamp = stamp_of(source)
    seen = [one for place, one in enumerate(stamp) if place % 3 < 2]
    path = os.path.abspath(source.path)  # noqa: PTH100 - resolve() asks the disk, folder by folder
    which = [source.start_s, source.duration_s, source.marks, str(source.mask_path)]
    return digest_json([medium.identity, path, seen, *which])
