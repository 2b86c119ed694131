"""Bad files, bad operators, dying processes, full disks: each costs itself and says why."""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from project import RATE_HZ, RECIPE, make_project, noise_like, write_manifest
from speechlike import speechlike

from augmentor import api
from augmentor.core.operator import Edit
from augmentor.files.audio import read_sound, to_pcm16, wav_parts
from augmentor.jobs.batch import run_rows
from augmentor.jobs.local import crew, map_chunks
from augmentor.jobs.output import file_name
from augmentor.ledger.record import read_records
from augmentor.recipe.load import load_recipe
from augmentor.sources import sound as sounding

CLI = (sys.executable, "-c", "from augmentor.cli.main import entry; entry()")

SIMPLE = """\
augmentor: 1
name: simple
source: {manifest: data/train.jsonl, sample_rate: 16000}
banks: {vehicle: data/noise}
budget: BUDGET
categories:
  vehicle noise:
    steps:
      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [20, 0]}}
gate: {realism: {silence_frac: null, bandwidth_frac: null}, tries: 1}
"""


def augmentor(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [*CLI, *words], env=os.environ | environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def quarantined(folder: Path) -> dict[str, str]:
    """Return the reasons of a run by id."""
    rows = [json.loads(line) for line in (folder / "quarantine.jsonl").read_text().splitlines()]
    return {row["id"]: row["reason"] for row in rows}


def spoil(folder: Path) -> dict[str, str]:
    """Make 20 of the clips bad in ten ways; return a word of the reason by id."""
    wanted = {}
    good = (folder / "c0000.wav").read_bytes()
    for number in range(20):
        name = f"c{37 * number + 5:04d}"
        path = folder / f"{name}.wav"
        sound, _ = soundfile.read(path, dtype="float32")
        kind = number % 10
        if kind == 0:
            path.write_bytes(b"")
        elif kind == 1:
            path.write_bytes(path.read_bytes()[: len(good) // 2])
        elif kind == 2:
            path.write_text("Please find the recording attached.\n" * 50)
        elif kind == 3:
            sound[len(sound) // 2] = np.nan
            soundfile.write(path, sound, RATE_HZ, "FLOAT")
        elif kind == 4:
            soundfile.write(path, sound[:1], RATE_HZ)
        elif kind == 5:
            soundfile.write(path, np.stack([sound] * 8, axis=1), RATE_HZ)
        elif kind == 6:
            path.unlink()
        elif kind == 7:
            soundfile.write(path, sound, 8000)
        elif kind == 8:
            soundfile.write(path, 0 * sound, RATE_HZ)
        else:
            path.unlink()
            path.mkdir()
        wanted[name] = (
            "empty: the file has 0 bytes", "truncated", "not a sound file that can be read",
            "holds 1 samples that are not numbers", "too short: 1 samples",
            "8 channels, expected 1; mix it down", "missing: no such file",
            "8000 Hz, the recipe says 16000 Hz; resample it first", "silent: nothing to hear",
            "a folder, not a sound file",
        )[kind]  # fmt: skip
    return wanted


def test_20_bad_files_among_1000(tmp_path: Path) -> None:
    """980 sources done, 20 quarantined each with its reason, exit code 3, and it is said."""
    recipe = make_project(tmp_path, clips=1, recipe=SIMPLE.replace("BUDGET", "980"))
    long = speechlike(60, seed=1)
    rows = []
    for number in range(1000):
        start = int(number * 900 + 3)
        header, data = wav_parts(to_pcm16(long[start : start + 4000 + number]), RATE_HZ)
        (tmp_path / "data" / f"c{number:04d}.wav").write_bytes(header + bytes(data))
        rows.append({"id": f"c{number:04d}", "path": f"c{number:04d}.wav", "target": "x"})
    write_manifest(tmp_path / "data" / "train.jsonl", rows)
    wanted = spoil(tmp_path / "data")
    found = augmentor("run", str(recipe), "--workers", "2")
    assert found.returncode == 3, found.stderr
    assert "980 done, 0 rejected, 20 quarantined" in found.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"reasons: {folder / 'quarantine.jsonl'}" in found.stderr
    reasons = quarantined(folder)
    assert reasons.keys() == wanted.keys()
    for name, words in wanted.items():
        assert reasons[name].startswith(words), (name, reasons[name])
    records = read_records(folder)
    assert len(list((folder / "data").iterdir())) == len(records) == 980
    assert len({one.parent for one in records}) == 980
    assert json.loads((folder / "dataset.json").read_text())["counts"]["quarantined"] == 20
    again = augmentor("run", str(recipe), "--workers", "2", "--json")
    assert again.returncode == 3
    assert json.loads(again.stdout)["counts"] == {"done": 980, "rejected": 0, "quarantined": 20}


def test_files_that_turn_bad_after_planning(project: Path, tmp_path: Path) -> None:
    """A parent that is gone, cut or changed since the plan is quarantined with its reason."""
    planning = api.plan(project)
    data = project.parent / "data"
    (data / "p000.wav").unlink()
    (data / "p001.wav").write_bytes((data / "p001.wav").read_bytes()[:999])
    soundfile.write(data / "p002.wav", speechlike(1.3, seed=77), RATE_HZ)
    for workers in (0, 1):
        records = run_rows(
            planning.recipe, planning.plan.rows, tmp_path / f"r{workers}", workers=workers
        )
        for one in records:
            words = {
                "p000": "missing",
                "p001": "truncated",
                "p002": "changed since it was measured",
            }
            assert (one.state == "quarantined") == (one.parent in words)
            assert one.reason.startswith(words.get(one.parent, ""))
    assert Counter(one.state for one in records)["quarantined"] == 6


def test_a_change_behind_a_files_time_is_seen(project: Path, tmp_path: Path) -> None:
    """A parent of the same size and time of change, but another sound, is refused all the same.

    So it is for the plan that measured it, and for one that remembers the measures.
    """
    file = project.parent / "data" / "p002.wav"
    planning, before = api.plan(project), file.stat()
    soundfile.write(file, speechlike(len(read_sound(file)[0]) / RATE_HZ, seed=77), RATE_HZ)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    for number, found in enumerate((planning, api.plan(project))):
        rows = [row for row in found.plan.rows if row.source.facts.id in ("p001", "p002")]
        records = run_rows(found.recipe, rows, tmp_path / f"r{number}", workers=0)
        states = {(one.parent, one.state, one.reason) for one in records}
        assert states == {
            ("p001", "done", ""),
            ("p002", "quarantined", "changed since it was measured; start the run again"),
        }


def test_a_touched_parent_is_told_by_its_sound(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digests are taken of files that were touched, not of those that nobody touched."""
    planning = api.plan(project)
    rows = planning.plan.rows
    digested: list[int] = []
    real = sounding.digest_sound

    def counted(samples: np.ndarray, rate_hz: int) -> str:
        digested.append(len(samples))
        return real(samples, rate_hz)

    monkeypatch.setattr(sounding, "digest_sound", counted)
    records = run_rows(planning.recipe, rows, tmp_path / "r0", workers=0)
    assert not digested
    for row in rows:
        os.utime(row.source.path, (1, 1))
    again = run_rows(planning.recipe, rows, tmp_path / "r1", workers=0)
    assert len(digested) == len(rows)
    assert again == records
    assert {one.state for one in records} == {"done"}


HAZARD = '''
import os, signal
import numpy as np
from typing import ClassVar
from augmentor.core.distributions import Choice, Distribution
from augmentor.core.example import Label, Transcript, Waveform
from augmentor.core.operator import Operator, param

def happen(wave, *, how):
    if how == "raise":
        raise ZeroDivisionError("as an operator's author would")
    if how == "exit":
        os._exit(7)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    samples = wave.samples * np.float32(0.5)
    if how == "nan":
        samples[3] = np.nan
    if how == "empty":
        samples = samples[:0]
    if how == "shape":
        samples = np.stack([samples, samples])
    return wave.changed(samples), {"peak": np.float32(1) if how == "notes" else 1.0}

class Hazard(Operator):
    """Something that may go wrong."""
    name = "hazard.v1"
    kernels: ClassVar = {(Waveform,): happen}
    leaves = (Label, Transcript)
    how: Distribution = param(Choice(("fine",)), choices=(
        "fine", "raise", "exit", "kill", "nan", "empty", "shape", "notes"))
'''


@pytest.fixture
def hazards(tmp_path: Path) -> Path:
    """Return a folder with a third party's package of one dangerous operator."""
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "hazards.py").write_text(HAZARD)
    info = tmp_path / "third" / "hazards-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hazards\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[augmentor.operators]\nhazard = hazards:Hazard\n")
    return tmp_path / "third"


def test_an_operator_that_goes_wrong_costs_its_row(tmp_path: Path, hazards: Path) -> None:
    """Errors, strange results, exits and kills lose that row alone, each with its reason."""
    ways = ["fine"] * 9 + ["raise", "exit", "kill", "nan", "empty", "shape", "notes"]
    text = SIMPLE.replace("BUDGET", "64").replace(
        "mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [20, 0]}}",
        f"hazard: {{how: {{choice: [{', '.join(ways)}]}}}}",
    )
    gate = ", ".join(
        f"{name}: null"
        for name in (
            "peak",
            "clipped_run_s",
            "clipped_frac",
            "silence_frac",
            "bandwidth_frac",
            "same_as_parent",
        )
    )
    text = text.replace("silence_frac: null, bandwidth_frac: null", gate)
    recipe = make_project(tmp_path, clips=64, duration_s=0.5, recipe=text)
    found = augmentor("run", str(recipe), "--workers", "2", PYTHONPATH=str(hazards))
    assert found.returncode == 3, found.stderr
    assert "Traceback" not in found.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    records, reasons = read_records(folder), quarantined(folder)
    assert len(records) + len(reasons) == 64
    assert {one.edits[0]["params"]["how"] for one in records} == {"fine"}
    said = Counter(reason.partition(" ")[0] for reason in reasons.values())
    died = "the process that worked on it died (out of memory, or a crash in a decoder)"
    shapes = [reason for reason in reasons.values() if "of shape (2, " in reason]
    assert shapes
    assert set(reasons.values()).difference(shapes) == {
        died,
        "ZeroDivisionError while rendering: as an operator's author would",
        "the edits made samples that are not numbers (NaN or infinite)",
        "the edits made a sound of shape (0,), not [frames]",
        "TypeError while rendering: Object of type float32 is not JSON serializable",
    }
    assert said["ZeroDivisionError"] >= 1
    assert len(records) > 20


class Perilous:
    """Work on numbers; 3 kills its process, 5 raises a full disk."""

    def __call__(self, items: list[int]) -> list[str]:
        """Return a word a number."""
        for item in items:
            if item == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            if item == 5:
                raise OSError(28, "No space left on device")
        return [f"did {item}" for item in items]


def test_only_the_culprit_is_lost() -> None:
    """Of chunks that were in the works when a process died, all other items are done."""
    chunks = [(number, [10 * number + k for k in range(4)]) for number in range(6)]
    done = dict(map_chunks(Perilous(), chunks, 2, lambda item, why: f"lost {item}: {why[:11]}"))
    assert done.keys() == set(range(6))
    assert done[0] == ["did 0", "did 1", "did 2", "lost 3: the process"]
    assert all(done[n] == [f"did {10 * n + k}" for k in range(4)] for n in range(1, 6))


def test_no_worker_starts_while_another_dies() -> None:
    """All start with the first task: a pool that breaks waits for ever for one started later."""
    before = set(multiprocessing.active_children())
    done = iter(map_chunks(Perilous(), [(0, [1]), (1, [2])], 3, lambda item, _: f"lost {item}"))
    next(done)
    assert len(set(multiprocessing.active_children()) - before) == 3
    assert len(list(done)) == 1


def test_a_crew_stays_and_ends() -> None:
    """The workers of one job do the next; one that lost a worker is replaced."""
    chunks = [(number, [10 + number]) for number in range(4)]

    def work(first: int) -> list[int]:
        given = [*chunks, (4, [first])]
        done = dict(map_chunks(Perilous(), given, 2, lambda item, _: f"lost {item}"))
        assert done[4] == [f"lost {first}" if first == 3 else f"did {first}"]
        return sorted(one.pid or 0 for one in multiprocessing.active_children())

    with crew(2):
        assert work(1) == work(2) != work(3)
        assert work(1)
    deadline = time.monotonic() + 10
    while multiprocessing.active_children():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_full_disk_is_not_a_bad_item() -> None:
    """What is wrong with the machine stops the job; it is never blamed on an example."""
    with pytest.raises(OSError, match="No space left"):
        list(map_chunks(Perilous(), [(0, [1]), (1, [5])], 2, lambda item, _: f"lost {item}"))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_full_disk_stops_the_run(tmp_path: Path, workers: int) -> None:
    """Exit code 1, one line that says why, and no file that is only half there."""
    recipe = make_project(tmp_path, recipe=SIMPLE.replace("BUDGET", "60"))
    api.plan(recipe)  # packs the bank, measures the clips

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (41_000, resource.RLIM_INFINITY))

    found = subprocess.run(
        [*CLI, "run", str(recipe), "--workers", str(workers)], preexec_fn=small,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert found.returncode == 1
    assert "error: File too large" in found.stderr
    assert "Traceback" not in found.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert not (folder / "dataset.json").exists()
    for file in (folder / "data").iterdir():
        assert file.suffix == ".wav"
        read_sound(file)
    assert api.run(recipe, workers=0).counts["done"] == 60
    assert not list(folder.rglob("*.part"))


def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    """The whole group gets the signal, as from a terminal: one line, exit code 130, no trace."""
    # So many that it cannot be done before a busy machine gets round to the signal.
    text = RECIPE.replace("budget: 24", "budget: 1000")
    recipe = make_project(tmp_path, recipe=text)
    process = subprocess.Popen(
        [*CLI, "run", str(recipe), "--workers", "2"], start_new_session=True,
        # Whoever starts the tests in the background has told all of them to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(one.stat().st_size > 1 for one in tmp_path.glob("runs/*/finished.jsonl")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "stopped; a run goes on where it stopped when it is started again" in said
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
    (folder,) = (tmp_path / "runs").iterdir()
    assert not (folder / "dataset.json").exists()


NAMES = (
    "plain", "with space", "ünïcödé", "日本語", "🎙️", "quote'\"quote", "a/b/c", "../../up", "-rf",
    "x" * 500, "line\nfeed", "u\u2028v", "semi;colon,comma", "$(rm -rf)", "CON", ".", "a+b", "%s{}",
)  # fmt: skip


def test_ids_of_any_kind(tmp_path: Path) -> None:
    """Any text is an id: files stay in the run's folder, rows come back, examples replay."""
    recipe = make_project(tmp_path, clips=1, recipe=SIMPLE.replace("BUDGET", str(len(NAMES))))
    rows = []
    for number, name in enumerate(NAMES):
        path = f"nämé {number}'s.wav"
        soundfile.write(tmp_path / "data" / path, speechlike(0.5, seed=number), RATE_HZ)
        rows.append({"id": name, "path": path, "target": "x"})
    write_manifest(tmp_path / "data" / "train.jsonl", rows)
    found = api.run(recipe, workers=0)
    assert found.counts == {"done": len(NAMES), "rejected": 0, "quarantined": 0}
    records = read_records(found.folder)
    assert {one.parent for one in records} == set(NAMES)
    files = list((found.folder / "data").iterdir())
    assert len(files) == len(NAMES)
    assert all(len(file.name) < 120 and file.name.isascii() for file in files)
    lines = (found.folder / "metadata.jsonl").read_text("utf-8").split("\n")
    assert {json.loads(line)["parent"] for line in lines if line} == set(NAMES)
    assert all(api.replay(found.folder, one.id).agrees for one in records)


def test_file_names_are_safe_and_their_own() -> None:
    """Names differ wherever ids do, also by case, and never leave the folder or begin with '-'."""
    ids = [*NAMES, "PLAIN", "Plain", "日本", "", "x" * 501]
    names = [file_name(one, ".wav") for one in ids]
    assert len({name.lower() for name in names}) == len(ids)
    for name in names:
        folder, _, rest = name.partition("/")
        assert folder == "data"
        assert "/" not in rest
        assert rest[0] not in "-."


def test_everything_rejected_is_still_a_run(tmp_path: Path) -> None:
    """A run of which nothing passes leaves empty tables with all their columns."""
    text = SIMPLE.replace("BUDGET", "6").replace("silence_frac: null", 'peak: "<= 0.0001"')
    found = api.run(make_project(tmp_path, recipe=text), workers=0)
    assert found.counts == {"done": 0, "rejected": 6, "quarantined": 0}
    assert read_records(found.folder) == []
    assert (found.folder / "metadata.jsonl").read_bytes() == b""
    rejected = (found.folder / "rejected.jsonl").read_text().splitlines()
    assert all("peak is" in json.loads(line)["reason"] for line in rejected)
    import pyarrow.parquet as pq

    assert "edits" in pq.read_schema(found.folder / "manifest.parquet").names


def test_an_operator_that_is_gone_is_said(project: Path, tmp_path: Path) -> None:
    """A plan that names an operator the catalogue lacks quarantines its rows with the reason."""
    planning = api.plan(project)
    rows = planning.plan.rows[:2]
    object.__setattr__(rows[0], "edits", (Edit("x", "gone.v9", {}),))
    first, second = run_rows(load_recipe(project), rows, tmp_path / "r", workers=0)
    assert first.state == "quarantined"
    assert first.reason == "operator 'gone.v9' is not in the catalogue any more"
    assert second.state == "done"


def test_bad_recordings_of_a_bank_are_quarantined(project: Path) -> None:
    """A bank's unusable recording is in the run's list, and the exit code is 3."""
    (project.parent / "data" / "noise" / "bad.wav").write_text("no sound")
    soundfile.write(project.parent / "data" / "noise" / "x.wav", noise_like(0.01, 1), RATE_HZ)
    found = api.run(project, workers=0)
    assert found.exit_code == 3
    reasons = quarantined(found.folder)
    assert reasons["bad.wav"].startswith("not a sound file")
    assert reasons["x.wav"].startswith("too short")
