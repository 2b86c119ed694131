"""How well near duplicates are told: found copies by what was done to them, and false alarms.

    python -m benchmarks.leaks [CACHE]

Sounds: the clips and noise of the speech demo, prepared when missing. Prompts of one language
and clips of another cannot be the same recording, so each match of these is a false alarm.
Pictures: parts of the photographs of scikit-image, which do not overlap, and the solar cells of
elpv-dataset.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from augmentor.kernels.fingerprint import HOP_S, Print, SoundIndex, sound_print
from augmentor.kernels.picture_print import PictureIndex, picture_print
from examples.speech.fetch import cache_folder
from examples.speech.prepare import prepare
from examples.speech.sounds import Wave

Sound = tuple[Wave, int]
Grey = NDArray[np.uint8]

LEAST_S = (0.0, 0.5, 1.0)
COPIES = 300
CROP_PX = 128
PHOTOS = (
    "brick", "grass", "gravel", "astronaut", "camera", "chelsea", "coffee", "coins", "moon",
    "hubble_deep_field", "immunohistochemistry", "retina", "rocket", "text", "page",
)  # fmt: skip


def main(cache: Path) -> None:
    """Print the tables."""
    root = prepare(cache)
    sounds(root)
    noise(root)
    pictures()


def coded(sound: Sound, kind: str, coding: str, **more: object) -> Sound:
    """Return a sound as it comes back from a coder."""
    samples, rate_hz = sound
    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", rate_hz, 1, format=kind, subtype=coding, **more  # type: ignore[arg-type]
    ) as opened:  # fmt: skip
        opened.write(samples)
    file.seek(0)
    return soundfile.read(file, dtype="float32")  # type: ignore[no-any-return]


def at_rate(sound: Sound, rate_hz: int) -> Sound:
    """Return a sound at another rate."""
    return soxr.resample(sound[0], sound[1], rate_hz), rate_hz


def cut(sound: Sound, start: float, stop: float) -> Sound:
    """Return a part of a sound, in fractions of its length."""
    samples, rate_hz = sound
    return samples[int(start * len(samples)) : int(stop * len(samples))], rate_hz


def padded(sound: Sound) -> Sound:
    """Return a sound with some silence at both ends."""
    return np.pad(sound[0], (sound[1] // 5 + 17, sound[1] // 7)), sound[1]


SOUND_COPIES: dict[str, Callable[[Sound], Sound]] = {
    "mp3, 32 to 64 kbit/s": lambda one: coded(
        one, "MP3", "MPEG_LAYER_III", compression_level=0.75, bitrate_mode="CONSTANT"
    ),
    "ogg vorbis": lambda one: coded(one, "OGG", "VORBIS"),
    "8 kHz": lambda one: at_rate(one, 8000),
    "8 kHz and back": lambda one: at_rate(at_rate(one, 8000), 16000),
    "GSM at 8 kHz": lambda one: coded(at_rate(one, 8000), "WAV", "GSM610"),
    "20 dB lower": lambda one: ((one[0] * 0.1).astype(np.float32), one[1]),
    "silence at both ends": padded,
    "the middle half": lambda one: cut(one, 0.25, 0.75),
    "last two thirds, mp3": lambda one: coded(cut(one, 0.34, 1), "MP3", "MPEG_LAYER_III"),
}


def rows_of(root: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a manifest of the demo."""
    return [json.loads(line) for line in (root / f"{name}.jsonl").open()]


def printed(root: Path, rows: Sequence[dict[str, str]]) -> list[Print]:
    """Return the prints of some rows."""
    return [sound_print(*read(root / row["path"])) for row in rows]


def read(path: Path) -> Sound:
    """Return a sound and its rate."""
    return soundfile.read(path, dtype="float32")  # type: ignore[no-any-return]


def sounds(root: Path) -> None:
    """Print how many copies of clips are found, and what is found where nothing should be."""
    tests = rows_of(root, "test") + rows_of(root, "dev")
    train = rows_of(root, "train")
    index = SoundIndex(printed(root, tests))
    clean = [at for at, row in enumerate(tests) if "clean" in row["tags"]]
    some = clean[:: max(1, len(clean) // COPIES)]
    lengths = np.array([index.prints[at].any(axis=1).sum() * HOP_S for at in some])
    print(f"{len(some)} clips, copies found among {len(tests)}")
    print(f"{'':<28}" + "".join(f"{f'from {least:g} s':>12}" for least in LEAST_S))
    for name, copy in SOUND_COPIES.items():
        found = np.array([
            any(match.which == at for match in
                index.find(sound_print(*copy(read(root / tests[at]["path"])))))
            for at in some
        ])  # fmt: skip
        rates = [found[lengths >= least].mean() for least in LEAST_S]
        print(f"{name:<28}" + "".join(f"{rate:>12.1%}" for rate in rates))
    other, own = [], []
    for row, one in zip(train, printed(root, train), strict=True):
        for match in index.find(one):
            test = tests[match.which]
            (own if test["target"] == row["target"] else other).append((row, test, match))
    wrong = {row["id"] for row, _, _ in other}
    print(f"\n{len(train)} prompts: {len(wrong)} match a clip in another language (false alarms)")
    names = {(row["id"], test["group"]): match.said for row, test, match in reversed(own)}
    print(f"{len({a for a, _ in names})} match a clip of another prompt in their language")
    for (ours, theirs), said in sorted(names.items()):
        print(f"  {ours:<34} {theirs:<34} {said}")


def noise(root: Path) -> None:
    """Print whether noise is told under speech, and that of others is not."""
    clips = [row for row in rows_of(root, "test") if "vehicle noise" in row["tags"]]
    heard = printed(root, clips)
    print(f"\n{len(clips)} test clips of speech in vehicle noise, in which a recording is found")
    for part in ("test", "dev", "train", "other"):
        files = sorted((root / "noise" / part).rglob("*.wav"))
        index = SoundIndex([sound_print(*read(file)) for file in files])
        found = sum(bool(index.find(one)) for one in heard)
        told = "of their own noise" if part == "test" else f"of noise/{part} (not in them)"
        print(f"  {found:>5} {told}, {len(files)} recordings")


def squeezed(picture: Grey, quality: int) -> Grey:
    """Return a picture as it comes back from JPEG."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(picture), [1, quality])[1]
    return np.asarray(cv2.imdecode(data, 0), np.uint8)


def resized(picture: Grey, factor: float) -> Grey:
    """Return a picture at another size."""
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor), np.uint8)


PICTURE_COPIES: dict[str, Callable[[Grey], Grey]] = {
    "JPEG 75": lambda one: squeezed(one, 75),
    "JPEG 40": lambda one: squeezed(one, 40),
    "half the size": lambda one: resized(one, 0.5),
    "twice the size": lambda one: resized(one, 2),
    "1.1 x + 15 levels": lambda one: np.clip(one * 1.1 + 15, 0, 255).astype(np.uint8),
    "mirrored": lambda one: one[:, ::-1],
    "upside down": lambda one: one[::-1],
    "a quarter turn, JPEG 75": lambda one: squeezed(np.rot90(one), 75),
}


def crops() -> Iterator[Grey]:
    """Yield parts of photographs that do not overlap."""
    import skimage.data

    for name in PHOTOS:
        photo = getattr(skimage.data, name)()
        grey = photo if photo.ndim == 2 else cv2.cvtColor(photo[..., :3], cv2.COLOR_RGB2GRAY)
        for y in range(0, grey.shape[0] - CROP_PX + 1, CROP_PX):
            for x in range(0, grey.shape[1] - CROP_PX + 1, CROP_PX):
                yield grey[y : y + CROP_PX, x : x + CROP_PX]


def pictures() -> None:
    """Print the same of pictures."""
    from elpv_dataset.utils import load_dataset

    cells, _, kinds = load_dataset()
    order = np.random.Generator(np.random.Philox(key=1)).permutation(len(cells))
    parts = list(crops())
    for name, all_of_them in (
        ("parts of photographs", parts),
        ("solar cells, mono", [cells[at] for at in order if kinds[at] == "mono"]),
        ("solar cells, poly", [cells[at] for at in order if kinds[at] == "poly"]),
    ):
        known, others = all_of_them[::2], all_of_them[1::2]
        prints = [picture_print(one) for one in known]
        index = PictureIndex(prints)
        some = [at for at in range(len(known)) if prints[at].size]
        some = some[:: max(1, len(some) // COPIES)]
        alarms = sum(bool(index.find(picture_print(one))) for one in others)
        print(f"\n{name}: {alarms} of {len(others)} match one of {len(known)} others")
        for what, copy in PICTURE_COPIES.items():
            found = [
                any(match.which == at for match in index.find(picture_print(copy(known[at]))))
                for at in some
            ]
            print(f"  {what:<26}{np.mean(found):>8.1%} of {len(some)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else cache_folder())
