"""A hundred of each fault: the check that names it catches 95 or more, and 5 good ones at most.

Sounds and pictures are made here with plain numpy, apart from the operators that the gate judges.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from project import make_project
from scipy.ndimage import gaussian_filter
from speechlike import speechlike

import augmentor
from augmentor.core.distributions import Constant
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Example, Facts, Label, Waveform
from augmentor.core.operator import Edit, apply
from augmentor.core.pictures import Image, Instance, Instances
from augmentor.core.stream import Stream
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import Trial
from augmentor.operators.codec import Codec
from augmentor.operators.defects.scratch import Scratch
from augmentor.sources.manifest import Source
from augmentor.sources.sound import Sound

N = 100
LEAST, MOST_FALSE = 95, 5
RATE = 16000
SIDE = 160


def chance(seed: int) -> np.random.Generator:
    """Return a generator."""
    return np.random.Generator(np.random.Philox(seed))


def caught(trials: list[Trial], kind: type[Waveform] | type[Image]) -> Counter[str]:
    """Return how many each check rejected, by the defaults; '' are those that passed."""
    found: Counter[str] = Counter()
    for one in trials:
        last = Checklist.of({}, [], kind).judge(one)[-1]
        found[last.check.rpartition(".")[0] if last.outcome == "fail" else ""] += 1
    return found


PARENTS = [speechlike(0.9, RATE, seed=seed, peak=0.2 + 0.006 * seed) for seed in range(N)]


def noisy(index: int) -> np.ndarray:
    """Return a clip with noise of some colour, at 0 to 20 dB."""
    parent = PARENTS[index]
    white = np.fft.rfft(chance(index).standard_normal(len(parent)))
    tilt = chance(index + N).uniform(0, 1.2)
    noise = np.fft.irfft(white / np.maximum(np.arange(len(white)), 20) ** (tilt / 2), len(parent))
    snr_db = chance(index + 2 * N).uniform(0, 20)
    noise *= parent.std() / noise.std() * 10 ** (-snr_db / 20)
    mixed = parent + noise
    return np.asarray(mixed * min(1.0, 0.98 / np.abs(mixed).max()), np.float32)


def clip_trial(index: int, samples: np.ndarray) -> Trial:
    """Return a new sound beside its parent."""
    targets = {"wave": Waveform(PARENTS[index], RATE), "target": Label("yes")}
    parent = Example(Facts(f"p{index}", digest=f"{index}", rate_hz=RATE), targets)
    wave = Waveform(np.asarray(samples, np.float32), RATE)
    return Trial(parent, Example(parent.facts, {"wave": wave, "target": Label("yes")}))


def clipped(index: int) -> np.ndarray:
    """Return a sound that a converter cut: 2.5 to 20 times too loud, at any level after."""
    level = chance(index).uniform(0.1, 0.99)
    gain = chance(index + N).uniform(2.5, 20) / np.abs(noisy(index)).max()
    return np.clip(gain * noisy(index), -1, 1) * level


def too_loud(index: int) -> np.ndarray:
    """Return a sound beyond full scale, as a mixer without headroom makes it."""
    loud = noisy(index)
    return loud * chance(index).uniform(1.05, 3) / np.abs(loud).max()


def silent(index: int) -> np.ndarray:
    """Return a sound of which 0 to 15 % is left."""
    sound = noisy(index) * 1e-4
    stop = round(chance(index).uniform(0, 0.15) * len(sound))
    sound[:stop] *= 1e4
    return sound


def narrow(index: int) -> np.ndarray:
    """Return a sound that came through a line of 2.8 to 3.8 kHz."""
    sound = noisy(index)
    spectrum = np.fft.rfft(sound)
    edge_hz = chance(index).uniform(2800, 3800)
    spectrum[round(edge_hz * len(sound) / RATE) :] = 0
    return np.fft.irfft(spectrum, len(sound))


def unchanged(index: int) -> np.ndarray:
    """Return the parent again."""
    return PARENTS[index]


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (clipped, "clipped"),
        (too_loud, "peak"),
        (silent, "silence_frac"),
        (narrow, "bandwidth_frac"),
        (unchanged, "same_as_parent"),
    ],
)
def test_faults_of_sounds(plant: Callable[[int], np.ndarray], check: str) -> None:
    """Each fault is named by its check."""
    found = caught([clip_trial(index, plant(index)) for index in range(N)], Waveform)
    named = sum(n for name, n in found.items() if name.startswith(check))
    assert named >= LEAST, dict(found)


def test_good_sounds_pass() -> None:
    """Speech in noise at 0 to 20 dB is let through."""
    found = caught([clip_trial(index, noisy(index)) for index in range(N)], Waveform)
    assert N - found[""] <= MOST_FALSE, dict(found)


def test_wrong_rates_are_refused(tmp_path: Path) -> None:
    """A file of another rate is told by both rates; one of the recipe's own is read."""
    refused = passed = 0
    for index in range(N):
        path = tmp_path / f"{index}.wav"
        wrong = (8000, 11025, 22050, 44100, 48000)[index % 5]
        source = Source(Facts(f"{index}"), path)
        soundfile.write(path, PARENTS[index], wrong, subtype="PCM_16")
        try:
            Sound(RATE).read(source)
        except BadSourceError as error:
            refused += f"{wrong} Hz, the recipe says {RATE} Hz" in str(error)
        soundfile.write(path, PARENTS[index], RATE, subtype="PCM_16")
        passed += len(Sound(RATE).read(source)) > 0
    assert (refused, passed) == (N, N)


def test_narrow_parents_are_refused_a_telephone() -> None:
    """What came through a telephone is not sent through another; wide sound is."""
    refused: Counter[str] = Counter()
    for index in range(N):
        for what, samples in (("narrow", narrow(index)), ("wide", noisy(index))):
            wave = Waveform(np.asarray(samples, np.float32), RATE)
            facts = Sound(RATE).measure(Source(Facts("a"), Path()), {"wave": wave}).facts
            refused[what] += "already, a telephone's" in Codec().refuses(facts)
    assert refused["narrow"] >= LEAST, dict(refused)
    assert refused["wide"] <= MOST_FALSE, dict(refused)


TWICE = """\
augmentor: 1
name: twice
source: {manifest: data/train.jsonl, sample_rate: 16000}
budget: 200
categories:
  soft:
    steps: [{gain: {gain_db: -6}}]
  quiet:
    steps: [{gain: {gain_db: -6}}]
mix: {model_fits: yes}
gate: {realism: {silence_frac: null}}
"""


def test_duplicates(tmp_path: Path) -> None:
    """The same sound under two names, and the same output of two categories, are made once."""
    recipe = make_project(tmp_path, clips=N // 2, duration_s=0.4, recipe=TWICE)
    found = augmentor.run(recipe, workers=0)
    assert found.gate == {"soft": {"passed": 50}, "quiet": {"rejected: duplicate": 50}}
    manifest = tmp_path / "data/train.jsonl"
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    again = [{**row, "id": f"{row['id']} again"} for row in rows]
    manifest.write_text("".join(json.dumps(row) + "\n" for row in (*rows, *again)))
    planned = [row.id for row in augmentor.plan(recipe).plan.rows if row.category == "soft"]
    assert len(planned) == N // 2


def thing(index: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a bright, slightly rough part on a dark ground, and where it is."""
    dice = chance(index)
    y, x = np.mgrid[:SIDE, :SIDE]
    middle, half = dice.uniform(70, 90, 2), dice.uniform(38, 52, 2)
    shape = np.abs((np.stack([y, x], axis=2) - middle) / half)
    inside = shape.max(axis=2) <= 1 if index % 2 else np.hypot(*np.moveaxis(shape, 2, 0)) <= 1
    level = np.where(inside, dice.uniform(140, 200), dice.uniform(25, 60))
    rough = gaussian_filter(dice.standard_normal((SIDE, SIDE)), 1.0) * dice.uniform(4, 14)
    return np.clip(np.rint(level + rough), 0, 255).astype(np.uint8), inside


def rough(index: int) -> np.ndarray:
    """Return a surface of stones, rough enough to hide a faint line."""
    dice = chance(index)
    grain = gaussian_filter(dice.standard_normal((SIDE, SIDE)), dice.uniform(1.0, 2.0))
    return np.clip(np.rint(128 + 28 * grain / grain.std()), 0, 255).astype(np.uint8)


def line(index: int, near: np.ndarray) -> np.ndarray:
    """Return how far each pixel lies in a line of 30 px within some pixels, 0 to 1."""
    dice = chance(index + 5 * N)
    places = np.argwhere(near)
    y, x = np.mgrid[:SIDE, :SIDE]
    for _ in range(2000):
        middle, angle = places[dice.integers(len(places))], dice.uniform(0, np.pi)
        along = (x - middle[1]) * np.cos(angle) + (y - middle[0]) * np.sin(angle)
        across = (y - middle[0]) * np.cos(angle) - (x - middle[1]) * np.sin(angle)
        width = 1.4 * np.sqrt(np.clip(1 - (along / 15) ** 2, 0, 1))
        drawn = np.where(width > 0, np.clip(width - np.abs(across) + 0.5, 0, 1), 0)
        if near[drawn > 0].all():
            return drawn
    raise AssertionError("no room for a line")


def picture_trial(before: np.ndarray, after: np.ndarray, mask: np.ndarray, where: str) -> Trial:
    """Return a new picture beside its parent, with one scratch."""
    facts = Facts("a", width_px=SIDE, height_px=SIDE)
    made = Instance.of_mask("scratch", mask, made=True)
    assert made is not None
    old = {"image": Image(before), "instances": Instances(()), "target": Label("good")}
    new = {**old, "image": Image(after), "instances": Instances((made,))}
    edit = Edit("s", "scratch.v1", {"label": "scratch", "where": where})
    return Trial(Example(facts, old), Example(facts, new, (edit,), ({},)))


def drawn_on(before: np.ndarray, near: np.ndarray, index: int, depth: float, where: str) -> Trial:
    """Return a picture with a darker line, marked where it changed something."""
    cover = line(index, near)
    after = np.clip(np.rint(before - 255 * depth * cover), 1, 255).astype(np.uint8)
    return picture_trial(before, after, after != before, where)


def invisible(index: int) -> Trial:
    """Return a scratch of 2 to 4 % on a rough surface."""
    depth = chance(index).uniform(0.02, 0.04)
    return drawn_on(rough(index), np.ones((SIDE, SIDE), bool), index, depth, "anywhere")


def outside(index: int) -> Trial:
    """Return a clear scratch on the ground beside the thing, where it was to lie on the thing."""
    picture, inside = thing(index)
    ground = gaussian_filter(inside.astype(float), 3) < 0.02
    return drawn_on(picture + np.uint8(40), ground, index, 0.12, "foreground")


def beside_its_mask(index: int) -> Trial:
    """Return a clear scratch whose mask lies 6 to 12 px off."""
    picture, inside = thing(index)
    one = drawn_on(picture, gaussian_filter(inside.astype(float), 4) > 0.98, index, 0.2, "anywhere")
    before, after = one.pictures
    shift = int(chance(index).integers(6, 13))
    return picture_trial(before, after, np.roll(after != before, shift, index % 2), "anywhere")


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (invisible, "defect_contrast"),
        (outside, "object_frac"),
        (beside_its_mask, "outside_frac"),
    ],
)
def test_faults_of_pictures(plant: Callable[[int], Trial], check: str) -> None:
    """Each fault is named by its check."""
    found = caught([plant(index) for index in range(N)], Image)
    assert found[check] >= LEAST, dict(found)


def test_good_scratches_pass() -> None:
    """The scratches of our own operator on the thing, deep enough to be seen, are let through."""
    plain = {"contrast_frac": 0.4, "width_px": 3.0, "length_frac": 0.4, "gaps_frac": 0.05}
    operator = Scratch(where=Constant("foreground"), **{n: Constant(v) for n, v in plain.items()})
    trials = []
    for index in range(N):
        picture, _ = thing(index)
        facts = Facts(f"p{index}", target="good", width_px=SIDE, height_px=SIDE)
        targets = {"image": Image(picture), "instances": Instances(()), "target": Label("good")}
        parent = Example(facts, targets)
        params = dict(operator.draw(facts, Stream(1).at(index)))
        child = apply(Scratch, parent, Edit("scratch", Scratch.name, params), {})
        trials.append(Trial(parent, child))
    found = caught(trials, Image)
    assert N - found[""] <= MOST_FALSE, dict(found)


def test_good_lines_pass() -> None:
    """So are plain lines of a tenth to a quarter of white, each on its thing."""
    trials = []
    for index in range(N):
        picture, inside = thing(index)
        near = gaussian_filter(inside.astype(float), 4) > 0.98
        depth = chance(index).uniform(0.12, 0.25)
        trials.append(drawn_on(picture, near, index, depth, "foreground"))
    found = caught(trials, Image)
    assert N - found[""] <= MOST_FALSE, dict(found)
