"""Measured tags: what `augmentor tag` writes is true, complete, and a source like any other."""

import csv
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from project import RECIPE, make_project, noise_like, write_manifest
from scipy.signal import butter, sosfilt, sosfiltfilt
from speechlike import speechlike

from augmentor.api.tagging import tag_manifest
from augmentor.cli.main import entry
from augmentor.core.errors import AugmentorError, UsageError
from augmentor.core.example import Facts, Waveform
from augmentor.files.pictures import read_pixels
from augmentor.kernels.dynamics import overdrive
from augmentor.kernels.reverb import room
from augmentor.recipe.load import load_recipe
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.measured_tags import MEASURES
from augmentor.sources.tag_rules import Rule, read_rules
from augmentor.sources.tagged import Item, tagged

RATE = 16000
WAYS = (".jsonl", ".csv", ".parquet")


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str


@pytest.fixture
def tag(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Return `augmentor tag`, as a user has it."""

    def run(*arguments: object) -> Done:
        line = ["augmentor", "tag", *map(str, arguments), "--workers", "0"]
        monkeypatch.setattr(sys, "argv", line)
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            entry()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(int(stop.value.code or 0), out, err)

    return run


def sounds() -> dict[str, np.ndarray]:
    """Return a sound for each tag that sounds can get, by its name, and one with none."""
    high = butter(2, 60, "highpass", fs=RATE, output="sos")
    clean = sosfilt(high, speechlike(4.0, seed=5)).astype(np.float32)
    hiss = np.random.Generator(np.random.Philox(key=1)).standard_normal(len(clean))
    narrow = sosfiltfilt(butter(10, 3400, fs=RATE, output="sos"), clean)
    heard, _ = room(
        Waveform(clean, RATE), rt60_s=0.9, distance_m=2.0, length_m=7.0, width_m=6.0,
        height_m=3.0, seed=1,
    )  # fmt: skip
    return {
        "clean": clean,
        "low snr": clean + 0.05 * hiss,
        "low level": clean * 0.02,
        "low bandwidth": narrow,
        "clipped": overdrive(Waveform(clean, RATE), overdrive_db=9)[0].samples,
        "reverberant": heard.samples,
        "much silence": np.concatenate([np.zeros(5 * RATE), clean]),
    }


def pictures() -> dict[str, np.ndarray]:
    """Return a picture for each tag that pictures can get, by its name, and one with none."""
    white = np.random.Generator(np.random.Philox(key=2)).standard_normal((200, 300))
    base = cv2.GaussianBlur(white, (0, 0), 0.7)
    plain = np.clip(110 + 60 * base, 0, 240)
    shiny = plain.copy()
    shiny[50:70, 80:110] = 255
    return {
        "clean": plain,
        "blurry": 110 + 60 * 4 * cv2.GaussianBlur(base, (0, 0), 5),
        "dark": plain * 0.3,
        "bright": 215 + 0.2 * plain / 1.2,
        "low contrast": 120 + (plain - 110) * 0.15,
        "reflection": shiny,
        "small": plain[:100],
    }


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a manifest of sounds and pictures; each row's target is the tag it should get."""
    folder = tmp_path_factory.mktemp("mixed")
    rows = []
    for name, sound in sounds().items():
        path = f"{name.replace(' ', '-')}.wav"
        soundfile.write(folder / path, sound, RATE, subtype="PCM_16")
        rows.append({"id": path, "path": path, "target": name, "tags": "studio;clean"})
    for name, pixels in pictures().items():
        path = f"{name.replace(' ', '-')}.png"
        whole = np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)
        cv2.imwrite(str(folder / path), np.dstack([whole] * 3))
        rows.append({"id": path, "path": path, "target": name, "tags": "studio;clean"})
    write_manifest(folder / "m.jsonl", rows)
    return folder / "m.jsonl"


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of JSON Lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Return a manifest with one noisy and one clean sound, and columns of every kind."""
    made = sounds()
    for name in ("clean", "low snr"):
        soundfile.write(tmp_path / f"{name}.wav", made[name], RATE, subtype="PCM_16")
    write_manifest(
        tmp_path / "m.jsonl",
        [
            {"id": "a", "path": "clean.wav", "target": 'hi; "x"', "tags": ["clean"],
             "speaker": "s1", "weight": 2.5, "licence": "CC", "words": [[0.0, 1.0, "hi"]],
             "n": 3, "ok": True},
            {"id": "b", "path": "low snr.wav", "target": "ö\nü", "tags": ["clean", "loud"],
             "speaker": "s2", "weight": 1.0, "licence": None, "words": [], "n": None, "ok": False},
        ],
    )  # fmt: skip
    return tmp_path / "m.jsonl"


class TestWhatIsFound:
    """Values and the tags that follow."""

    def test_every_shipped_tag_is_found_where_it_belongs(self, mixed: Path, tmp_path: Path) -> None:
        """Each example gets its own tag; the clean ones get none, and keep `clean`."""
        found = tag_manifest(mixed, output=tmp_path / "t.jsonl")
        assert found.exit_code == 0
        rows = lines(found.output)
        assert len(rows) == len(found.tags) + 2
        for row in rows:
            if row["target"] == "clean":
                assert row["tags"] == ["studio", "clean"], row
                assert row["measured_tags"] == []
            else:
                assert row["target"] in row["measured_tags"], row
                assert row["tags"] == ["studio", *row["measured_tags"]]

    def test_nothing_is_tagged_that_is_not_so(self, mixed: Path, tmp_path: Path) -> None:
        """A tag that an example was not made for is on few of the others, and for a reason."""
        rows = lines(tag_manifest(mixed, output=tmp_path / "t.jsonl").output)
        others = {
            (row["target"], tag)
            for row in rows
            for tag in row["measured_tags"]
            if tag != row["target"]
        }
        # What is turned down far enough is silence between its words, and greys are near black.
        assert others <= {
            ("bright", "low contrast"), ("dark", "low contrast"), ("low level", "much silence"),
        }  # fmt: skip

    def test_values_are_columns_with_units(self, mixed: Path, tmp_path: Path) -> None:
        """A sound has the columns of sounds and a picture those of pictures, in order."""
        rows = lines(tag_manifest(mixed, output=tmp_path / "t.jsonl").output)
        for row in rows:
            kind = "picture" if row["path"].endswith(".png") else "sound"
            wanted = [one.name for one in MEASURES.values() if one.kind == kind]
            assert [name for name in row if name in MEASURES] == wanted
        by_path = {row["id"]: row for row in rows}
        assert by_path["clean.png"]["width_px"] == 300
        assert by_path["small.png"]["short_side_px"] == by_path["small.png"]["height_px"] == 100
        assert by_path["much-silence.wav"]["silence_frac"] > 0.5
        assert by_path["low-bandwidth.wav"]["bandwidth_frac"] < 0.6
        fell_db = (
            by_path["clean.wav"]["active_level_db"] - by_path["low-level.wav"]["active_level_db"]
        )
        assert fell_db == pytest.approx(34, abs=0.2)

    def test_silence_is_measured_and_not_refused(self, tmp_path: Path) -> None:
        """A silent file has no level and no SNR, and is much silence."""
        soundfile.write(tmp_path / "s.wav", np.zeros(RATE), RATE)
        (row,) = lines(tag_manifest(tmp_path, output=tmp_path / "t.jsonl").output)
        assert row["measured_tags"] == ["much silence"]
        assert row["silence_frac"] == 1
        assert {row[name] for name in ("snr_db", "active_level_db", "bandwidth_hz")} == {None}

    def test_channels_and_stretches(self, tmp_path: Path) -> None:
        """Two channels are mixed down; a stretch is measured by itself."""
        made = sounds()
        both = np.concatenate([made["clean"], made["low snr"]])
        soundfile.write(tmp_path / "x.wav", np.stack([both, both], axis=1), RATE)
        row = {"audio_filepath": "x.wav", "duration": 4.0, "text": "a"}
        write_manifest(tmp_path / "nemo.json", [row | {"offset": at} for at in (0.0, 4.0)])
        first, second = lines(tag_manifest(tmp_path / "nemo.json").output)
        assert first["snr_db"] > 25
        assert second["snr_db"] < 15
        assert (first["id"], second["id"]) == ("x.wav", "x.wav@4.000")
        assert (first["audio_filepath"], first["text"]) == ("x.wav", "a")

    def test_the_summary_counts(
        self, mixed: Path, tmp_path: Path, tag: Callable[..., Done]
    ) -> None:
        """The table and the JSON say how many, of how many, and where it cannot be told."""
        shown = tag(mixed, "-o", tmp_path / "t.jsonl", "--json")
        assert shown.code == 0
        found = json.loads(shown.out)
        rows = lines(tmp_path / "t.jsonl")
        assert (found["n"], found["output"], found["quarantine"]) == (
            len(rows), str(tmp_path / "t.jsonl"), [],
        )  # fmt: skip
        for one in found["tags"]:
            kind = MEASURES[one["measure"]].kind
            of = [row for row in rows if row["path"].endswith(".png") == (kind == "picture")]
            assert one["of"] == len(of) == 7
            assert one["n"] == sum(one["tag"] in row["tags"] for row in of)
            assert one["undefined"] == sum(row[one["measure"]] is None for row in of)
            assert one["share_frac"] == one["n"] / 7
        for one in found["measures"]:
            values = [row[one["measure"]] for row in rows if row.get(one["measure"]) is not None]
            assert one["n"] == len(values)
            assert min(values) <= one["p5"] <= one["p50"] <= one["p95"] <= max(values)
        table = tag(mixed, "-o", tmp_path / "t.jsonl").out
        assert "low snr        snr_db below 15 dB" in table
        assert "14.3%" in table


class TestTheManifest:
    """The rest of the manifest is left as it was, whatever its form."""

    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("back", WAYS)
    def test_every_form_says_the_same(self, few: Path, way: str, back: str) -> None:
        """To any form and from there to any other: the same sources, every column kept."""
        folder = few.parent
        there = tag_manifest(few, output=folder / f"there{way}").output
        again = tag_manifest(there, output=folder / f"back{back}").output
        before, after = read_sources(few), read_sources(again)
        for old, new in zip(before, after, strict=True):
            assert (new.facts.id, new.facts.target, new.facts.speaker, new.facts.weight) == (
                old.facts.id, old.facts.target, old.facts.speaker, old.facts.weight,
            )  # fmt: skip
            assert (new.words, new.path.resolve()) == (old.words, old.path.resolve())
            assert {"licence", "n", "ok", "snr_db"} <= set(new.meta)
        assert [one.facts.tags for one in after] == [("clean",), ("loud", "low snr")]
        assert float(after[1].meta["snr_db"]) < 15 < float(after[0].meta["snr_db"])

    @pytest.mark.parametrize("way", WAYS)
    def test_again_is_the_same_bytes(self, few: Path, way: str) -> None:
        """A rerun on its own output, in its place, changes nothing."""
        target = few.parent / f"t{way}"
        first = tag_manifest(few, output=target).output.read_bytes()
        assert tag_manifest(target, output=target).output.read_bytes() == first

    def test_the_default_is_beside_and_stays_there(self, few: Path) -> None:
        """NAME.tagged.jsonl; tagging that goes onto itself."""
        before = few.read_bytes()
        target = tag_manifest(few).output
        assert target == few.parent / "m.tagged.jsonl"
        first = target.read_bytes()
        assert tag_manifest(target).output == target
        assert target.read_bytes() == first
        assert few.read_bytes() == before
        assert set(files(few.parent)) == {"m.jsonl", "m.tagged.jsonl", "clean.wav", "low snr.wav"}

    def test_forms_hold_what_they_should(self, few: Path) -> None:
        """Parquet has numbers and lists, CSV words joined by a semicolon."""
        folder = few.parent
        table = pq.read_table(tag_manifest(few, output=folder / "t.parquet").output)
        kinds = {field.name: str(field.type) for field in table.schema}
        assert kinds["snr_db"] == kinds["rt60_s"] == "double"
        assert kinds["tags"] == kinds["measured_tags"] == "list<element: string>"
        with tag_manifest(few, output=folder / "t.csv").output.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["tags"] for row in rows] == ["clean", "loud;low snr"]
        assert (rows[1]["target"], rows[1]["licence"], rows[0]["ok"]) == ("ö\nü", "", "true")

    def test_odd_columns_do_not_stop_parquet(self, few: Path) -> None:
        """A column of several types is written as text, not refused after the work."""
        rows = lines(few)
        rows[0]["odd"], rows[1]["odd"] = 3, {"a": [1]}
        write_manifest(few, rows)
        found = pq.read_table(tag_manifest(few, output=few.parent / "t.parquet").output)
        assert found["odd"].to_pylist() == ["3", '{"a": [1]}']

    @pytest.mark.parametrize("where", ["up/t.jsonl", "../out/t.csv", "t.parquet"])
    def test_paths_stay_true_elsewhere(self, few: Path, where: str) -> None:
        """Written to another folder, the manifest still finds its files, under the same ids."""
        inner = few.parent / "in"
        inner.mkdir()
        rows = [row | {"path": f"../{row['path']}"} for row in lines(few)]
        del rows[1]["id"]
        write_manifest(inner / "m.jsonl", rows)
        before = read_sources(inner / "m.jsonl")
        after = read_sources(tag_manifest(inner / "m.jsonl", output=inner / where).output)
        assert [one.path.resolve() for one in after] == [one.path.resolve() for one in before]
        assert [one.facts.id for one in after] == [one.facts.id for one in before]

    def test_absolute_paths_are_left(self, few: Path, tmp_path: Path) -> None:
        rows = [row | {"path": str(few.parent / row["path"])} for row in lines(few)]
        write_manifest(few, rows)
        (tmp_path / "elsewhere").mkdir()
        found = lines(tag_manifest(few, output=tmp_path / "elsewhere/t.jsonl").output)
        assert [row["path"] for row in found] == [row["path"] for row in rows]

    def test_a_folder_is_a_manifest(self, mixed: Path, tmp_path: Path) -> None:
        """Every sound and picture in it, at any depth, in order of path; nothing else."""
        (tmp_path / "f/deep").mkdir(parents=True)
        for name, there in (("clean.wav", "f/deep/b.wav"), ("dark.png", "f/a.png")):
            (tmp_path / there).write_bytes((mixed.parent / name).read_bytes())
        (tmp_path / "f/notes.txt").write_text("no sound")
        target = tag_manifest(tmp_path / "f").output
        assert target == tmp_path / "f.tagged.jsonl"
        assert [(row["id"], row["path"]) for row in lines(target)] == [
            ("a.png", "f/a.png"), ("deep/b.wav", "f/deep/b.wav"),
        ]  # fmt: skip
        assert all(one.path.exists() for one in read_sources(target))

    def test_the_same_for_any_number_of_workers(self, mixed: Path, tmp_path: Path) -> None:
        """Bytes, quarantine and summary are equal for 0, 1 and 3 processes."""
        rows = [row | {"id": f"{n}-{row['id']}"} for n in range(3) for row in lines(mixed)]
        rows[5]["path"] = "none.wav"
        write_manifest(mixed.parent / "many.jsonl", rows)
        found = []
        for workers in (0, 1, 3):
            folder = tmp_path / str(workers)
            done = tag_manifest(
                mixed.parent / "many.jsonl", output=folder / "t.jsonl", workers=workers
            )
            found.append((files(folder), done.tags, done.measures, done.quarantine))
        assert found[0] == found[1] == found[2]
        assert len(found[0][0]) == 2

    def test_it_tells_how_far_it_is(self, few: Path) -> None:
        told: list[tuple[str, int, int]] = []
        tag_manifest(few, progress=lambda *what: told.append(what))
        assert told[-1] == ("measuring", 2, 2)


TAGS = ("clean", "studio", "low snr", "reverberant", "loud")
RULES = st.lists(
    st.builds(
        Rule, st.sampled_from(TAGS[2:]), st.sampled_from(["snr_db", "rt60_s"]),
        below=st.integers(0, 40), defect=st.booleans(),
    ),
    max_size=3, unique_by=lambda rule: rule.tag,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    stated=st.lists(st.sampled_from(TAGS), unique=True), first=RULES, second=RULES,
    snr_db=st.none() | st.integers(0, 40), rt60_s=st.none() | st.integers(0, 40),
)  # fmt: skip
def test_laws_of_tagging_again(
    stated: list[str], first: list[Rule], second: list[Rule], snr_db: int | None, rt60_s: int | None
) -> None:
    """Twice is once; after other rules the tags are those of these rules alone.

    What people tagged is never lost but `clean`, and that only where a defect was found.
    """
    manifest = Path("m.jsonl")
    values = {"snr_db": snr_db, "rt60_s": rt60_s}

    def item(cells: dict[str, Any]) -> Item:
        return Item(cells, Source(Facts("a", tags=tuple(cells["tags"])), Path("a.wav")))

    def by(rules: list[Rule], cells: dict[str, Any]) -> dict[str, Any]:
        return tagged(item(cells), values, rules, manifest, manifest)

    row = {"id": "a", "path": "a.wav", "tags": stated or ["clean"]}
    once = by(first, row)
    assert by(first, once) == once
    other, direct = by(second, once), by(second, row)
    own = set(stated) - {"clean"}
    assert own <= set(once["tags"]) <= own | {"clean"} | {rule.tag for rule in first}
    assert ("clean" in direct["tags"]) >= ("clean" in other["tags"])
    assert set(other["tags"]) - {"clean"} == set(direct["tags"]) - {"clean"}
    new = [rule for rule in first if rule.tag in once["measured_tags"]]
    if any(rule.defect for rule in new):
        assert "clean" not in once["tags"]
    else:
        assert ("clean" in once["tags"]) == ("clean" in row["tags"])


class TestPeoplesTags:
    """What was typed by hand stays."""

    def test_a_persons_tag_is_not_the_tools(self, few: Path) -> None:
        """A tag that a person typed survives thresholds under which it would not be measured."""
        rows = lines(few)
        rows[0]["tags"] = ["low snr"]
        write_manifest(few, rows)
        target = tag_manifest(few).output
        first, second = lines(target)
        assert (first["tags"], first["measured_tags"]) == (["low snr"], [])
        assert (second["tags"], second["measured_tags"]) == (["loud", "low snr"], ["low snr"])
        (few.parent / "strict.yaml").write_text("low snr: {measure: snr_db, below: -5}\n")
        first, second = lines(tag_manifest(target, thresholds=few.parent / "strict.yaml").output)
        assert first["tags"] == ["low snr"]
        assert (second["tags"], second["measured_tags"]) == (["loud"], [])

    def test_a_column_of_ones_own_is_not_overwritten(self, few: Path) -> None:
        """A column with a measure's name that was not measured here is refused before any work."""
        rows = lines(few)
        rows[0]["snr_db"] = 99
        write_manifest(few, rows)
        with pytest.raises(UsageError, match=r"m\.jsonl:1  the column 'snr_db' .* rename it"):
            tag_manifest(few)


class TestBadFiles:
    """One bad file costs itself."""

    def test_it_is_quarantined_and_its_row_is_kept(
        self, few: Path, tag: Callable[..., Done]
    ) -> None:
        """Exit code 3, reason on the screen and in a file, the row without values; mended, 0."""
        whole = (few.parent / "clean.wav").read_bytes()
        target = tag_manifest(few).output
        (few.parent / "clean.wav").write_bytes(whole[: len(whole) // 2])
        done = tag(target)
        assert done.code == 3
        assert "quarantined: a: truncated" in done.err
        (reason,) = lines(few.parent / "m.tagged.jsonl.quarantine.jsonl")
        assert reason["id"] == "a"
        assert reason["reason"].startswith("truncated")
        bad, good = lines(target)
        assert not [name for name in bad if name in MEASURES]
        assert (bad["tags"], bad["target"]) == (["clean"], 'hi; "x"')
        assert good["snr_db"] < 15
        (few.parent / "clean.wav").write_bytes(whole)
        assert tag(target).code == 0
        assert not (few.parent / "m.tagged.jsonl.quarantine.jsonl").exists()

    def test_nothing_to_measure_is_1(self, few: Path, tag: Callable[..., Done]) -> None:
        """Where no row at all can be read, most likely the paths are wrong: nothing is written."""
        write_manifest(few, [row | {"path": f"no/{row['path']}"} for row in lines(few)])
        done = tag(few)
        assert done.code == 1
        assert "none of 2 rows could be measured" in done.err
        assert "missing: no such file" in done.err
        assert not (few.parent / "m.tagged.jsonl").exists()

    @pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif"])
    def test_pictures_of_every_kind(self, tmp_path: Path, suffix: str) -> None:
        """A whole picture is read; cut off anywhere it is refused with a reason, not filled up."""
        good = tmp_path / f"good{suffix}"
        pixels = np.rint(np.clip(pictures()["clean"], 0, 255)).astype(np.uint8)
        cv2.imwrite(str(good), np.dstack([pixels, pixels // 2, pixels]))
        assert read_pixels(good).shape == (200, 300, 3)
        data = good.read_bytes()
        for share in (0.02, 0.5, 0.97):
            (tmp_path / f"cut{share}{suffix}").write_bytes(data[: int(share * len(data))])
        (tmp_path / f"empty{suffix}").write_bytes(b"")
        (tmp_path / f"text{suffix}").write_text("no picture at all")
        done = tag_manifest(tmp_path, output=tmp_path / "t.jsonl")
        assert {one["id"].split(".")[0] for one in done.quarantine} == {"cut0", "empty", "text"}
        assert len(done.quarantine) == 5
        for one in done.quarantine:
            assert one["reason"].startswith(("truncated", "empty", "not a picture"))

    def test_a_damaged_png_is_seen(self, tmp_path: Path) -> None:
        """One bit in the middle: the checksum tells, where a decoder would show something."""
        cv2.imwrite(str(tmp_path / "a.png"), np.rint(pictures()["dark"]).astype(np.uint8))
        data = bytearray((tmp_path / "a.png").read_bytes())
        data[len(data) // 2] ^= 1
        (tmp_path / "a.png").write_bytes(bytes(data))
        with pytest.raises(AugmentorError, match="damaged: the checksum of its part IDAT"):
            read_pixels(tmp_path / "a.png")

    def test_strange_pictures(self, tmp_path: Path) -> None:
        """Grey, 16 bits and transparent pictures are read; floating point and folders are not."""
        pixels = np.rint(np.clip(pictures()["clean"], 0, 255)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / "grey.png"), pixels)
        cv2.imwrite(str(tmp_path / "deep.png"), pixels.astype(np.uint16) * np.uint16(257))
        clear = np.dstack([pixels, pixels, pixels, np.zeros_like(pixels)])
        cv2.imwrite(str(tmp_path / "clear.png"), clear)
        kept = [read_pixels(tmp_path / f"{name}.png") for name in ("grey", "deep", "clear")]
        assert [one.dtype for one in kept] == [np.uint8, np.uint16, np.uint8]
        assert [one.ndim for one in kept] == [2, 2, 3]
        for one in kept:
            light = one if one.ndim == 2 else one[..., 0]
            np.testing.assert_array_equal(light // (257 if one.dtype == np.uint16 else 1), pixels)
        cv2.imwrite(str(tmp_path / "f.tif"), np.dstack([pixels] * 3).astype(np.float32))
        (tmp_path / "folder.png").mkdir()
        for name, said in (
            ("f.tif", "float32"),
            ("folder.png", "a folder"),
            ("none.png", "missing"),
        ):
            with pytest.raises(AugmentorError, match=said):
                read_pixels(tmp_path / name)

    def test_an_unforeseen_error_costs_one_row(
        self, few: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its kind and words are the row's reason."""
        import augmentor.kernels.snr as module

        calls: list[int] = []

        def strange(samples: np.ndarray, rate_hz: int) -> float:
            calls.append(rate_hz)
            if len(calls) == 2:
                raise ZeroDivisionError("strange")
            return 20.0

        monkeypatch.setattr(module, "snr_db", strange)
        done = tag_manifest(few)
        assert done.quarantine == [
            {"id": "b", "reason": "ZeroDivisionError while measuring: strange"}
        ]

    @pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
    def test_a_name_that_is_no_text(self, few: Path) -> None:
        """A file whose name no manifest can hold is said, under a readable id."""
        folder = few.parent / "f"
        folder.mkdir()
        (folder / "a.wav").write_bytes((few.parent / "clean.wav").read_bytes())
        bad = os.fsencode(folder) + b"/b\xff.wav"
        Path(os.fsdecode(bad)).write_bytes((few.parent / "clean.wav").read_bytes())
        (one,) = tag_manifest(folder).quarantine
        assert one["id"] == "b\\xff.wav"
        assert "not UTF-8" in one["reason"]


class TestThresholds:
    """A small YAML file."""

    def test_a_users_rules_go_before_the_shipped(self, few: Path) -> None:
        """One changed, one taken out, one added between two bounds that is no defect."""
        (few.parent / "own.yaml").write_text(
            "low snr: null\n"
            "low level: {measure: active_level_db, below: 0}\n"
            "middling: {measure: snr_db, above: -5, below: 20, defect: false}\n"
            "any length: {measure: silence_frac, above: -1, defect: false}\n"
        )
        rules = {rule.tag: rule for rule in read_rules(few.parent / "own.yaml")}
        assert "low snr" not in rules
        assert rules["middling"].text() == "snr_db above -5 and below 20 dB"
        assert len(rules) == len(read_rules()) + 1
        first, second = lines(tag_manifest(few, thresholds=few.parent / "own.yaml").output)
        assert first["tags"] == ["low level", "any length"]
        assert second["tags"] == ["loud", "low level", "middling", "any length"]
        (few.parent / "own.yaml").write_text(
            "low level: null\nmiddling: {measure: snr_db, above: 5, defect: false}\n"
        )
        first, _ = lines(tag_manifest(few, thresholds=few.parent / "own.yaml").output)
        assert first["tags"] == ["clean", "middling"]

    def test_bounds_are_not_within(self) -> None:
        """A value on a bound is neither below nor above it; an undefined one has no tag."""
        rule = Rule("x", "snr_db", below=10, above=5)
        found = [rule.holds({"snr_db": one}) for one in (5, 5.1, 9.9, 10, None)]
        assert found == [False, True, True, False, False]

    def test_an_empty_file_changes_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "own.yaml").write_text("# nothing yet\n")
        assert read_rules(tmp_path / "own.yaml") == read_rules()

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("loud: {measure: snr, below: 3}", "own.yaml:1:1  tag 'loud': unknown measure 'snr'"),
            ("\nx: {measure: snr_db}", "own.yaml:2:1  tag 'x': no bound; write 'below: NUMBER'"),
            ("x: {below: 3}", "no 'measure'; there are snr_db"),
            ("x: {measure: [1], below: 3}", "unknown measure '[1]'"),
            ("x: {measure: snr_db, below: loud}", "'below' is 'loud'; write a number"),
            ("x: {measure: snr_db, above: true}", "'above' is True; write a number"),
            ("x: {measure: snr_db, above: .nan}", "'above' is nan; write a number"),
            ("x: {measure: snr_db, belwo: 3}", "unknown key 'belwo'; did you mean 'below'?"),
            ("x: {measure: snr_db, below: 3, above: 4}", "nothing lies above 4 and below 3"),
            ("x: {measure: snr_db, below: 3, defect: maybe}", "'defect' is 'maybe'; write true"),
            ("x: 3", "tag 'x' is 3; write {measure: snr_db, below: 10}"),
            ("a;b: {measure: snr_db, below: 3}", "'a;b' cannot be a tag's name"),
            ("clean: {measure: snr_db, below: 3}", "'clean' cannot be a tag's name"),
            ("[1]: {measure: snr_db, below: 3}", "a key is a word, not a list"),
            ("low snr: null\nlow snr: null", "own.yaml:2:1  'low snr' is written twice"),
            ("low srn: null", "takes out nothing; did you mean 'low snr'?"),
            ("- low snr", "own.yaml:1:1  expected tags with their rules"),
            ("low snr: {measure: snr_db", "own.yaml:2:1  not YAML"),
            ("x: !!python/object:os.system {}", "not YAML: could not determine a constructor"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_told_with_its_line(
        self, few: Path, tag: Callable[..., Done], text: str, said: str
    ) -> None:
        """Exit code 2, before anything is measured."""
        own = few.parent / "own.yaml"
        own.write_text(text + "\n")
        done = tag(few, "--thresholds", own)
        assert (done.code, done.out) == (2, "")
        assert said in done.err
        assert not (few.parent / "m.tagged.jsonl").exists()

    def test_all_mistakes_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "own.yaml").write_text("a: 1\nb: {measure: x}\n")
        with pytest.raises(UsageError) as error:
            read_rules(tmp_path / "own.yaml")
        assert [one.where.split(":")[1] for one in error.value.problems] == ["1", "2", "2"]


class TestMistakes:
    """Every mistake is a sentence and exit code 2."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["none.jsonl"], "none.jsonl  no such file"),
            (["m.jsonl", "-o", "t.txt"], "unknown kind of table '.txt'; write .jsonl, .csv"),
            (["m.jsonl", "-o", "folder.csv"], "a folder, not a file"),
            (["m.jsonl", "--thresholds", "none.yaml"], "none.yaml  no such file"),
            (["folder.csv"], "holds no sounds or pictures"),
            (["bad.csv"], "bad.csv:2  no 'path'"),
        ],
    )
    def test_a_mistake_is_a_sentence(
        self, few: Path, tag: Callable[..., Done], monkeypatch: pytest.MonkeyPatch,
        arguments: list[str], said: str,
    ) -> None:  # fmt: skip
        monkeypatch.chdir(few.parent)
        Path("folder.csv").mkdir()
        Path("bad.csv").write_text("id,path\na,\n")
        done = tag(*arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.err

    def test_pictures_without_opencv(
        self, mixed: Path, few: Path, tag: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What to install is said before any work; sounds alone do without it."""
        import augmentor.files.pictures as module

        monkeypatch.setattr(module, "find_spec", lambda _name: None)
        done = tag(mixed, "-o", few.parent / "t.jsonl")
        assert (done.code, done.out) == (2, "")
        assert "pip install 'augmentor-loop[images]'" in done.err
        assert not (few.parent / "t.jsonl").exists()
        assert tag(few).code == 0


def test_a_recipe_takes_its_parents_by_measured_tags(
    tmp_path: Path, tag: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    """tag -> recipe with `from: [low snr]` -> plan: noisy parents, and shares that know them."""
    from augmentor.api import plan

    recipe = make_project(
        tmp_path,
        duration_s=3.0,
        recipe=RECIPE.replace(
            "data/train.jsonl, sample", "data/train.tagged.jsonl, sample"
        ).replace("  low bandwidth:\n", "  low bandwidth:\n    from: [low snr]\n"),
    )
    noisy = set()
    for number in range(0, 12, 3):
        path = tmp_path / f"data/p{number:03d}.wav"
        sound, _ = soundfile.read(path, dtype="float32")
        noise = noise_like(len(sound) / RATE, seed=number, colour=0.0)[: len(sound)]
        soundfile.write(path, 0.5 * sound + 0.3 * noise, RATE, subtype="PCM_16")
        noisy.add(path.stem)
    assert tag(tmp_path / "data/train.jsonl").code == 0
    made = plan(load_recipe(recipe))
    parents = {
        name: {row.source.facts.id for row in made.plan.rows if row.category == name}
        for name in made.plan.counts()
    }
    assert parents["low bandwidth"] <= noisy
    assert parents["low bandwidth"]
    assert not parents["vehicle noise"] & noisy  # from: [clean]
    assert made.plan.tags["low snr"].before_frac == pytest.approx(4 / 12)
    row = next(row for row in made.plan.rows if row.category == "low bandwidth")
    assert row.source.meta["snr_db"] < 15
