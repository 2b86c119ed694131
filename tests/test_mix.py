"""Noise is as loud as was asked, by a meter that shares no line with ours."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from project import RATE_HZ, noise_like, write_manifest
from scipy.signal import lfilter
from speechlike import speechlike

from augmentor.core.assets import Tape
from augmentor.core.distributions import Choice, Pick
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Waveform
from augmentor.core.stream import Stream
from augmentor.files.audio import to_pcm16
from augmentor.kernels.level import active_level_db
from augmentor.kernels.mix import CEILING, MAX_GAIN, add_at_snr, add_babble
from augmentor.operators.mix_babble import MixBabble
from augmentor.sources.bank import Bank
from augmentor.sources.pack import index
from augmentor.sources.sound import digest_sound


def active_level(samples: NDArray[np.float64], rate_hz: int) -> float:
    """Measure speech by ITU-T P.56 method B, sample by sample, as its text says."""
    peak = np.abs(samples).max()
    sound = np.concatenate([samples / peak, np.zeros(rate_hz // 2)])
    keep = math.exp(-1 / (0.03 * rate_hz))
    envelope = lfilter([1 - keep], [1, -keep], lfilter([1 - keep], [1, -keep], np.abs(sound)))
    hangover = round(0.2 * rate_hz)
    times = np.arange(len(sound))
    power, before = float((sound**2).sum()), None
    for bit in range(15, 0, -1):
        threshold = 2.0**-bit
        last = np.maximum.accumulate(np.where(envelope >= threshold, times, -hangover - 1))
        count = int((times - last <= hangover).sum())
        if not count:
            break
        level = 10 * math.log10(power / count)
        margin = level - 20 * math.log10(threshold)
        if margin <= 15.9:
            if before is not None:
                share = (before[1] - 15.9) / (before[1] - margin)
                level = before[0] + share * (level - before[0])
            return level + 20 * math.log10(peak)
        before = level, margin
    assert before is not None
    return before[0] + 20 * math.log10(peak)


def level_db(samples: NDArray[np.float64]) -> float:
    """Return the plain level, dB re full scale."""
    return 10 * math.log10(float((samples**2).mean()))


def stored_noise(parent: NDArray[np.float32], mixed: Waveform, notes: dict) -> NDArray[np.float64]:
    """Return what a run's file has more than its parent, the headroom undone."""
    stored = to_pcm16(mixed.samples).astype(np.float64) / 32768
    return stored / 10 ** (notes["headroom_db"] / 20) - parent


def tape(samples: NDArray[np.int16], start: int) -> Tape:
    """Return a tape as a bank makes it."""
    return Tape(samples, start, RATE_HZ, *index(samples))


def pcm_speech(duration_s: float, seed: int, peak: float) -> NDArray[np.float32]:
    """Return speech as it comes from a file."""
    return to_pcm16(speechlike(duration_s, RATE_HZ, seed, peak)).astype(np.float32) / 32768


@pytest.fixture
def noises(tmp_path: Path) -> Bank:
    """Return a bank of loud, soft, long and short noises, one with a pause."""
    folder = tmp_path / "noises"
    folder.mkdir()
    for number, (length_s, loud) in enumerate([(3, 1), (2, 0.05), (0.4, 0.7), (0.15, 1), (5, 2)]):
        sound = loud * noise_like(length_s, seed=number, colour=number % 3)
        soundfile.write(folder / f"n{number}.wav", sound, RATE_HZ)
    pause = np.concatenate([noise_like(1, 8), np.zeros(RATE_HZ, np.float32), noise_like(1, 9)])
    soundfile.write(folder / "pause.wav", pause, RATE_HZ)
    return Bank("noises", folder, RATE_HZ, tmp_path / "banks")


def test_reached_snr_is_the_asked_one(noises: Bank) -> None:
    """Over 200 triples the SNR of the stored file is within 0.1 dB of the asked one."""
    chance = np.random.Generator(np.random.Philox(1))
    misses, turned_down = [], 0
    for number in range(200):
        parent = pcm_speech(chance.uniform(0.8, 2.2), number, 10 ** chance.uniform(-1.2, 0))
        asked_db = chance.uniform(-10, 30)
        noise = noises.load(noises.at(chance.uniform()))
        mixed, notes = add_at_snr(Waveform(parent, RATE_HZ), noise=noise, snr_db=asked_db)
        added = stored_noise(parent, mixed, notes)
        reached_db = active_level(parent.astype(float), RATE_HZ) - level_db(added)
        misses.append(abs(reached_db - asked_db))
        turned_down += notes["headroom_db"] < 0
        assert notes["snr_db"] == pytest.approx(asked_db, abs=2e-4)
        assert np.abs(mixed.samples).max() <= CEILING + 1e-7
    assert max(misses) <= 0.1
    assert turned_down > 10  # so that the headroom was tried, too


def test_padding_and_gain_do_not_move_the_noise(noises: Bank) -> None:
    """Silence around an utterance, or its loudness, moves the noise by less than 0.1 dB."""
    for number in range(12):
        parent = pcm_speech(1.5, number, 0.4)
        around = np.zeros(2 * RATE_HZ, np.float32)
        found = []
        for sound, gain_db in (
            (parent, 0.0),
            (np.concatenate([around, parent, around]), 0.0),
            (parent * np.float32(0.25), 20 * math.log10(0.25)),
            (parent * np.float32(2), 20 * math.log10(2)),
        ):
            noise = noises.load(noises.at(number / 12))
            mixed, notes = add_at_snr(Waveform(sound, RATE_HZ), noise=noise, snr_db=5)
            found.append(level_db(stored_noise(sound, mixed, notes)) - gain_db)
        assert max(found) - min(found) < 0.1


def test_a_known_level_and_peak_change_no_byte(noises: Bank) -> None:
    """What was measured once and kept makes the same sound as measuring now."""
    for peak, snr_db in ((0.2, 10), (0.9, -5)):
        parent = pcm_speech(1.0, 3, peak)
        noise = noises.load(noises.at(0.3))
        fresh, notes = add_at_snr(Waveform(parent, RATE_HZ), noise=noise, snr_db=snr_db)
        known = Waveform(
            parent, RATE_HZ, active_level_db(parent, RATE_HZ), float(np.abs(parent).max())
        )
        kept, again = add_at_snr(known, noise=noise, snr_db=snr_db)
        assert np.array_equal(kept.samples, fresh.samples)
        assert notes == again
        assert (notes["headroom_db"] < 0) == (snr_db < 0)


def test_headroom_is_recorded(noises: Bank) -> None:
    """Where the sum would clip the whole is turned down, and the notes say by how much."""
    parent = pcm_speech(1.0, 4, 0.99)
    mixed, notes = add_at_snr(
        Waveform(parent, RATE_HZ), noise=noises.load(noises.at(0.01)), snr_db=-10
    )
    assert notes["headroom_db"] < -1
    assert np.abs(mixed.samples).max() == pytest.approx(float(CEILING), abs=1e-6)
    assert np.abs(to_pcm16(mixed.samples).astype(int)).max() == 32767
    before = Waveform(parent, RATE_HZ, active_level(parent.astype(float), RATE_HZ))
    shifted, _ = add_at_snr(before, noise=noises.load(noises.at(0.01)), snr_db=-10)
    assert shifted.active_level_db == pytest.approx(
        before.active_level_db + notes["headroom_db"], abs=1e-3
    )


def test_noise_that_cannot_be_raised_says_so() -> None:
    """Noise is raised by 40 dB at most; the notes then hold the SNR that was reached."""
    parent = pcm_speech(0.5, 5, 1.0)
    soft = np.ones(4000, np.int16)
    soft[::2] = -1
    _, notes = add_at_snr(Waveform(parent, RATE_HZ), noise=tape(soft, 0), snr_db=-20)
    reached = active_level(parent.astype(float), RATE_HZ) - 20 * math.log10(MAX_GAIN / 32768)
    assert notes["snr_db"] == pytest.approx(reached, abs=0.02)
    assert notes["snr_db"] > -20


def test_silence_has_no_ratio() -> None:
    """Silent speech is refused with the reason; silent noise changes nothing and says None."""
    noise = tape(np.zeros(2000, np.int16), 0)
    silent = Waveform(np.zeros(1000, np.float32), RATE_HZ)
    with pytest.raises(BadSourceError, match="silent"):
        add_at_snr(silent, noise=noise, snr_db=0)
    parent = Waveform(pcm_speech(0.5, 6, 0.5), RATE_HZ)
    same, notes = add_at_snr(parent, noise=noise, snr_db=0)
    assert same is parent
    assert notes["snr_db"] is None


def test_babble_reaches_its_snr(noises: Bank) -> None:
    """All talkers together have the asked ratio, and each is as loud as the others."""
    for number in range(20):
        parent = pcm_speech(1.0, number, 0.5)
        talkers = [noises.load(noises.at((number + k / 7) / 21)) for k in range(2 + number % 6)]
        asked_db = float(number - 5)
        mixed, notes = add_babble(
            Waveform(parent, RATE_HZ), talkers=talkers, count=len(talkers), snr_db=asked_db
        )
        added = stored_noise(parent, mixed, notes)
        reached_db = active_level(parent.astype(float), RATE_HZ) - level_db(added)
        assert reached_db == pytest.approx(asked_db, abs=0.1)
    with pytest.raises(ValueError, match="3 talkers asked for, 1 given"):
        add_babble(Waveform(parent, RATE_HZ), talkers=talkers[:1], count=3, snr_db=0)


@pytest.fixture
def talkers(tmp_path: Path) -> Bank:
    """Return a bank of 24 clips of 6 speakers in 8 groups."""
    rows = []
    for number in range(24):
        soundfile.write(tmp_path / f"t{number}.wav", speechlike(0.5, seed=number), RATE_HZ)
        rows.append(
            {"id": f"t{number}", "path": f"t{number}.wav", "speaker": f"s{number % 6}",
             "group": f"g{number % 8}"}
        )  # fmt: skip
    write_manifest(tmp_path / "talkers.jsonl", rows)
    return Bank("talkers", tmp_path / "talkers.jsonl", RATE_HZ, tmp_path / "banks")


def drawn(bank: Bank, facts: Facts, copies: int = 40) -> set[str]:
    """Return the ids of all talkers drawn for an example."""
    operator = MixBabble(talkers=Pick("talkers", bank), count=Choice((4,)))
    stream = Stream(7)
    edits = [operator.draw(facts, stream.at(facts.id, copy)) for copy in range(copies)]
    return {ref["id"] for edit in edits for ref in edit["talkers"]}


def test_babble_never_takes_the_parents_own_voice(talkers: Bank) -> None:
    """No talker is the parent's own clip, of its speaker, or of its group."""
    for number in range(6):
        used = drawn(talkers, Facts(f"t{number}", speaker=f"s{number}", group=f"g{number}"))
        numbers = {int(name[1:]) for name in used}
        assert number not in numbers
        assert not {one for one in numbers if one % 6 == number or one % 8 == number}
        assert len(numbers) > 10
    assert len(drawn(talkers, Facts("elsewhere"))) == 24  # nothing known, nobody excluded


def test_babble_knows_the_parents_clip_under_another_name(talkers: Bank) -> None:
    """The same sound under another id is still the parent's own clip."""
    samples, rate_hz = soundfile.read(talkers.path.parent / "t5.wav", dtype="float32")
    facts = Facts("another name", digest=digest_sound(samples, rate_hz))
    used = drawn(talkers, facts, copies=100)
    assert "t5" not in used
    assert len(used) == 23


def test_babble_of_nobody_else_is_refused(talkers: Bank) -> None:
    """A bank of one speaker gives no babble for that speaker, and the message names them."""
    manifest = talkers.path.with_name("solo.jsonl")
    write_manifest(manifest, [{"id": "t1", "path": "t1.wav", "speaker": "solo"}])
    bank = Bank("solo", manifest, RATE_HZ, talkers.cache)
    with pytest.raises(BadSourceError, match=r"bank 'solo' has hardly any talker.*'solo'"):
        drawn(bank, Facts("me", speaker="solo"), 1)


def test_nobody_talks_twice(talkers: Bank) -> None:
    """The recordings of one babble differ, and so do its speakers while there are others."""
    facts = Facts("t0", speaker="s0", group="g0")
    for count in (5, 8):
        operator = MixBabble(talkers=Pick("talkers", talkers), count=Choice((count,)))
        for copy in range(60):
            ids = [ref["id"] for ref in operator.draw(facts, Stream(7).at(copy))["talkers"]]
            assert len(set(ids)) == count
            assert len({int(name[1:]) % 6 for name in ids}) == 5, "all but the parent's own"


def test_a_talker_more_moves_no_other(talkers: Bank) -> None:
    """Talkers are named by their place: a larger count keeps those of a smaller one."""
    small, large = (
        MixBabble(talkers=Pick("talkers", talkers), count=Choice((count,))).draw(
            Facts("me"), Stream(3)
        )["talkers"]
        for count in (3, 9)
    )
    assert large[:3] == small


def test_too_few_recordings_are_told(talkers: Bank) -> None:
    """A bank of two recordings, whoever talks in them, gives no babble of three."""
    manifest = talkers.path.with_name("two.jsonl")
    write_manifest(manifest, [{"id": f"t{n}", "path": f"t{n}.wav"} for n in (1, 2)])
    bank = Bank("two", manifest, RATE_HZ, talkers.cache)
    operator = MixBabble(talkers=Pick("two", bank), count=Choice((2, 3)))
    said = r"bank 'two' has hardly more than 2 recordings of others than 'me'; 3 talkers"
    told = 0
    for copy in range(20):
        try:
            drawn = operator.draw(Facts("me"), Stream(1).at(copy))
        except BadSourceError as error:
            assert re.search(said, str(error))  # noqa: PT017 - the others are drawn
            told += 1
        else:
            assert {ref["id"] for ref in drawn["talkers"]} == {"t1", "t2"}
    assert 0 < told < 20


samples_of = st.integers(0, 2**32 - 1).map(
    lambda seed: (
        np.random.Generator(np.random.Philox(seed))
        .integers(-32768, 32768, 3 + seed % 3000)
        .astype(np.int16)
    )
)


@given(samples=samples_of, start=st.integers(0, 10**6), frames=st.integers(1, 9000))
def test_square_sums_are_exact_and_peaks_are_bounds(
    samples: NDArray[np.int16], start: int, frames: int
) -> None:
    """For any start, length and number of rounds the index says what the samples say."""
    noise = tape(samples, start % len(samples))
    taken = noise.take(frames).astype(np.int64)
    assert len(taken) == frames
    rounds = np.resize(np.roll(samples, -noise.start), frames)
    assert np.array_equal(taken, rounds)
    assert noise.square_sum(frames) == int((taken * taken).sum())
    assert noise.peak_bound(frames) >= int(np.abs(taken).max())
