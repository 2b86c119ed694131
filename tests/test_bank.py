"""A bank plays sound and never silence, evenly, whatever file or program it came from."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from numpy.typing import NDArray
from project import RATE_HZ, noise_like, write_manifest
from scipy.stats import chisquare

from augmentor.cli.bank import command
from augmentor.core.errors import UsageError
from augmentor.core.stream import Stream
from augmentor.sources.bank import Bank
from augmentor.sources.manifest import read_sources
from augmentor.sources.pack import audible_spans, loop, pack, splice


def save(path: Path, sound: NDArray[np.float32], rate_hz: int = RATE_HZ) -> None:
    """Write a sound, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate_hz)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three noises of 3, 1 and 0.3 s."""
    for number, length_s in enumerate((3, 1, 0.3)):
        save(tmp_path / "noise" / f"n{number}.wav", noise_like(length_s, number))
    return tmp_path / "noise"


@pytest.fixture
def bank(folder: Path) -> Bank:
    """Return the bank of that folder."""
    return Bank("noise", folder, RATE_HZ, folder.parent / "banks")


def sine(hz: float, duration_s: float, rate_hz: int) -> NDArray[np.float32]:
    """Return a tone at half of full scale."""
    time = np.arange(round(duration_s * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * hz * time)).astype(np.float32)


@pytest.mark.parametrize("still", [0.0, 1e-5])
def test_silent_spans_are_not_in_a_tape(tmp_path: Path, still: float) -> None:
    """Of 3 s noise, 5 s silence, 3 s noise only the 6 s remain, and no quiet 20 ms in them."""
    hush = still * np.random.Generator(np.random.Philox(5)).standard_normal(5 * RATE_HZ)
    parts = noise_like(3, 1), hush.astype(np.float32), noise_like(3, 2)
    save(tmp_path / "noise" / "gap.wav", np.concatenate(parts))
    bank = Bank("noise", tmp_path / "noise", RATE_HZ, tmp_path)
    assert bank.lengths_s["gap.wav"] == pytest.approx(6, abs=0.15)
    whole = bank.load(bank.at(0.5)).take(bank.index.frames).astype(float)
    frames = whole[: len(whole) // 320 * 320].reshape(-1, 320)
    level_db = 10 * np.log10((frames**2).mean(axis=1) + 1e-9)
    assert level_db.min() > np.median(level_db) - 15


def test_short_pauses_belong_to_the_sound(tmp_path: Path) -> None:
    """A sound that comes and goes within 0.3 s, like footsteps, is left as it is."""
    steps = noise_like(3, 1)
    steps.reshape(-1, 4000)[1::2] = 0  # a quarter of a second on, a quarter off
    assert len(audible_spans(steps, RATE_HZ)) == 1


def test_starts_are_even_over_the_audible_seconds(bank: Bank) -> None:
    """Every audible second is as likely to be where a noise starts, whatever its recording."""
    stream = Stream(3)
    refs = [bank.at(stream.at("draw", n).unit()) for n in range(6000)]
    lengths = bank.lengths_s
    begin = dict(zip(lengths, np.cumsum([0, *lengths.values()]), strict=False))
    places = [begin[ref["id"]] + ref["start_s"] for ref in refs]
    counts, _ = np.histogram(places, bins=30, range=(0, sum(lengths.values())))
    assert chisquare(counts).pvalue > 0.01
    assert {ref["bank"] for ref in refs} == {"noise"}
    assert len({(ref["id"], ref["start_s"]) for ref in refs}) > 5700


def test_ends_of_the_unit_interval_are_drawn(bank: Bank) -> None:
    """The smallest and the largest number that chance can give both name a recording."""
    first, last = bank.at(2.0**-53), bank.at(1 - 2.0**-53)
    assert (first["id"], first["start_s"]) == ("n0.wav", 0.0)
    assert last["id"] == "n2.wav"
    assert last["start_s"] < bank.lengths_s["n2.wav"]
    assert len(bank.load(last).take(5)) == 5


@pytest.mark.parametrize("length_s", [0.2, 0.5, 1.7])
def test_short_noises_loop_without_a_click(tmp_path: Path, length_s: float) -> None:
    """Where a loop closes, a sample jumps no further than elsewhere in that noise."""
    for seed in range(5):
        save(tmp_path / "noise" / f"{seed}.wav", noise_like(length_s, seed, colour=2.5))
    bank = Bank("noise", tmp_path / "noise", RATE_HZ, tmp_path)
    for row in bank.index.rows:
        tape = bank.load({"id": row["id"], "digest": row["digest"], "start_s": 0.0})
        twice = tape.take(2 * row["frames"]).astype(int)
        jumps = np.abs(np.diff(twice))
        joint = row["frames"] - 1
        assert jumps[joint] <= np.delete(jumps, joint).max()
        assert np.array_equal(twice[: row["frames"]], twice[row["frames"] :])


def test_joints_keep_the_level() -> None:
    """Spans are joined, and loops closed, at equal power: no dip and no bump."""
    sound = noise_like(4, 3, colour=0)
    joined = splice(sound, [(0, 20000), (40000, 64000)], RATE_HZ)
    assert len(joined) == 44000 - 320
    closed = loop(sound, RATE_HZ)
    assert len(closed) == len(sound) - 800
    for place, made in ((19840, joined), (400, closed)):
        here = (made[place - 150 : place + 150] ** 2).mean()
        assert 0.7 < here / (sound**2).mean() < 1.4
    assert np.array_equal(loop(sound[:3], RATE_HZ), sound[:3])


def test_other_rates_and_channels(tmp_path: Path) -> None:
    """A stereo recording at 44.1 kHz is mixed down and resampled: same tone, half the level."""
    tone = sine(1000, 2.0, 44100)
    save(tmp_path / "noise" / "tone.wav", np.stack([tone, np.zeros_like(tone)], 1), 44100)
    bank = Bank("noise", tmp_path / "noise", RATE_HZ, tmp_path)
    tape = bank.load(bank.at(0.25)).take(RATE_HZ).astype(float) / 32768
    spectrum = np.abs(np.fft.rfft(tape * np.hanning(RATE_HZ)))
    assert int(spectrum.argmax()) == 1000
    assert np.sqrt((tape**2).mean()) == pytest.approx(0.25 / np.sqrt(2), rel=0.02)
    assert bank.lengths_s["tone.wav"] == pytest.approx(2, abs=0.06)
    assert bank.index.rows[0]["from_hz"] == 44100


def test_unusable_recordings_are_listed(folder: Path, bank: Bank) -> None:
    """What cannot be packed is left out and said, each with its reason."""
    (folder / "a-empty.wav").write_bytes(b"")
    (folder / "b-text.wav").write_text("this is no sound")
    save(folder / "c-silent.wav", np.zeros(RATE_HZ, np.float32))
    save(folder / "d-blip.wav", noise_like(0.05, 1))
    data = (folder / "n0.wav").read_bytes()
    (folder / "e-cut.wav").write_bytes(data[: len(data) // 2])
    soundfile.write(folder / "f-nan.wav", np.full(9999, np.nan, np.float32), RATE_HZ, "FLOAT")
    assert [one["id"][2:] for one in bank.unusable] == [
        "empty.wav", "text.wav", "silent.wav", "blip.wav", "cut.wav", "nan.wav",
    ]  # fmt: skip
    words = ["0 bytes", "not a sound file", "silent", "too short", "truncated", "not numbers"]
    for one, word in zip(bank.unusable, words, strict=True):
        assert word in one["reason"]
    assert len(bank) == 3


def test_a_bank_without_any_sound_names_itself(tmp_path: Path) -> None:
    """An empty bank, or one of bad files, is an error with the user's own words for it."""
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match=r"bank 'hum' \(.*none\) holds no recording"):
        _ = Bank("hum", tmp_path / "none", RATE_HZ, tmp_path).index
    (tmp_path / "none" / "x.wav").write_bytes(b"")
    with pytest.raises(UsageError, match=r"x\.wav: empty: the file has 0 bytes"):
        _ = Bank("hum", tmp_path / "none", RATE_HZ, tmp_path).index


def test_packed_file_is_the_folder(folder: Path, bank: Bank) -> None:
    """``augmentor bank`` makes a file that draws and plays as the folder does."""
    file = folder.parent / "n.bank"
    found = CliRunner().invoke(command, [str(folder), "-o", str(file)], standalone_mode=False)
    assert found.return_value == 0
    assert f"3 recordings, {sum(bank.lengths_s.values()):.1f} s" in found.output
    packed = Bank("noise", file, RATE_HZ, folder.parent / "unused")
    assert packed.digest == bank.digest
    for unit in np.linspace(0.001, 0.999, 50):
        ref = bank.at(float(unit))
        assert packed.at(float(unit)) == ref
        assert np.array_equal(packed.load(ref).take(9000), bank.load(ref).take(9000))
    assert not (folder.parent / "unused").exists()


def test_bank_verb_lists_what_it_left_out(folder: Path) -> None:
    """The verb's exit code is 3 where a recording could not be used, and says which."""
    (folder / "bad.wav").write_text("no")
    arguments = [str(folder), "-o", str(folder.parent / "n.bank")]
    found = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert found.return_value == 3
    assert "unusable: bad.wav: not a sound file" in found.output


def test_packed_file_of_another_rate_is_refused(folder: Path) -> None:
    """The message says both rates and what to do."""
    file = folder.parent / "n.bank"
    pack(read_sources(folder), file, 8000)
    with pytest.raises(UsageError) as caught:
        _ = Bank("noise", file, RATE_HZ, folder).index
    assert f"bank 'noise' ({file}) is packed at 8000 Hz" in str(caught.value)
    assert "the recipe says 16000 Hz; pack it again" in str(caught.value)


@pytest.mark.parametrize("left", [30, 500, 0.5, 0.999])
def test_packed_file_that_is_cut_off_is_refused(folder: Path, left: float) -> None:
    """A packed file that was not copied whole is said to be so, never mapped."""
    file = folder.parent / "n.bank"
    pack(read_sources(folder), file, RATE_HZ)
    data = file.read_bytes()
    file.write_bytes(data[: int(left if left > 1 else left * len(data))])
    with pytest.raises(UsageError, match="damaged or cut off"):
        _ = Bank("noise", file, RATE_HZ, folder).index


def test_packed_file_of_another_version_is_refused(folder: Path) -> None:
    """A file of an older augmentor is not read as if it were of this one."""
    file = folder.parent / "n.bank"
    pack(read_sources(folder), file, RATE_HZ)
    file.write_bytes(file.read_bytes().replace(b'"version": 3', b'"version": 2'))
    with pytest.raises(UsageError, match="another version of augmentor; pack it again"):
        _ = Bank("noise", file, RATE_HZ, folder).index


def test_damaged_cache_is_made_again(bank: Bank) -> None:
    """A packed file in the cache that lost its end is packed again without a word."""
    file = bank.packed()
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    assert len(bank) == 3
    assert file.read_bytes() == whole


def test_licence_speaker_and_group_are_kept(folder: Path) -> None:
    """What a manifest says of a recording stays with it in the packed file."""
    rows = [{"id": "hum", "path": "n0.wav", "license": "CC0", "speaker": "s", "group": "g"}]
    write_manifest(folder / "m.jsonl", rows)
    header = pack(read_sources(folder / "m.jsonl"), folder / "m.bank", RATE_HZ)
    row = header["recordings"][0]
    assert (row["licence"], row["speaker"], row["group"]) == ("CC0", "s", "g")
    write_manifest(folder / "m.jsonl", [rows[0] | {"license": "CC-BY"}])
    again = Bank("m", folder / "m.jsonl", RATE_HZ, folder)
    assert again.index.rows[0]["licence"] == "CC-BY"


def fresh(bank: Bank) -> Bank:
    """Return the same bank, not opened yet."""
    return Bank(bank.name, bank.path, bank.rate_hz, bank.cache)


def test_digest_follows_the_sound_and_nothing_else(folder: Path, bank: Bank) -> None:
    """Another time of change is the same bank; another sample is another."""
    before = bank.digest
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    assert fresh(bank).digest == before
    save(folder / "n1.wav", noise_like(1, 77))
    assert fresh(bank).digest != before


def test_folders_that_look_alike_are_told_apart(folder: Path, bank: Bank) -> None:
    """Files of the same name, size and time in another folder are another bank."""
    other = folder.parent / "other"
    for number, length_s in enumerate((3, 1, 0.3)):
        save(other / f"n{number}.wav", noise_like(length_s, 50 + number))
    for file in (*folder.iterdir(), *other.iterdir()):
        os.utime(file, (1, 1))
    assert Bank("noise", other, RATE_HZ, bank.cache).digest != bank.digest


def test_cache_is_used_again(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was packed once is not decoded again."""
    _ = bank.index

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("augmentor.sources.bank.pack", never)
    assert fresh(bank).digest == bank.digest


def test_workers_map_the_file_that_was_drawn_from(bank: Bank) -> None:
    """A bank sent to a worker stays what it was, though its folder has changed meanwhile."""
    state = bank.index and bank.__getstate__()
    save(bank.path / "n0.wav", noise_like(2, 99))
    worker = Bank.__new__(Bank)
    worker.__setstate__(state)
    assert worker.digest == bank.digest


def test_two_processes_pack_at_once(folder: Path, bank: Bank) -> None:
    """Each ends with a whole file, and nothing half-written stays behind."""
    for number in range(12):
        shutil.copy(folder / "n0.wav", folder / f"more{number}.wav")
    code = (
        "import sys, json; from pathlib import Path; from augmentor.sources.bank import Bank;"
        "b = Bank('noise', Path(sys.argv[1]), 16000, Path(sys.argv[2]));"
        "print(json.dumps([b.digest, int(b.load(b.at(0.4)).square_sum(99999))]))"
    )
    arguments = [sys.executable, "-c", code, str(folder), str(bank.cache)]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE) for _ in range(2)]
    said = [json.loads(one.communicate(timeout=60)[0]) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert said[0] == said[1]
    assert [one.suffix for one in bank.cache.iterdir()] == [".bank"]


def test_a_reference_to_what_is_gone_is_refused(bank: Bank) -> None:
    """A recording that is not there, or not the same any more, is never played."""
    ref = bank.at(0.1)
    with pytest.raises(UsageError, match="has no recording 'gone'"):
        bank.load(ref | {"id": "gone"})
    with pytest.raises(UsageError, match="is not what it was"):
        bank.load(ref | {"digest": "0" * 32})
