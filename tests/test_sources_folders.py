"""Lhotse's manifests and Hugging Face's folders: read as their own libraries read them."""

import csv
import gzip
import json
import shutil
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from project import RATE_HZ, write_manifest
from sound_corpus import Said, heard, said, told, write_clips

from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.pictures import read_pictures

UTTERANCES = {one.id: one for one in said()}
Rows = list[dict[str, Any]]


def lhotse_cuts(corpus: Path, wav: Path | None = None) -> Any:
    """Return the recordings as cuts of lhotse, each with ten supervisions and their words."""
    pytest.importorskip("lhotse")
    from lhotse import CutSet, Recording, RecordingSet, SupervisionSegment, SupervisionSet
    from lhotse.supervision import AlignmentItem

    def supervision(one: Said) -> Any:
        words = one.text.split()
        each_s = round(one.duration_s / len(words) - 0.01, 3)
        items = [
            AlignmentItem(word, round(one.start_s + at * each_s, 4), each_s, 0.9)
            for at, word in enumerate(words)
        ]
        return SupervisionSegment(
            one.id, one.recording, one.start_s, one.duration_s, 0, one.text, "fr", one.speaker,
            "f", {"tags": ["phone"], "mic": "m1"}, {"word": items},
        )  # fmt: skip

    files = sorted((wav or corpus / "wav").glob("*.wav"))
    return CutSet.from_manifests(
        RecordingSet.from_recordings(Recording.from_file(one) for one in files),
        SupervisionSet.from_segments(map(supervision, UTTERANCES.values())),
    ).to_eager()


def agree(sources: list[Source], cuts: Any) -> None:
    """Hold sources against cuts of one supervision each: samples, facts and words."""
    assert [one.facts.id for one in sources] == [one.id for one in cuts]
    assert len(sources) == 50
    for source, one in zip(sources, cuts, strict=True):
        (said_there,) = one.supervisions
        facts = source.facts
        assert (facts.target, facts.speaker) == (said_there.text, said_there.speaker)
        assert (facts.group, facts.tags) == (one.recording_id, ("phone",))
        assert source.meta == {"language": "fr", "gender": "f", "mic": "m1"}
        assert source.start_s == pytest.approx(one.start, abs=0.5 / RATE_HZ)
        assert source.duration_s == pytest.approx(one.duration, abs=1 / RATE_HZ)
        np.testing.assert_array_equal(heard(source), one.load_audio()[0])
        items = said_there.alignment["word"]
        assert [word for _, _, word in source.words] == [item.symbol for item in items]
        for (start_s, stop_s, _), item in zip(source.words, items, strict=True):
            # Lhotse's cut may begin a part of a frame after its first word.
            assert start_s == pytest.approx(max(0, item.start - one.start), abs=1e-4)
            assert stop_s == pytest.approx(item.end - one.start, abs=1e-4)


class TestLhotse:
    """Cuts, and recordings with supervisions."""

    @pytest.mark.parametrize("name", ["cuts.jsonl", "my_cuts_train.jsonl.gz"])
    def test_cuts(self, corpus: Path, tmp_path: Path, name: str) -> None:
        """A cut is an example: as lhotse loads it, to the sample."""
        cuts = lhotse_cuts(corpus).trim_to_supervisions(keep_overlapping=False).to_eager()
        cuts.to_file(tmp_path / name)
        agree(read_sources(tmp_path / name), cuts)
        agree(read_sources(tmp_path), cuts)

    def test_a_cut_with_several_supervisions(self, corpus: Path, tmp_path: Path) -> None:
        """It is an example a supervision, as lhotse itself trims it."""
        cuts = lhotse_cuts(corpus)
        cuts.to_file(tmp_path / "cuts.jsonl.gz")
        trimmed = cuts.trim_to_supervisions(keep_overlapping=False).to_eager()
        agree(read_sources(tmp_path), trimmed)

    @pytest.mark.parametrize("end", ["s.jsonl.gz", "s_dev.jsonl"])
    def test_recordings_and_supervisions(self, corpus: Path, tmp_path: Path, end: str) -> None:
        """The pair is read by its folder and by either file; it says what the cuts say."""
        cuts = lhotse_cuts(corpus)
        recordings, supervisions, _ = cuts.decompose()
        recordings.to_file(tmp_path / f"recording{end}")
        supervisions.to_file(tmp_path / f"supervision{end}")
        trimmed = cuts.trim_to_supervisions(keep_overlapping=False).to_eager()
        for path in (tmp_path, tmp_path / f"recording{end}", tmp_path / f"supervision{end}"):
            agree(read_sources(path), trimmed)
        (tmp_path / f"supervision{end}").unlink()
        whole = read_sources(tmp_path)
        assert [one.facts.id for one in whole] == [f"rec{n}" for n in range(5)]
        assert (whole[0].facts.target, whole[0].facts.group) == ("", "")

    def test_names_begin_where_lhotse_was_started(self, corpus: Path, tmp_path: Path) -> None:
        """Relative paths are found from the manifest's parents, and from the current folder."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(corpus)
            cuts = lhotse_cuts(corpus, Path("wav")).trim_to_supervisions().to_eager()
        (corpus / "data" / "manifests").mkdir(parents=True)
        cuts.to_file(corpus / "data" / "manifests" / "cuts.jsonl.gz")
        shutil.copy(corpus / "data" / "manifests" / "cuts.jsonl.gz", tmp_path)
        found = read_sources(corpus / "data" / "manifests")
        assert {one.path for one in found} == {corpus / "wav" / f"rec{n}.wav" for n in range(5)}
        assert "'wav/rec0.wav' was looked for in" in told(tmp_path)[0]
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(corpus)
            assert [one.path for one in read_sources(tmp_path)] == [one.path for one in found]

    def test_what_lhotse_would_change_as_it_reads(self, corpus: Path, tmp_path: Path) -> None:
        """Mixed, padded, resampled, faster, of several channels, cut through: refused by name."""
        from lhotse import MonoCut, Recording
        from lhotse.cut import PaddingCut

        cuts = lhotse_cuts(corpus)
        one = cuts.trim_to_supervisions(keep_overlapping=False).to_eager()["s0-u00"]
        stereo = np.zeros((RATE_HZ, 2), dtype=np.float32)
        soundfile.write(tmp_path / "stereo.wav", stereo, RATE_HZ, subtype="PCM_16")
        two = Recording.from_file(tmp_path / "stereo.wav")
        right = MonoCut("right", 0, 1.0, 1, recording=two)
        odd = [
            one.pad(duration=2.0).with_id("padded"), one.mix(one).with_id("mixed"),
            two.to_cut().with_id("stereo"), right, PaddingCut("quiet", 1.0, RATE_HZ, 0.0),
            one.resample(8000).with_id("slow"), one.perturb_speed(1.1).with_id("fast"),
            one.truncate(duration=0.2).with_id("through"), one,
        ]  # fmt: skip
        bare = {key: cell for key, cell in one.to_dict().items() if key != "recording"}
        rows = [*(cut.to_dict() for cut in odd), bare | {"id": "bare"}]
        write_manifest(tmp_path / "cuts.jsonl", rows)
        instead = "write its sound as a file first: CutSet.save_audios(FOLDER)"
        found = told(tmp_path / "cuts.jsonl")
        for place, what in enumerate((
            f"1: 'padded', a MixedCut, mixes or pads sounds as it is read; {instead}",
            f"2: 'mixed', a MixedCut, mixes or pads sounds as it is read; {instead}",
            "3: 'stereo', a MultiCut, has several channels; make cuts of one: MultiCut.to_mono()",
            f"4: recording 'stereo' has channels [0, 1], wanted: [1] alone; {instead}",
            "5: 'quiet', a PaddingCut, is silence and no recording; take it out",
            f"6: recording 'rec0' is changed as Lhotse reads it (Resample); {instead}",
            f"7: recording 'rec0_sp1.1' is changed as Lhotse reads it (Speed); {instead}",
            f"8: 'through' is 0.2 s long, and what '{one.id}' says goes from 0 to ",
            "10: 'bare' has no recording; sounds are wanted: write the cuts with their recordings",
        )):  # fmt: skip
            assert found[place].startswith(f"cuts.jsonl:{what}")
        assert "trim_to_supervisions(keep_overlapping=False)" in found[7]
        assert found[9:] == ["cuts.jsonl: was read as Lhotse cuts"]

    def test_sounds_that_are_no_files(self, corpus: Path, tmp_path: Path) -> None:
        """Commands, addresses, several sources and rows that are broken: each by its line."""
        cut = lhotse_cuts(corpus).to_eager()["rec0-0"].to_dict()

        def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
            new = json.loads(json.dumps(cut))
            change(new)
            return new

        def source(**cells: Any) -> Callable[[dict[str, Any]], Any]:
            return lambda new: new["recording"]["sources"][0].update(cells)

        write_manifest(tmp_path / "cuts.jsonl", [
            changed(source(type="command", source="cat a.wav")),
            changed(source(type="url", source="https://example.org/a.wav")),
            changed(lambda new: new["recording"]["sources"].append({})),
            changed(lambda new: new.pop("start")),
            changed(lambda new: new.update(features={"type": "fbank"}, recording=None)),
            changed(lambda new: new.update(recording="rec0")),
        ])  # fmt: skip
        found = told(tmp_path / "cuts.jsonl")
        for line, what in enumerate((
            "recording 'rec0' is what a command writes, and augmentor starts no commands",
            "recording 'rec0' lies at an address, and augmentor reads files only",
            "recording 'rec0' has 2 sources, one is wanted",
            "no cut as Lhotse writes it (no 'start'); write the file again",
            "'rec0-0' has features and no recording; sounds are wanted",
            "no cut as Lhotse writes it (",
        ), 1):  # fmt: skip
            assert found[line - 1].startswith(f"cuts.jsonl:{line}: {what}")

    def test_which_of_several(self, corpus: Path, tmp_path: Path) -> None:
        """Several manifests in a folder are not mixed; supervisions need their recordings."""
        cuts = lhotse_cuts(corpus)
        cuts.to_file(tmp_path / "cuts_dev.jsonl.gz")
        cuts.to_file(tmp_path / "cuts_train.jsonl.gz")
        assert (
            "has several manifests (cuts_dev.jsonl.gz, cuts_train.jsonl.gz); name one"
            in (told(tmp_path)[0])
        )
        recordings, supervisions, _ = cuts.decompose()
        supervisions.to_file(tmp_path / "supervisions.jsonl")
        assert "supervisions without their recordings" in told(tmp_path / "supervisions.jsonl")[0]
        recordings.subset(first=4).to_file(tmp_path / "recordings.jsonl")
        found = told(tmp_path / "supervisions.jsonl")
        assert found[0] == (
            "supervisions.jsonl:41: of recording 'rec4', which recordings.jsonl does not have"
        )
        assert len(found) == 11

    def test_words_whose_times_are_counted_from_elsewhere(
        self, corpus: Path, tmp_path: Path
    ) -> None:
        """Lhotse counts words from the recording's start; others are no times of this stretch."""
        one = lhotse_cuts(corpus).trim_to_supervisions(keep_overlapping=False).to_eager()["s0-u09"]
        row = json.loads(json.dumps(one.to_dict()))
        for item in row["supervisions"][0]["alignment"]["word"]:
            item[1] -= row["start"]
        with gzip.open(tmp_path / "cuts.jsonl.gz", "wt") as file:
            file.write(json.dumps(row) + "\n")
        (source,) = read_sources(tmp_path)
        assert (source.facts.target, source.words) == (one.supervisions[0].text, ())


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a file for each utterance."""
    return write_clips(tmp_path_factory.mktemp("clips") / "wav")


def loaded(kind: str, folder: Path, cache: Path) -> list[dict[str, Any]]:
    """Return the rows that `datasets` finds in a folder, with split and path; nothing decoded."""
    datasets = pytest.importorskip("datasets")
    pandas = pytest.importorskip("pandas")
    datasets.disable_progress_bars()
    column = "audio" if kind == "audiofolder" else "image"
    undecoded = {"audio": datasets.Audio, "image": datasets.Image}[column](decode=False)
    with warnings.catch_warnings(), ExitStack() as stack:
        # Version 3 of datasets needs text as pandas had it, and pandas says that this will go.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        stack.enter_context(pandas.option_context("future.infer_string", False))
        splits = datasets.load_dataset(kind, data_dir=str(folder), cache_dir=str(cache))
    found = []
    for split, some in splits.items():
        label = some.features.get("label")
        for row in some.cast_column(column, undecoded):
            if isinstance(label, datasets.ClassLabel):
                row["label"] = label.int2str(row["label"])
            found.append(row | {"split": split, "path": Path(row[column]["path"])})
    return found


def write_metadata(path: Path, rows: Rows) -> None:
    """Write a metadata file by the end of its name."""
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        write_manifest(path, rows)


SPLITS = ("train", "validation", "test")


class TestHuggingFace:
    """audiofolder and imagefolder, as `datasets` loads them."""

    # datasets leaves its CSV files open.
    @pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize(
        ("form", "place", "word"),
        [
            ("jsonl", "root", "transcription"), ("csv", "root", "text"),
            ("parquet", "root", "sentence"), ("jsonl", "splits", "sentence"),
            ("csv", "splits", "transcription"), ("parquet", "splits", "text"),
            ("jsonl", "data", "text"),
        ],
    )  # fmt: skip
    def test_metadata(
        self, clips: dict[str, Path], tmp_path: Path, form: str, place: str, word: str
    ) -> None:
        """50 sounds with what is said of them: path, target, speaker and split."""
        folder = tmp_path / "set"
        rows: dict[Path, Rows] = {}
        for number, (id_, file) in enumerate(clips.items()):
            one, split = UTTERANCES[id_], SPLITS[number % 3]
            under = {"root": folder, "splits": folder / split, "data": folder / "data" / split}
            name = f"wavs/{file.name}"
            (under[place] / name).parent.mkdir(parents=True, exist_ok=True)
            (under[place] / name).hardlink_to(file)
            rows.setdefault(under[place], []).append(
                {"file_name": name, word: one.text, "speaker": one.speaker, "mic": f"m{number}"}
            )
        for where, some in rows.items():
            write_metadata(where / f"metadata.{form}", some)
        sources = read_sources(folder)
        assert len(sources) == 50
        for source in sources:
            one = UTTERANCES[source.path.stem]
            assert (source.facts.target, source.facts.speaker) == (one.text, one.speaker)
            np.testing.assert_array_equal(
                heard(source), soundfile.read(clips[one.id], dtype="float32")[0]
            )
        mine = {
            (one.path.resolve(), one.facts.target, one.facts.speaker, one.meta["mic"])
            for one in sources
        }
        theirs = loaded("audiofolder", folder, tmp_path / "cache")
        assert mine == {
            (one["path"].resolve(), one[word], one["speaker"], one["mic"]) for one in theirs
        }
        splits = {one.path.name: one.facts.split for one in sources}
        named = {one["path"].name: one["split"] for one in theirs}
        # Without folders of splits it calls everything training.
        assert splits == (dict.fromkeys(named, "") if place == "root" else named)

    def test_a_list_above_the_splits(self, tmp_path: Path) -> None:
        """One list for all splits: the folder of a file says its split, where the row does not."""
        names = ("train/a.wav", "test/b.wav", "c.wav")
        rows: Rows = [{"file_name": name} for name in names]
        write_manifest(
            tmp_path / "metadata.jsonl", [*rows, {"file_name": "dev/d.wav", "split": ""}]
        )
        assert [(one.facts.id, one.facts.split) for one in read_sources(tmp_path)] == [
            ("train/a.wav", "train"), ("test/b.wav", "test"), ("c.wav", ""), ("dev/d.wav", "")
        ]  # fmt: skip

    def test_lists_in_deeper_folders(self, tmp_path: Path) -> None:
        """A list in any folder is read; an empty transcript is none, and no other column."""
        for name, text in (("data/x", "one"), ("data/x/y", "")):
            (tmp_path / name).mkdir(parents=True)
            row = {"file_name": "a.wav", "transcription": text}
            write_manifest(tmp_path / name / "metadata.jsonl", [row])
        found = [(one.facts.id, one.facts.target, one.meta) for one in read_sources(tmp_path)]
        assert found == [("data/x/a.wav", "one", {}), ("data/x/y/a.wav", "", {})]

    def test_two_lists_of_one_folder(self, tmp_path: Path) -> None:
        """Neither is passed over in silence."""
        write_manifest(tmp_path / "metadata.jsonl", [{"file_name": "a.wav"}])
        (tmp_path / "metadata.csv").write_text("file_name\nb.wav\n")
        wanted = "metadata.jsonl: metadata.csv lies beside it; keep one of them"
        assert told(tmp_path)[0] == wanted

    def test_hidden_files(self, tmp_path: Path) -> None:
        """What systems and editors leave in a folder is no sound and no class."""
        for name in ("a/1.wav", "b/2.wav", "b/._2.wav", ".checkpoints/3.wav", "__MACOSX/4.wav"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        found = [(one.facts.id, one.facts.target) for one in read_sources(tmp_path)]
        assert found == [("a/1.wav", "a"), ("b/2.wav", "b")]

    @pytest.mark.parametrize("splits", [False, True])
    def test_labels_by_folder(self, clips: dict[str, Path], tmp_path: Path, splits: bool) -> None:
        """LABEL/x.wav and SPLIT/LABEL/x.wav, without a list."""
        folder = tmp_path / "set"
        for number, (id_, file) in enumerate(clips.items()):
            above = folder / SPLITS[number % 3] if splits else folder
            (above / UTTERANCES[id_].speaker).mkdir(parents=True, exist_ok=True)
            (above / UTTERANCES[id_].speaker / file.name).hardlink_to(file)
        theirs = loaded("audiofolder", folder, tmp_path / "cache")
        sources = read_sources(folder)
        assert {(one.path, one.facts.target) for one in sources} == {
            (one["path"], one["label"]) for one in theirs
        }
        assert len(sources) == 50
        if splits:
            assert {(one.path, one.facts.split) for one in sources} == {
                (one["path"], one["split"]) for one in theirs
            }

    def test_folders_that_name_nothing(self, clips: dict[str, Path], tmp_path: Path) -> None:
        """One label, several depths, deeper folders: no targets are guessed; splits alone are."""
        file = next(iter(clips.values()))

        def targets(*names: str) -> list[tuple[str, str, str]]:
            folder = tmp_path / f"f{len(list(tmp_path.iterdir()))}"
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).hardlink_to(file)
            return [(s.facts.id, s.facts.target, s.facts.split) for s in read_sources(folder)]

        assert targets("a/1.wav", "a/2.wav") == [("a/1.wav", "", ""), ("a/2.wav", "", "")]
        assert targets("a/1.wav", "2.wav") == [("2.wav", "", ""), ("a/1.wav", "", "")]
        assert targets("x/a/1.wav", "x/b/2.wav") == [("x/a/1.wav", "", ""), ("x/b/2.wav", "", "")]
        assert targets("dev/1.wav", "test/2.wav") == [
            ("dev/1.wav", "", "dev"), ("test/2.wav", "", "test")
        ]  # fmt: skip

    def test_a_split_without_its_list(self, clips: dict[str, Path], tmp_path: Path) -> None:
        """What one split has, the other must have: no sounds are lost in silence."""
        for split in ("train", "test"):
            (tmp_path / split).mkdir()
            (tmp_path / split / "a.wav").hardlink_to(next(iter(clips.values())))
        write_manifest(tmp_path / "train" / "metadata.jsonl", [{"file_name": "a.wav"}])
        assert told(tmp_path)[0].startswith("test: has no metadata file, though")
        write_manifest(tmp_path / "test" / "metadata.jsonl", [{"file_name": "a.wav", "id": 1}])
        write_manifest(tmp_path / "train" / "metadata.jsonl", [{"file_name": "a.wav", "id": 1}])
        (found,) = told(tmp_path)
        where = f"{tmp_path}/train/metadata.jsonl:1"
        assert found == f"metadata.jsonl:1: id '1' was used in {where} already; ids are unique"

    @pytest.mark.parametrize("labels", [False, True])
    def test_pictures(self, tmp_path: Path, labels: bool) -> None:
        """An imagefolder of splits, with metadata in each or with folders of labels."""
        cv2 = pytest.importorskip("cv2")
        folder = tmp_path / "set"
        rows: dict[str, Rows] = {}
        for number in range(50):
            split, label = SPLITS[number % 3], ("scratch", "good")[number % 2]
            above = folder / split / label if labels else folder / split
            above.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(above / f"{number}.png"), np.full((8, 8, 3), number, np.uint8))
            row = {"file_name": f"{number}.png", "label": label, "group": f"g{number}"}
            rows.setdefault(split, []).append(row)
        for split, some in rows.items() if not labels else ():
            write_manifest(folder / split / "metadata.jsonl", some)
        theirs = loaded("imagefolder", folder, tmp_path / "cache")
        sources = read_pictures(folder)
        assert len(sources) == 50
        assert {(one.path, one.facts.target, one.facts.split) for one in sources} == {
            (one["path"], one["label"], one["split"]) for one in theirs
        }
        if not labels:
            assert {(one.path, one.facts.group) for one in sources} == {
                (one["path"], one["group"]) for one in theirs
            }
