"""A run is the same bytes, whatever the workers, and however often it was killed."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from project import RATE_HZ, RECIPE, make_project, noise_like, write_manifest
from speechlike import speechlike

from augmentor import api
from augmentor.core.errors import AugmentorError, UsageError
from augmentor.datasets.online import AugmentedDataset
from augmentor.files.atomic import alone
from augmentor.files.audio import read_sound
from augmentor.ledger.record import read_records

CLI = (sys.executable, "-c", "from augmentor.cli.main import entry; entry()")
ROWS = 192


def start(recipe: Path, output: Path, workers: int, cache: Path) -> subprocess.Popen[str]:
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [*CLI, "run", str(recipe), "-o", str(output), "--workers", str(workers)],
        env=os.environ | {"AUGMENTOR_CACHE": str(cache), "STARTED_FOR": str(output)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def content(folder: Path) -> dict[str, bytes]:
    """Return all that must be the same: data, metadata, manifest, and what was not made."""
    files = [*(folder / "data").iterdir(), *folder.glob("*.jsonl"), folder / "manifest.parquet"]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@dataclass(frozen=True)
class Big:
    """A project that takes some seconds, and the folder that workers=0 made of it."""

    recipe: Path
    cache: Path
    made: Path

    def run_of(self, output: Path) -> Path:
        """Return the run's folder below an output folder."""
        return output / self.made.name

    def run(self, output: Path, workers: int) -> Path:
        """Run it, with the cache it was made with; return the run's folder."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUGMENTOR_CACHE", str(self.cache))
            return api.run(self.recipe, output=output, workers=workers).folder


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Big:
    """Return the project, run once without workers."""
    folder, cache = tmp_path_factory.mktemp("big"), tmp_path_factory.mktemp("cache")
    recipe = make_project(folder, recipe=RECIPE.replace("budget: 24", f"budget: {ROWS}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(cache))
        made = api.run(recipe, workers=0)
    assert made.counts["done"] > 0.9 * ROWS
    assert made.exit_code == 0
    return Big(recipe, cache, made.folder)


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_no_byte(big: Big, tmp_path: Path, workers: int) -> None:
    """Runs with 0, 1 and 2 workers leave the same files."""
    folder = big.run(tmp_path, workers)
    assert content(folder) == content(big.made)
    assert not (folder / "finished.jsonl").exists()
    assert not list(folder.rglob("*.part"))


def finished_rows(folder: Path) -> list[bytes]:
    """Return the lines of the record of finished rows; none where there is no record."""
    try:
        return [one for one in (folder / "finished.jsonl").read_bytes().split(b"\n") if one]
    except FileNotFoundError:
        return []


def kill_half_way(big: Big, output: Path, rows: int) -> Path:
    """Start a run and kill it without warning as soon as it has finished some rows more."""
    folder = big.run_of(output)
    before = len(finished_rows(folder))
    process = start(big.recipe, output, 2, big.cache)
    deadline = time.monotonic() + 60
    while len(finished_rows(folder)) < before + rows:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stderr.close()
    assert not (folder / "dataset.json").exists()
    return folder


def left_behind(output: Path) -> list[str]:
    """Return the processes that `start` brought about for an output folder and that still live."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            mine = f"STARTED_FOR={output}\0".encode() in place.read_bytes()
            status = place.with_name("stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mine and status != "Z":
            found.append(place.parent.name)
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_run_goes_on(big: Big, tmp_path: Path) -> None:
    """Killed twice, its files damaged and deleted meanwhile, the end is the same bytes."""
    folder = kill_half_way(big, tmp_path, 48)
    deadline = time.monotonic() + 10
    while left_behind(tmp_path):  # the workers notice and stop
        assert time.monotonic() < deadline
        time.sleep(0.05)
    record = folder / "finished.jsonl"
    done = [json.loads(line)["file_name"] for line in finished_rows(folder)[:-1]]
    # One file damaged, one deleted, one line cut off, one half-written file, one of nobody.
    damaged, deleted, *whole = filter(None, done)
    (folder / damaged).write_bytes(b"RIFF")
    (folder / deleted).unlink()
    record.write_bytes(record.read_bytes()[:-100])
    kept = {name: (folder / name).stat().st_mtime_ns for name in whole}
    (folder / "data" / "x.wav.123.part").write_bytes(b"half")
    (folder / "data" / "nobody.wav").write_bytes(b"nobody")
    (folder / "metadata.jsonl.123.part").write_bytes(b"half")
    kill_half_way(big, tmp_path, 64)
    assert {name: (folder / name).stat().st_mtime_ns for name in whole} == kept
    assert big.run(tmp_path, 1) == folder
    assert content(folder) == content(big.made)
    assert not list(folder.rglob("*.part"))


def test_a_finished_run_does_nothing_again(big: Big) -> None:
    """Started again it says so at once, and touches no file."""
    before = {file: file.stat().st_mtime_ns for file in big.made.rglob("*")}
    process = start(big.recipe, big.made.parent, 2, big.cache)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "finished before; nothing to do" in said
    assert {file: file.stat().st_mtime_ns for file in big.made.rglob("*")} == before


def run_without_report(recipe: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a recipe up to its last step, which fails."""
    with monkeypatch.context() as patch:
        patch.setattr("augmentor.api.running.run_page", None)
        with pytest.raises(TypeError):
            api.run(recipe, workers=0, output=output)


def test_a_failing_report_costs_no_example(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step fails, the next start makes nothing anew."""
    run_without_report(project, project.parent / "runs", monkeypatch)
    (folder,) = (project.parent / "runs").iterdir()
    made = {file: file.stat().st_mtime_ns for file in (folder / "data").iterdir()}
    found = api.run(project, workers=0)
    assert not found.again
    assert {file: file.stat().st_mtime_ns for file in (folder / "data").iterdir()} == made
    assert found.counts["done"] == len(made) == 24


def test_a_run_is_finished_when_the_disk_has_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails to take the files leaves a run unfinished; the next start goes on."""

    def fails() -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("augmentor.api.running.settle", fails)
        with pytest.raises(OSError, match="Input/output"):
            api.run(project, workers=0)
    (folder,) = (project.parent / "runs").iterdir()
    assert not (folder / "dataset.json").exists()
    assert not api.run(project, workers=0).again
    assert (folder / "dataset.json").exists()


def test_two_runs_of_one_folder_do_not_meet(project: Path) -> None:
    """While one process works in a run's folder, another is told so and leaves it alone."""
    folder = api.run(project, workers=0).folder
    (folder / "dataset.json").unlink()
    with alone(folder), pytest.raises(AugmentorError, match=f"at work in {folder}"):
        api.run(project, workers=0)
    assert api.run(project, workers=0).counts["done"] == 24


def test_an_id_of_any_character_survives_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts are read by line feeds alone, not by what else Unicode calls an end of line."""
    recipe = make_project(tmp_path, clips=3)
    ids = ("a\u2028b", "c\x85d", "e\x0bf")
    rows = [{"id": name, "path": f"p00{n}.wav", "target": "x"} for n, name in enumerate(ids)]
    write_manifest(tmp_path / "data" / "train.jsonl", rows)
    text = recipe.read_text().replace("{choice: [3, 4]}", "2").replace("budget: 24", "budget: 9")
    recipe.write_text(text)
    first = api.run(recipe, workers=0, output=tmp_path / "one")

    run_without_report(recipe, tmp_path / "two", monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr("augmentor.jobs.work.write_bytes", None)  # nothing is made anew
        second = api.run(recipe, workers=0, output=tmp_path / "two")
    assert content(first.folder) == content(second.folder)
    assert {one.parent for one in read_records(first.folder)} == set(ids)


@pytest.mark.parametrize(
    "change", ["sound", "label", "tags", "speaker", "bank", "seed", "gate", "bank's speaker"]
)
def test_what_decides_the_bytes_decides_the_folder(project: Path, change: str) -> None:
    """Another sound, label, tag, speaker, bank, seed or bound is another run."""
    data = project.parent / "data"
    first = api.run(project, workers=0).folder
    rows = [json.loads(line) for line in (data / "train.jsonl").read_text().splitlines()]
    if change == "sound":
        soundfile.write(data / "p003.wav", speechlike(1.3, seed=99), RATE_HZ)
    elif change == "bank":
        soundfile.write(data / "noise" / "n1.wav", noise_like(3.0, 99), RATE_HZ)
    elif change == "label":
        rows[4]["target"] = "de"
    elif change == "tags":
        rows[4]["tags"] = "clean;loud"
    elif "speaker" in change:
        rows[4]["speaker"] = "s9"
    elif change == "seed":
        project.write_text(project.read_text().replace("seed: 7", "seed: 8"))
    else:
        project.write_text(project.read_text().replace("0.05", "0.06"))
    write_manifest(data / "train.jsonl", rows)
    second = api.run(project, workers=0)
    assert second.folder != first
    assert not second.again


def test_a_file_touched_or_moved_is_the_same_run(project: Path) -> None:
    """Another time of change, or another place for the whole project, is not another run."""
    first = api.run(project, workers=0).folder
    for file in (project.parent / "data").rglob("*.wav"):
        os.utime(file, (1, 1))
    assert api.run(project, workers=0).again
    moved = project.parent.rename(project.parent.with_name("moved"))
    found = api.run(moved / "recipe.yaml", workers=0)
    assert found.again
    assert found.folder.name == first.name


def test_every_row_replays(project: Path, tmp_path: Path) -> None:
    """Each example rendered again from its row has the very bytes of its file."""
    folder = api.run(project, workers=0).folder
    records = read_records(folder)
    assert len(records) == 24
    for one in records:
        again = api.replay(folder, one.id)
        assert again.agrees
        assert again.data == (folder / one.file_name).read_bytes()
    api.replay(folder, records[0].id, tmp_path / "out.wav")
    assert (tmp_path / "out.wav").read_bytes() == (folder / records[0].file_name).read_bytes()
    soundfile.write(project.parent / "data" / "p001.wav", speechlike(1.2, seed=50), RATE_HZ)
    changed = next(one.id for one in records if one.parent == "p001")
    with pytest.raises(UsageError, match="parent 'p001' has changed since the run"):
        api.replay(folder, changed)


def test_on_line_is_the_batch(tmp_path: Path) -> None:
    """Item (epoch, index) of a dataset is row (copy, parent) of the run, to the sample."""
    text = RECIPE[: RECIPE.index("  people noise:")] + RECIPE[RECIPE.index("gate:") :]
    recipe = make_project(tmp_path, recipe=text.replace("budget: 24", "budget: 30"))
    folder = api.run(recipe, workers=0).folder
    records = read_records(folder)
    assert {one.copy for one in records} == {0, 1, 2}
    dataset = AugmentedDataset(None, recipe, share=1, dtype=torch.int16)
    place = {source.facts.id: index for index, source in enumerate(dataset.sources)}
    for one in records:
        item = dataset[one.copy, place[one.parent]]
        samples, _ = read_sound(folder / one.file_name)
        assert np.array_equal(item["wave"].numpy(), (samples[:, 0] * 32768).astype(np.int16))
        assert item["edits"] == one.edits
        assert item["tags"] == one.tags
