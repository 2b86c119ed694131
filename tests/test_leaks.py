"""No leaks: what is learned from has nothing in common with what is tested on, or is refused."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import soundfile
import soxr
from picture_project import PICTURES, make_picture_project, png
from picture_project import RECIPE as PICTURE_RECIPE
from project import RATE_HZ, RECIPE, make_project, noise_like, write_manifest
from speechlike import speechlike

from augmentor import api
from augmentor.api.leaks import Looked, check_leaks, leaks_of
from augmentor.core.errors import UsageError
from augmentor.core.example import Facts
from augmentor.recipe.load import load_recipe
from augmentor.sources.leaks import GROUP, ID, KINDS, PARENT, SPEAKER, Item, Side, find_leaks
from augmentor.sources.manifest import Source

NOISE = noise_like(12.0, 77)


def with_test(folder: Path, rows: list[dict], more: str = "", recipe: str = RECIPE) -> Path:
    """Write a project with a test manifest of some rows; return its recipe."""
    file = make_project(folder, recipe=f"test: data/test.jsonl\n{more}{recipe}")
    write_manifest(folder / "data" / "test.jsonl", rows)
    return file


def put(folder: Path, name: str, samples: np.ndarray, rate_hz: int = RATE_HZ) -> dict:
    """Write a sound of the test set, and return its row."""
    path = folder / "data" / "held" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    coding = {".mp3": "MPEG_LAYER_III", ".ogg": "VORBIS"}.get(path.suffix, "PCM_16")
    soundfile.write(path, samples, rate_hz, subtype=coding)
    return {"id": f"t-{name}", "path": f"held/{name}", "target": "en"}


def looked(file: Path) -> Looked:
    """Return the leaks of a recipe's file."""
    return leaks_of(load_recipe(file))


def kinds(file: Path) -> dict[str, tuple[str, ...]]:
    """Return the kinds of leaks of a recipe's file, with the ids on our side."""
    return {one.kind: one.ids for one in looked(file).leaks}


CLIP = 3
"""Its sound is that of `p003` of the project."""


def clip() -> np.ndarray:
    """Return the sound of one source of the project."""
    return speechlike(1.2 + 0.05 * (CLIP % 5), seed=CLIP)


class TestSounds:
    """Planted leaks of sounds, each refused by name."""

    def test_no_leak(self, tmp_path: Path) -> None:
        """Other sounds, other speakers: nothing is said, and the plan is made."""
        rows = [put(tmp_path, f"{at}.wav", speechlike(1.4, seed=500 + at)) for at in range(6)]
        file = with_test(tmp_path, rows)
        assert looked(file) == Looked(())
        assert api.plan(file).leaks == ()

    def test_the_same_file_under_another_name(self, tmp_path: Path) -> None:
        """It is told by its digest; run and plan refuse it before anything is made."""
        file = with_test(tmp_path, [put(tmp_path, "x.wav", clip())])
        assert kinds(file) == {"digest": ("p003",)}
        for verb in (api.plan, api.run):
            with pytest.raises(
                UsageError, match=r"leak \(digest\): 1 of 12 .*'p003' and 't-x.wav'"
            ):
                verb(file)
        assert not (tmp_path / "runs").exists()

    @pytest.mark.parametrize("name", ["x.mp3", "x.ogg"])
    def test_a_copy_that_was_coded(self, tmp_path: Path, name: str) -> None:
        """MP3 and Ogg Vorbis, 10 dB lower, with silence before."""
        sound = np.pad(clip() * np.float32(0.3), (2000, 500))
        file = with_test(tmp_path, [put(tmp_path, name, sound)])
        assert kinds(file) == {"near_duplicate": ("p003",)}

    @pytest.mark.parametrize("rate_hz", [8000, 22050])
    def test_a_copy_at_another_rate(self, tmp_path: Path, rate_hz: int) -> None:
        """A test set may have a rate of its own."""
        sound = soxr.resample(clip(), RATE_HZ, rate_hz)
        file = with_test(tmp_path, [put(tmp_path, "x.wav", sound, rate_hz)])
        assert kinds(file) == {"near_duplicate": ("p003",)}
        with pytest.raises(UsageError, match=r"near_duplicate.*alike [01]\.\d+ over"):
            api.plan(file)

    @pytest.mark.parametrize("packed", [False, True])
    def test_a_noise_recording_cut_elsewhere(self, tmp_path: Path, packed: bool) -> None:
        """The bank has the recording, or a cut of it; the test set has another cut."""
        row = put(tmp_path, "car.wav", NOISE[7 * RATE_HZ + 99 :])
        file = with_test(tmp_path, [row])
        noise = tmp_path / "data" / "noise"
        soundfile.write(noise / "long.wav", NOISE[: 9 * RATE_HZ], RATE_HZ)
        if packed:
            from augmentor.sources.manifest import read_sources
            from augmentor.sources.pack import pack

            pack(read_sources(noise), tmp_path / "noise.bank", RATE_HZ)
            file.write_text(file.read_text().replace("data/noise", "noise.bank"))
        (leak,) = looked(file).leaks
        assert (leak.kind, leak.ids) == ("near_duplicate", ("long.wav",))
        assert leak.ours.startswith("bank 'vehicle'")
        with pytest.raises(UsageError, match="bank 'vehicle'"):
            api.plan(file)

    def test_a_recording_of_a_group(self, tmp_path: Path) -> None:
        """Two cuts that do not overlap sound different: their group tells."""
        row = put(tmp_path, "car.wav", NOISE[8 * RATE_HZ :]) | {"group": "car 7"}
        recipe = RECIPE.replace("data/noise", "data/noise.jsonl")
        file = with_test(tmp_path, [row], recipe=recipe)
        soundfile.write(tmp_path / "data" / "noise" / "cut.wav", NOISE[: 7 * RATE_HZ], RATE_HZ)
        rows = [
            {"id": "a", "path": "noise/cut.wav", "group": "car 7"},
            {"id": "b", "path": "noise/n0.wav", "group": "car 8"},
        ]
        write_manifest(tmp_path / "data" / "noise.jsonl", rows)
        assert kinds(file) == {"group": ("a",)}

    def test_group_speaker_and_id(self, tmp_path: Path) -> None:
        """Each is told by name, all at once; an empty speaker is like no other."""
        rows = [put(tmp_path, f"{at}.wav", speechlike(1.0, seed=600 + at)) for at in range(4)]
        rows[0]["speaker"], rows[1]["group"], rows[2]["id"] = "s1", "g5", "p007"
        rows[3] |= {"speaker": "", "group": ""}
        file = with_test(tmp_path, rows)
        assert kinds(file) == {
            "id": ("p007",),
            "group": ("p005",),
            "speaker": ("p001", "p005", "p009"),
        }
        with pytest.raises(UsageError) as refused:
            check_leaks(load_recipe(file))
        said = str(refused.value)
        assert len(refused.value.problems) == 3
        for words in ("'p007'", "group 'g5'", "3 of 12", "speaker 's1'", "ignore: [speaker]"):
            assert words in said

    def test_a_child_whose_parent_is_tested_on(self, tmp_path: Path) -> None:
        """A run's table as a source: its parents must not be in the test set, nor their kin."""
        held = [put(tmp_path, f"{at}.wav", speechlike(1.0, seed=700 + at)) for at in range(2)]
        held[1]["parent"] = "q"
        file = with_test(tmp_path, held)
        text = (tmp_path / "data" / "train.jsonl").read_text()
        rows = [json.loads(line) for line in text.splitlines()]
        rows[2]["parent"], rows[4]["parent"], rows[5]["parent"] = "t-0.wav", "q", "p001"
        write_manifest(tmp_path / "data" / "train.jsonl", rows)
        assert kinds(file) == {"parent": ("p002", "p004")}
        with pytest.raises(UsageError, match=r"leak \(parent\).*'p002' and 't-0.wav'"):
            api.plan(file)

    def test_a_run_of_test_examples_as_a_source(self, tmp_path: Path) -> None:
        """Children keep their parent's group and speaker, so these tell too."""
        made = api.run(make_project(tmp_path / "first"), workers=0)
        lines = (made.folder / "metadata.jsonl").read_text().splitlines()
        assert {"speaker", "group", "parent"} <= json.loads(lines[0]).keys()
        (tmp_path / "second").mkdir()
        recipe = RECIPE.replace(
            "source: {manifest: data/train.jsonl", "source: {manifest: made.jsonl"
        )
        second = make_project(
            tmp_path / "second", recipe=recipe.replace("from: [clean]", "from: [low bandwidth]")
        )
        rows = [json.loads(line) for line in lines]
        for row in rows:
            row["path"] = str(made.folder / row.pop("file_name"))
        write_manifest(second.parent / "made.jsonl", rows)
        second.write_text(second.read_text() + f"test: {tmp_path}/first/data/train.jsonl\n")
        found = kinds(second)
        assert set(found) >= {"parent", "speaker", "group"}
        assert len(found["parent"]) == len(rows)

    def test_the_audited_table(self, tmp_path: Path) -> None:
        """Its ids and groups are held against the source without any test manifest."""
        file = make_project(tmp_path)
        assert looked(file).leaks == ()
        table = tmp_path / "data" / "errors.csv"
        lines = table.read_text().splitlines()
        lines = [f"{lines[0]},group", *(f"{line}," for line in lines[1:])]
        table.write_text("\n".join([*lines, "p004,en,fr,en,clean,", "x,en,en,en,clean,g8"]) + "\n")
        assert kinds(file) == {"id": ("p004",), "group": ("p008",)}
        with pytest.raises(UsageError, match="the audited table data/errors"):
            api.plan(file)

    def test_what_is_accepted_is_told(self, tmp_path: Path) -> None:
        """A known leak is a warning of the plan and stands in the run's record."""
        row = put(tmp_path, "0.wav", speechlike(1.0, seed=600)) | {"speaker": "s1"}
        file = with_test(tmp_path, [row], "leaks: {ignore: [speaker]}\n")
        planning = api.plan(file)
        assert [one.kind for one in planning.leaks] == ["speaker"]
        assert any("a known leak (speaker): 3 of 12" in one for one in planning.plan.warnings)
        made = api.run(file, workers=0)
        record = json.loads((made.folder / "dataset.json").read_text())
        (leak,) = record["leaks"]
        assert leak["accepted"] is True
        assert leak["examples"][0]["common"] == "speaker 's1'"
        # The recipe of the run leads to the same test set.
        assert leaks_of(load_recipe(made.folder / "recipe.yaml")).leaks[0].ids == (
            "p001",
            "p005",
            "p009",
        )

    def test_more_manifests(self, tmp_path: Path) -> None:
        """Whoever calls may add manifests, such as the dev set of a loop; a list works too."""
        file = with_test(tmp_path, [put(tmp_path, "0.wav", speechlike(1.0, seed=600))])
        write_manifest(tmp_path / "data" / "dev.jsonl", [put(tmp_path, "1.wav", clip())])
        recipe = load_recipe(file)
        assert leaks_of(recipe).leaks == ()
        (leak,) = leaks_of(recipe, ["data/dev.jsonl"]).leaks
        assert (leak.kind, leak.theirs) == ("digest", "data/dev.jsonl")
        file.write_text(
            file.read_text().replace(
                "test: data/test.jsonl", "test: [data/test.jsonl, data/dev.jsonl]"
            )
        )
        assert kinds(file) == {"digest": ("p003",)}

    def test_rows_to_train_on_and_names_of_files(self, tmp_path: Path) -> None:
        """Rows whose split is train are none to test on; 001.wav of two folders is no leak."""
        rows = [
            put(tmp_path, "p003.wav", speechlike(1.0, seed=600)),
            put(tmp_path, "1.wav", clip()),
        ]
        rows[0]["id"], rows[1]["split"] = "p003.wav", "train"
        file = with_test(tmp_path, rows)
        names = [{"path": f"p{at:03d}.wav", "target": "en"} for at in range(12)]
        write_manifest(tmp_path / "data" / "train.jsonl", names)
        assert looked(file).leaks == ()

    def test_a_bad_file_of_the_test_set(self, tmp_path: Path) -> None:
        """It is told, and the rest is looked at."""
        rows = [put(tmp_path, "0.wav", clip()), {"id": "bad", "path": "held/none.wav"}]
        found = looked(with_test(tmp_path, rows))
        assert [one.kind for one in found.leaks] == ["digest"]
        assert found.unread == (("data/test.jsonl", 1),)
        assert "1 of data/test.jsonl cannot be read" in found.warnings[-1]

    def test_workers_and_memory_change_nothing(self, tmp_path: Path) -> None:
        """The same is found by two processes, and again from what was remembered."""
        rows = [put(tmp_path, f"{at}.wav", noise_like(0.8, at)) for at in range(800, 840)]
        file = with_test(tmp_path, [*rows, put(tmp_path, "x.mp3", clip())])
        recipe = load_recipe(file)
        first = leaks_of(recipe, workers=2)
        assert [one.ids for one in first.leaks] == [("p003",)]
        assert leaks_of(recipe) == first

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("test: data/none.jsonl", "'data/none.jsonl' is not there"),
            ("test: [data/train.jsonl, data/none.jsonl]", "'data/none.jsonl' is not there"),
            ("test: 5", "a manifest, or a list of manifests"),
            ("leaks: {ignore: [speakers]}", "near_duplicate"),
            ("leaks: {ignored: [id]}", "ignored"),
        ],
    )
    def test_mistakes_in_the_recipe(self, tmp_path: Path, text: str, words: str) -> None:
        """Each is refused at load with its line and what to write."""
        file = make_project(tmp_path, recipe=f"{text}\n{RECIPE}")
        with pytest.raises(UsageError, match=r"recipe\.yaml:1:\d+ ") as refused:
            load_recipe(file)
        assert words in str(refused.value)


class TestPictures:
    """Planted leaks of pictures."""

    @staticmethod
    def project(folder: Path) -> tuple[Path, np.ndarray]:
        """Write a project with photographs in place of metal; return its recipe and one of them."""
        recipe = PICTURE_RECIPE + "test: data/test.jsonl\n"
        file = make_picture_project(folder, recipe=recipe)
        photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
        for at in range(PICTURES):
            part = photo[128 * (at // 4) :, 128 * (at % 4) :][:96, :128]
            (folder / "data" / f"part-{at:02d}.png").write_bytes(png(part))
        return file, photo[128:224, 128:256]  # number 5

    @pytest.mark.parametrize(
        ("name", "data", "kind"),
        [
            ("x.png", png, "digest"),
            ("x.jpg", lambda one: bytes(cv2.imencode(".jpg", one)[1]), "near_duplicate"),
            ("x.png", lambda one: png(cv2.resize(one, (80, 60))), "near_duplicate"),
            ("x.png", lambda one: png(np.ascontiguousarray(one[:, ::-1])), "near_duplicate"),
        ],
    )  # fmt: skip
    def test_a_copy(self, tmp_path: Path, name: str, data: object, kind: str) -> None:
        """The same file, a JPEG, a smaller one, a mirrored one: refused by name."""
        file, picture = self.project(tmp_path)
        (tmp_path / "data" / name).write_bytes(data(picture))  # type: ignore[operator]
        write_manifest(tmp_path / "data" / "test.jsonl", [{"id": "t", "path": name}])
        assert kinds(file) == {kind: ("part-05",)}
        with pytest.raises(UsageError, match="'part-05' and 't'"):
            api.plan(file)

    def test_other_pictures(self, tmp_path: Path) -> None:
        """Parts of another photograph are no leak; a sheet in common is."""
        file, _ = self.project(tmp_path)
        rows = []
        for at in range(4):
            part = skimage.data.camera()[100 * at :, 100:][:96, :128]
            (tmp_path / "data" / f"t{at}.png").write_bytes(png(part))
            rows.append({"id": f"t{at}", "path": f"t{at}.png", "target": "good"})
        write_manifest(tmp_path / "data" / "test.jsonl", rows)
        assert looked(file).leaks == ()
        rows[1]["group"] = "sheet 3"
        write_manifest(tmp_path / "data" / "test.jsonl", rows)
        assert kinds(file) == {"group": ("part-06", "part-07")}


def test_every_kind_has_words() -> None:
    """What is found says both sides, the count and what to do, for each kind."""
    ours = Side("OURS", [Item("a", parent="p", group="g", speaker="s", digests=("d",)), Item("b")])
    theirs = Side("THEIRS", [Item("a", parent="p", group="g", speaker="s", digests=("d",))])
    found = find_leaks(ours, theirs, [(1, 0, "alike 0.9")])
    assert [one.kind for one in found] == list(KINDS)
    for one in found:
        assert one.said.startswith("1 of 2 of OURS ")
        assert "THEIRS" in one.said
        assert f"leaks: {{ignore: [{one.kind}]}}" in one.advice
        assert json.loads(json.dumps(one.to_json()))["count"] == 1
    assert find_leaks(Side("A", [Item("", group="", speaker="")] * 2), Side("B", [Item("")])) == []


def test_kinds_are_kept_apart() -> None:
    """A group called like a speaker, or a parent called like a group, is no leak."""
    ours = Side("OURS", [Item("1", group="x", speaker="y"), Item("2", parent="x")])
    theirs = Side("THEIRS", [Item("3", group="y", speaker="x")])
    assert find_leaks(ours, theirs) == []
    assert {ID, GROUP, SPEAKER, PARENT} < set(KINDS)


def test_ids_that_are_names_of_files() -> None:
    """They are known by the path that they are the end of, stretches too."""
    for name, path, start_s, own in (
        ("a/1.wav", "/x/a/1.wav", 0.0, False),
        ("a/1.wav@2.500", "/x/a/1.wav", 2.5, False),
        ("one", "/x/a/1.wav", 0.0, True),
    ):
        assert Item.of(Source(Facts(id=name), Path(path), start_s)).own_id is own
