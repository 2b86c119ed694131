"""Exports of sounds: read back by lhotse, datasets and webdataset, and as NeMo and Kaldi read."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from picture_project import make_picture_project
from sound_exports import RECIPE, SOUNDS, STRETCHES, Made, check, make
from sound_readers import READERS, zipped_lines

from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.ledger.record import read_records

pytestmark = [
    pytest.mark.usefixtures("one_cache"),
    # webdataset leaves a shard to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in.*[.]tar':pytest.PytestUnraisableExceptionWarning"
    ),
]

SHARED = ("nemo", "kaldi", "lhotse")
"""Forms that refer to stretches of one recording."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a run of sounds with all that a manifest can say."""
    return make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a run of classes, without splits or word times."""
    recipe = RECIPE.replace("target: transcript", "target: label")
    return make(tmp_path_factory.mktemp("plain"), recipe, splits=False, words=False)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of pictures."""
    return api.run(make_picture_project(tmp_path_factory.mktemp("pictures")), workers=0).folder


class TestForms:
    """Every form, as its readers find it."""

    @pytest.mark.parametrize("form", READERS)
    def test_all_is_there_with_its_source(self, made: Made, tmp_path: Path, form: str) -> None:
        """New ones and originals: samples, transcripts, speakers, splits, words, groups, tags."""
        found = api.export_run(made.folder, form, tmp_path / "out", with_source=True)
        assert found.exit_code == 0
        assert found.counts == {"new": len(made.new), "source": SOUNDS}
        check(READERS[form](tmp_path / "out"), made.old | made.new, form)

    @pytest.mark.parametrize("form", READERS)
    def test_classes_without_splits(self, plain: Made, tmp_path: Path, form: str) -> None:
        """New ones alone, and with their source, where less is known."""
        api.export_run(plain.folder, form, tmp_path / "a")
        check(READERS[form](tmp_path / "a"), plain.new, form)
        api.export_run(plain.folder, form, tmp_path / "b", with_source=True)
        check(READERS[form](tmp_path / "b"), plain.old | plain.new, form)

    @pytest.mark.parametrize("form", SHARED)
    def test_a_recording_is_there_once(self, made: Made, tmp_path: Path, form: str) -> None:
        """All stretches of a recording refer to one file; its name does not tell where it lay."""
        out = tmp_path / "out"
        api.export_run(made.folder, form, out, with_source=True)
        names = sorted(one.name for one in (out / "data").iterdir())
        assert len(names) == len(made.new) + SOUNDS - STRETCHES + 2
        assert sum(one.startswith("long-r-") for one in names) == 2
        copy = tmp_path / "elsewhere"
        shutil.copytree(made.recipe.parent, copy)
        api.export_run(copy / made.folder.relative_to(made.recipe.parent), form, tmp_path / "o",
                       with_source=True)  # fmt: skip
        assert sorted(one.name for one in (tmp_path / "o" / "data").iterdir()) == names

    def test_a_class_is_a_label(self, plain: Made, made: Made, tmp_path: Path) -> None:
        """Under the key that a classifier of each form looks for; a transcript is none."""
        rows = {}
        for name, one in (("plain", plain), ("made", made)):
            api.export_run(one.folder, "nemo", tmp_path / f"{name}-nemo")
            api.export_run(one.folder, "lhotse", tmp_path / f"{name}-lhotse")
            path = min((tmp_path / f"{name}-nemo").glob("*.json"))
            cuts = min((tmp_path / f"{name}-lhotse").glob("cuts*"))
            rows[name] = json.loads(path.read_text().split("\n")[0]), zipped_lines(cuts)[0]
        nemo, cut = rows["plain"]
        assert nemo["label"] == nemo["text"] == cut["supervisions"][0]["custom"]["label"]
        nemo, cut = rows["made"]
        assert "label" not in nemo
        assert "label" not in cut["supervisions"][0]["custom"]

    def test_columns_of_the_source_travel(self, made: Made, tmp_path: Path) -> None:
        """A licence stays with its sound."""
        for form in ("nemo", "lhotse", "webdataset"):
            api.export_run(made.folder, form, tmp_path / form)
        path = tmp_path / "nemo" / "train.json"
        assert json.loads(path.read_text().split("\n")[0])["meta"] == {"licence": "CC0-1.0"}
        (said,) = zipped_lines(tmp_path / "lhotse" / "cuts_train.jsonl.gz")[0]["supervisions"]
        assert said["custom"]["meta"] == {"licence": "CC0-1.0"}


class TestLhotse:
    """What lhotse checks itself."""

    def test_three_manifests_agree(self, made: Made, tmp_path: Path) -> None:
        """Recordings and supervisions make the same cuts, words at the same place in them."""
        from lhotse import (
            CutSet,
            RecordingSet,
            SupervisionSet,
            validate,
            validate_recordings_and_supervisions,
        )

        out = tmp_path / "out"
        api.export_run(made.folder, "lhotse", out, with_source=True)
        for split in ("train", "dev"):
            recordings = RecordingSet.from_file(out / f"recordings_{split}.jsonl.gz").to_eager()
            said = SupervisionSet.from_file(out / f"supervisions_{split}.jsonl.gz").to_eager()
            validate(recordings, read_data=True)
            validate_recordings_and_supervisions(recordings, said)
            joined = CutSet.from_manifests(recordings, said).trim_to_supervisions()
            cuts = CutSet.from_file(out / f"cuts_{split}.jsonl.gz").to_eager()
            ours = {one.id: one for one in cuts}
            assert len(ours) == len(said)
            for one in joined:
                if one.supervisions[0].id not in ours:
                    continue
                right = ours[one.supervisions[0].id]
                assert (one.start, one.duration) == (right.start, right.duration)
                assert np.array_equal(one.load_audio(), right.load_audio())
                assert one.supervisions[0].alignment == right.supervisions[0].alignment


class TestWebDataset:
    """Tar files."""

    def test_same_bytes_every_time(self, made: Made, tmp_path: Path) -> None:
        """No time, no owner; GNU's or Python's tar reads them without a word."""
        shards = {}
        for name in ("a", "b"):
            api.export_run(made.folder, "webdataset", tmp_path / name, with_source=True)
            shards[name] = {one.name: one.read_bytes() for one in (tmp_path / name).iterdir()}
        assert shards["a"] == shards["b"]
        assert shards["a"].keys() == {"train-000000.tar", "dev-000000.tar"}
        for data in shards["a"].values():
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as file:
                members = file.getmembers()
            assert {(one.mtime, one.uid, one.uname) for one in members} == {(0, 0, "")}
            names = [one.name for one in members]
            assert names == sorted(names)
            assert all(name.count(".") == 1 for name in names)

    def test_shards_are_closed_when_full(self, plain: Made, tmp_path: Path) -> None:
        """None is larger than was asked for, and all is there; classes as they were numbered."""
        out = tmp_path / "out"
        api.export_run(
            plain.folder, "webdataset", out, with_source=True, shard_mb=1,
            labels=["none", "good day"],
        )  # fmt: skip
        shards = sorted(out.glob("*.tar"))
        assert [one.name for one in shards] == [f"data-{at:06d}.tar" for at in range(len(shards))]
        assert len(shards) > 1
        assert all(one.stat().st_size <= 1_001_024 for one in shards)
        check(READERS["webdataset"](out), plain.old | plain.new, "webdataset")
        assert json.loads((out / "classes.json").read_text())[:2] == ["none", "good day"]


class TestFolders:
    """What lies there in the end."""

    @pytest.mark.parametrize("form", [*SHARED, "huggingface"])
    def test_links_take_no_room(self, made: Made, tmp_path: Path, form: str) -> None:
        """What is written as it was is the same file on disk; what is cut or changed is not."""
        out = tmp_path / "out"
        api.export_run(made.folder, form, out, with_source=True, link=True)
        data = made.recipe.parent / "data"
        nodes = {one.stat().st_ino for one in (*data.rglob("*.*"), *made.folder.rglob("*.wav"))}
        linked = sum(one.stat().st_ino in nodes for one in out.rglob("*.*"))
        singles = SOUNDS - STRETCHES
        expected = {"kaldi": singles // 2 + 1, "huggingface": singles}.get(form, singles + 2)
        assert linked == len(made.new) + expected
        check(READERS[form](out), made.old | made.new, form)

    @pytest.mark.parametrize("form", READERS)
    def test_one_bad_file_costs_itself(self, tmp_path: Path, form: str) -> None:
        """A new one that was changed and an original that is gone are named; all others there."""
        one = make(tmp_path, splits=False)
        changed, other = read_records(one.folder)[:2]
        data = (one.folder / other.file_name).read_bytes()
        (one.folder / changed.file_name).write_bytes(data)
        (tmp_path / "data" / "single" / "s2.flac").unlink()
        found = api.export_run(one.folder, form, tmp_path / "out", with_source=True)
        assert found.exit_code == 3
        reasons = {skip["id"]: skip["reason"] for skip in found.skipped}
        assert reasons.keys() == {changed.id, "single 2.test"}
        assert "not what the run wrote" in reasons[changed.id]
        wanted = {name: read for name, read in (one.old | one.new).items() if name not in reasons}
        check(READERS[form](tmp_path / "out"), wanted, form)
        assert not list(tmp_path.glob("*.part"))

    def test_forms_of_pictures_and_of_sounds(
        self, made: Made, pictures: Path, tmp_path: Path
    ) -> None:
        """A form for the other kind is refused, with those that fit."""
        with pytest.raises(UsageError, match=r"run of sounds, and coco, yolo, mvtec are of pict"):
            api.export_run(made.folder, "mvtec", tmp_path / "out")
        with pytest.raises(UsageError, match=r"nemo, kaldi, lhotse are of sounds; for pictures"):
            api.export_run(pictures, "kaldi", tmp_path / "out")

    def test_a_split_that_datasets_does_not_know(self, tmp_path: Path) -> None:
        """Refused before anything is written."""
        one = make(tmp_path)
        data = tmp_path / "data" / "train.jsonl"
        data.write_text(data.read_text().replace('"split": "dev"', '"split": "fold 2"'))
        with pytest.raises(UsageError, match=r"not fold 2; .*webdataset"):
            api.export_run(one.folder, "huggingface", tmp_path / "out", with_source=True)
        assert not (tmp_path / "out").exists()
        api.export_run(one.folder, "nemo", tmp_path / "n", with_source=True)
        assert any(path.name.startswith("fold-2") for path in (tmp_path / "n").iterdir())

    def test_the_verb(self, made: Made, tmp_path: Path) -> None:
        """What was done is said; an unknown form is answered with the nearest."""
        code = "from augmentor.cli.main import entry; entry()"

        def verb(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-c", code, "export", *map(str, arguments)],
                capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path,
            )  # fmt: skip

        done = verb(made.folder, "--to", "kaldi", "-o", "out", "--with-source")
        assert done.returncode == 0, done.stderr
        assert f"out: {len(made.new)} new sounds, {SOUNDS} of the source\n" in done.stderr
        assert "note: word times of" in done.stderr
        done = verb(made.folder, "--to", "lotse", "-o", "out2")
        assert done.returncode == 2
        assert "did you mean 'lhotse'?" in done.stderr


class TestPictures:
    """The two forms that take pictures too."""

    def test_imagefolder(self, pictures: Path, tmp_path: Path) -> None:
        """Each picture with its row, in its split."""
        import datasets

        found = api.export_run(pictures, "huggingface", tmp_path / "out", with_source=True)
        read = datasets.load_dataset(
            "imagefolder", data_dir=str(tmp_path / "out"), cache_dir=str(tmp_path / "hf")
        )
        rows = [row for split in read.values() for row in split]
        assert len(rows) == found.counts["new"] + found.counts["source"]
        assert all(row["image"].size == (row["width_px"], row["height_px"]) for row in rows)
        marks = sum(len(json.loads(row["marks"])) for row in rows)
        assert marks == found.counts["instances"]

    def test_shards(self, pictures: Path, tmp_path: Path) -> None:
        """The very files."""
        import webdataset

        api.export_run(pictures, "webdataset", tmp_path / "out")
        found = {
            hashlib.sha256(one["png"]).hexdigest()
            for shard in sorted((tmp_path / "out").glob("*.tar"))
            for one in webdataset.WebDataset(str(shard), shardshuffle=False)
        }
        files = (pictures / "data").iterdir()
        assert found == {hashlib.sha256(one.read_bytes()).hexdigest() for one in files}
