"""Data as teams have them are read as they are: NeMo, Kaldi, Lhotse, Hugging Face, tables.

Where the library of a form installs, it writes the data, and says what is in them.
"""

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from project import RATE_HZ, noise_like, write_manifest
from sound_corpus import Said, cut, heard, said, told

from augmentor import api
from augmentor.core.errors import BadSourceError, UsageError
from augmentor.ledger.record import read_records
from augmentor.recipe.load import load_recipe
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.sound import digest_sound

UTTERANCES = {one.id: one for one in said()}


def check(source: Source, one: Said, corpus: Path) -> None:
    """Hold a source against what was said."""
    facts = source.facts
    assert (facts.id, facts.target, facts.speaker) == (one.id, one.text, one.speaker)
    assert source.start_s == pytest.approx(one.start_s, abs=1e-8)
    assert source.duration_s == pytest.approx(one.duration_s, abs=1e-8)
    want = cut(corpus / "wav" / f"{one.recording}.wav", one.start_s, one.duration_s)
    np.testing.assert_array_equal(heard(source), want)


class TestTables:
    """Plain tables and NeMo's manifests."""

    @pytest.mark.parametrize("form", ["csv", "jsonl", "jsonl.gz", "parquet"])
    def test_stretches_speakers_groups_splits_and_weights(self, corpus: Path, form: str) -> None:
        """A table of 50 stretches says the same in each form, and is cut where it says."""
        rows: list[dict[str, Any]] = [
            {"id": one.id, "path": f"wav/{one.recording}.wav", "start_s": one.start_s,
             "duration_s": one.duration_s, "sentence": one.text, "speaker": one.speaker,
             "group": one.recording, "split": ("train", "dev")[place % 2], "weight": 0.5 * place}
            for place, one in enumerate(UTTERANCES.values())
        ]  # fmt: skip
        path = corpus / f"table.{form}"
        if form == "csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, rows[0])
                writer.writeheader()
                writer.writerows(rows)
        elif form == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        else:
            text = "".join(json.dumps(row) + "\n" for row in rows).encode()
            path.write_bytes(gzip.compress(text) if form.endswith("gz") else text)
        sources = read_sources(path)
        assert len(sources) == 50
        for source, row, one in zip(sources, rows, UTTERANCES.values(), strict=True):
            check(source, one, corpus)
            facts = source.facts
            assert (facts.group, facts.split) == (one.recording, row["split"])
            assert facts.weight == row["weight"]
            assert source.meta == {}

    @pytest.mark.parametrize("absolute", [False, True])
    def test_nemo(self, corpus: Path, absolute: bool) -> None:
        """JSON Lines under the name .json; what a model heard stays beside the transcript."""
        at = f"{corpus}/wav" if absolute else "wav"
        rows = [
            {"audio_filepath": f"{at}/{one.recording}.wav", "offset": one.start_s,
             "duration": one.duration_s, "text": one.text, "speaker": one.speaker,
             "pred_text": one.text if place % 2 else "something else entirely"}
            for place, one in enumerate(UTTERANCES.values())
        ]  # fmt: skip
        path = corpus / "nemo.json"
        write_manifest(path, rows)
        sources = read_sources(path)
        for source, row, one in zip(sources, rows, UTTERANCES.values(), strict=True):
            assert source.facts.id == f"{row['audio_filepath']}@{one.start_s:.3f}"
            np.testing.assert_array_equal(
                heard(source), cut(corpus / f"wav/{one.recording}.wav", one.start_s, one.duration_s)
            )
            assert (source.facts.target, source.facts.speaker) == (one.text, one.speaker)
            assert source.meta == {"pred_text": row["pred_text"]}
        audit = api.audit_table(path)
        assert set(audit.table.ids) == {source.facts.id for source in sources}
        assert sum(map(str.__eq__, audit.table.targets, audit.table.predictions)) == 25

    def test_nemo_that_is_no_list_of_files(self, tmp_path: Path) -> None:
        """Tarred manifests are refused once, and so is a row with a file a channel."""
        rows = [{"audio_filepath": f"{n}.wav", "duration": 1, "shard_id": n} for n in range(3)]
        write_manifest(tmp_path / "tarred.json", rows)
        found = told(tmp_path / "tarred.json")
        assert found[0] == (
            "tarred.json:1: 'shard_id': 3 of its sounds lie in tar files; unpack them, and name "
            "the manifest from which the tar files were made"
        )
        assert found[1:] == ["tarred.json: was read as a NeMo manifest"]
        write_manifest(tmp_path / "two.json", [{"audio_filepath": ["a.wav", "b.wav"]}])
        assert (
            "a list of files, a channel each; write one file a row"
            in told(tmp_path / "two.json")[0]
        )

    def test_a_folder_with_a_nemo_manifest(self, tmp_path: Path) -> None:
        """Its manifest is read, not the bare sounds; of two, one is to be named."""
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "a.wav").touch()
        (tmp_path / "config.json").write_text('{"path": "is no manifest"}')
        write_manifest(tmp_path / "train.json", [{"audio_filepath": "data/a.wav", "text": "hi"}])
        assert [one.facts.target for one in read_sources(tmp_path)] == ["hi"]
        write_manifest(tmp_path / "dev.json", [{"audio_filepath": "data/a.wav", "text": "hi"}])
        assert "several manifests (dev.json, train.json); name one" in told(tmp_path)[0]

    def test_a_stretch_of_no_length(self, corpus: Path) -> None:
        """It is not the file that is empty."""
        first = next(iter(UTTERANCES.values()))
        row = {"audio_filepath": f"wav/{first.recording}.wav", "duration": 0}
        write_manifest(corpus / "none.json", [row])
        (source,) = read_sources(corpus / "none.json")
        with pytest.raises(BadSourceError, match="asks for 0 s of it, no stretch to hear"):
            heard(source)

    def test_packed_tables_that_are_not_whole(self, tmp_path: Path) -> None:
        """A cut-off download is one sentence."""
        whole = gzip.compress(b'{"path": "a.wav"}\n' * 1000)
        (tmp_path / "m.jsonl.gz").write_bytes(whole[:-20])
        assert "not a gzip file that is whole" in told(tmp_path / "m.jsonl.gz")[0]
        (tmp_path / "m.parquet.gz").write_bytes(whole)
        assert "unknown kind of table '.parquet.gz'" in told(tmp_path / "m.parquet.gz")[0]

    def test_transcripts_under_other_names(self, tmp_path: Path) -> None:
        """`sentence` and its like are the target where there is none; else they stay beside it."""
        for name in ("sentence", "transcription", "transcript"):
            write_manifest(tmp_path / "m.jsonl", [{"path": "a.wav", name: "hello"}])
            (source,) = read_sources(tmp_path / "m.jsonl")
            assert (source.facts.target, source.meta) == ("hello", {})
            write_manifest(tmp_path / "m.jsonl", [{"path": "a.wav", name: "hi", "label": "en"}])
            (source,) = read_sources(tmp_path / "m.jsonl")
            assert (source.facts.target, source.meta) == ("en", {name: "hi"})


def kaldi(folder: Path, wav: str = "wav", **files: str) -> Path:
    """Write a Kaldi folder of the corpus; `files` replace what is in it, or add to it."""
    folder.mkdir(parents=True)
    recordings = dict.fromkeys(one.recording for one in UTTERANCES.values())
    every = UTTERANCES.values()
    lists = {
        "wav.scp": [f"{name} {wav}/{name}.wav" for name in recordings],
        "segments": [
            f"{one.id} {one.recording} {one.start_s} {one.start_s + one.duration_s:.4f}"
            for one in every
        ],
        "text": [f"{one.id} {one.text}" for one in every],
        "utt2spk": [f"{one.id} {one.speaker}" for one in every],
        "utt2lang": [f"{one.id} fr" for one in every],
        "spk2gender": [f"{one} f" for one in dict.fromkeys(one.speaker for one in every)],
    }
    texts = {name: "\n".join(lines) + "\n" for name, lines in lists.items()} | files
    for name, text in texts.items():
        (folder / name.replace("wav_scp", "wav.scp")).write_text(text, encoding="utf-8")
    return folder


PIPE = (
    "is what a command writes, and augmentor starts no commands of a list; run it once, with its "
    "output into a file, and name the file"
)
ARCHIVE = "lies in an archive (ark/x.ark:1234); unpack it (wav-copy), and name the file"
CHANNEL = (
    "is of channel A of its recording; write each channel as a file of its own, and four fields a "
    "line"
)
FOUR = "has 'r5 zero 1'; write: UTTERANCE RECORDING START END, the times in seconds"


class TestKaldi:
    """Kaldi data folders."""

    @pytest.mark.parametrize("depth", ["data", "a/data/train", "wav/../data2"])
    def test_segments_are_cut_where_they_say(self, corpus: Path, depth: str) -> None:
        """50 utterances, as kaldiio cuts them; names of wav.scp begin where Kaldi was started."""
        kaldiio = pytest.importorskip("kaldiio")
        folder = kaldi(corpus / depth)
        sources = read_sources(folder)
        for source, one in zip(sources, UTTERANCES.values(), strict=True):
            check(source, one, corpus)
            assert source.facts.group == one.recording
            assert source.meta == {"language": "fr", "gender": "f"}
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(corpus)  # where Kaldi would be started
            theirs = kaldiio.load_scp(
                str(folder / "wav.scp"), segments=str(folder / "segments"), separator=None
            )
            for source in sources:
                rate_hz, samples = theirs[source.facts.id]
                mine = heard(source)
                # It cuts fractions of a frame off, we go to the nearest frame.
                assert rate_hz == RATE_HZ
                assert abs(len(samples) - len(mine)) <= 1
                shift = int(source.start_s * RATE_HZ) - round(source.start_s * RATE_HZ)
                n = min(len(samples) + shift, len(mine))
                np.testing.assert_array_equal(samples[-shift:][:n] / 32768, mine[:n])

    def test_what_lhotse_writes_and_reads(self, corpus: Path) -> None:
        """A folder that lhotse exported: its own import finds the same in it as we do."""
        pytest.importorskip("lhotse")
        from lhotse.kaldi import export_to_kaldi, load_kaldi_data_dir

        recordings, supervisions = lhotse_sets(corpus)
        export_to_kaldi(recordings, supervisions, corpus / "from_lhotse")
        theirs = {one.id: one for one in load_kaldi_data_dir(corpus / "from_lhotse", RATE_HZ)[1]}
        sources = read_sources(corpus / "from_lhotse")
        assert {one.facts.id for one in sources} == set(theirs)
        for source in sources:
            other = theirs[source.facts.id]
            assert source.facts.target == other.text
            assert source.facts.speaker == other.speaker
            assert source.start_s == pytest.approx(other.start, abs=1e-6)
            assert source.duration_s == pytest.approx(other.duration, abs=1e-4)

    def test_without_segments_an_utterance_is_a_recording(self, corpus: Path) -> None:
        """Each recording is an example, whole, and of no group."""
        names = [f"rec{n}" for n in range(5)]
        folder = kaldi(
            corpus / "whole",
            text="".join(f"{one} hello {one}\n" for one in names),
            utt2spk="".join(f"{one} spk-{one}\n" for one in names),
            utt2lang="",
        )
        (folder / "segments").unlink()
        sources = read_sources(folder)
        assert [one.facts.id for one in sources] == names
        for source in sources:
            assert (source.start_s, source.duration_s, source.facts.group) == (0.0, None, "")
            assert source.facts.target == f"hello {source.facts.id}"
            assert len(heard(source)) == soundfile.info(source.path).frames

    def test_an_end_of_minus_one_is_the_recordings(self, corpus: Path) -> None:
        """-1, as Kaldi has it, means to the end."""
        folder = kaldi(corpus / "ends", segments="u rec0 8.5 -1\n", text="u hi\n", utt2spk="u s\n",
                       utt2lang="u fr\n")  # fmt: skip
        (source,) = read_sources(folder)
        assert (source.start_s, source.duration_s) == (8.5, None)
        assert len(heard(source)) == round(0.5 * RATE_HZ)

    def test_every_mistake_at_once(self, corpus: Path) -> None:
        """What is no file, and lists that do not fit one another: each line by its place."""
        folder = kaldi(
            corpus / "bad",
            wav_scp="r1 sph2pipe -f wav a.sph |\nr2 ark/x.ark:1234\nr3 -\nr4\nr5 wav/rec0.wav\n"
            "r5 wav/rec1.wav\n",
            segments="u1 nope 0 1\nu2 r5 2 1\nu3 r5 1 1\nu4 r5 -0.5 1\nu5 r5 0 1 A\nu6 r5 zero 1\n"
            "u7 r5 0 1\nu7 r5 0 2\nu8 r1 0 1\n",
            text="".join(f"u{n} hi\n" for n in range(1, 8)) + "u99 hi\n",
            utt2spk="".join(f"u{n} s\n" for n in range(1, 9) if n != 7),
            utt2lang="",
        )
        after = "write an end after it, or -1 for all"
        assert told(folder) == [
            "wav.scp:6: 'r5' stands on line 5 already; ids are unique",
            f"wav.scp:1: 'r1' {PIPE}",
            f"wav.scp:2: 'r2' {ARCHIVE}",
            "wav.scp:3: 'r3' is '-', a stream and no file; save it, and name the file",
            "wav.scp:4: 'r4' has no file; write: ID FILE",
            "segments:8: 'u7' stands on line 7 already; ids are unique",
            "segments:1: 'u1' is of recording 'nope', which wav.scp does not have",
            f"segments:2: 'u2' starts at 2 s and ends at 1 s; {after}",
            f"segments:3: 'u3' starts at 1 s and ends at 1 s; {after}",
            "segments:4: 'u4' starts at -0.5 s; a recording starts at 0",
            f"segments:5: 'u5' {CHANNEL}",
            f"segments:6: 'u6' {FOUR}",
            f"segments:9: utterance 'u8' has no text in {folder}/text; add a line there",
            f"segments:7: utterance 'u7' has no speaker in {folder}/utt2spk; add a line there",
            "text:8: utterance 'u99' is not in segments; take the line out, or add it there",
            "bad: was read as a Kaldi folder",
        ]

    def test_a_million_pipes_are_not_a_million_lines(self, corpus: Path) -> None:
        """Mistakes alike are counted after the first twenty of a file."""
        scp = "".join(f"r{n} cat {n}.wav |\n" for n in range(1000))
        folder = kaldi(corpus / "pipes", wav_scp=scp, segments="", text="", utt2spk="", utt2lang="")
        found = told(folder)
        assert len(found) == 22
        assert found[-2:] == ["wav.scp: and 980 more lines like these",
                              "pipes: was read as a Kaldi folder"]  # fmt: skip

    def test_where_its_files_were_looked_for(self, tmp_path: Path) -> None:
        """Files that are nowhere: the folders that were tried are named."""
        found = told(kaldi(tmp_path / "x" / "data"))[0]
        assert found.startswith(f"wav.scp: 'wav/rec0.wav' was looked for in {tmp_path}/x/data, ")
        assert str(Path.cwd()) in found
        assert "start augmentor there, or write whole paths" in found

    def test_folders_that_are_not_quite(self, corpus: Path) -> None:
        """Features alone, and a folder of such folders, are refused by name."""
        kaldi(corpus / "several" / "dev")
        kaldi(corpus / "several" / "train")
        assert told(corpus / "several")[0] == "several: holds Kaldi folders; name one: dev, train"
        (corpus / "feats").mkdir()
        (corpus / "feats" / "feats.scp").write_text("u1 feats.ark:5\n")
        (corpus / "feats" / "utt2spk").write_text("u1 s1\n")
        assert told(corpus / "feats")[0].startswith("feats: features (feats.scp) and no wav.scp")


RECIPE = """\
augmentor: 1
name: kaldi
source: {manifest: KALDI, sample_rate: 16000, target: transcript}
banks: {vehicle: noise}
budget: BUDGET
categories:
  vehicle noise:
    steps:
      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [15, 5]}}
gate: {realism: {silence_frac: null, bandwidth_frac: null}, tries: 1}
"""


class TestRun:
    """A recipe on data of another form."""

    @pytest.fixture
    def project(self, corpus: Path, tmp_path: Path) -> Callable[[str], Path]:
        """Return a function that writes a recipe with a budget."""
        kaldi(tmp_path / "data" / "train", str(corpus / "wav"))
        (tmp_path / "noise").mkdir()
        noise = noise_like(3.0, 1)
        soundfile.write(tmp_path / "noise" / "n.wav", noise, RATE_HZ, subtype="PCM_16")

        def written(budget: str) -> Path:
            path = tmp_path / "recipe.yaml"
            path.write_text(RECIPE.replace("KALDI", "data/train").replace("BUDGET", budget))
            return path

        return written

    def test_a_run_on_segments(self, corpus: Path, project: Callable[[str], Path]) -> None:
        """Each new example is made of its stretch, as long, with its words, speaker and group."""
        run = api.run(project("12"), workers=0)
        assert run.counts["done"] == 12
        assert run.counts.get("quarantined", 0) == 0
        for record in read_records(run.folder):
            one = UTTERANCES[record.parent]
            want = cut(corpus / "wav" / f"{one.recording}.wav", one.start_s, one.duration_s)
            assert record.parent_digest == digest_sound(want, RATE_HZ)
            assert soundfile.info(run.folder / record.file_name).frames == len(want)
            assert (record.target, record.speaker, record.group) == (
                one.text, one.speaker, one.recording
            )  # fmt: skip

    def test_sounds_that_are_all_missing(self, project: Callable[[str], Path]) -> None:
        """One of them is named with the place where it was looked for."""
        recipe = project("12")
        text = recipe.read_text().replace("data/train", "data/list.json")
        recipe.write_text(text)
        write_manifest(recipe.parent / "data" / "list.json", [{"audio_filepath": "clips/a.wav"}])
        where = recipe.parent / "data" / "clips" / "a.wav"
        with pytest.raises(UsageError, match=f"1 quarantined, the first {where}: missing"):
            api.plan(recipe)

    @pytest.mark.parametrize(("budget", "limit"), [("0.01 h", 36.0), ("0.5 h", 1800.0)])
    def test_hours_are_those_of_the_stretches(
        self, project: Callable[[str], Path], budget: str, limit: float
    ) -> None:
        """A budget of hours is spent on the lengths of utterances, and not of recordings."""
        plan = api.plan(project(budget)).plan
        lengths = {row.id: UTTERANCES[row.source.facts.id].duration_s for row in plan.rows}
        assert sum(lengths.values()) == pytest.approx(plan.duration_s, abs=0.01)
        assert limit - 0.75 <= plan.duration_s <= limit + 0.75

    def test_tagging_and_loading_know_it_too(self, project: Callable[[str], Path]) -> None:
        """`augmentor tag` writes a manifest of ours that says the same."""
        recipe = project("4")
        before = load_recipe(recipe).sources
        tagging = api.tag_manifest(recipe.parent / "data" / "train")
        assert tagging.output == recipe.parent / "data" / "train.tagged.jsonl"
        after = read_sources(tagging.output)
        keys = ("id", "target", "speaker", "group")
        for one, other in zip(before, after, strict=True):
            assert [getattr(one.facts, key) for key in keys] == [
                getattr(other.facts, key) for key in keys
            ]
            assert (one.path, one.start_s, one.duration_s) == (
                other.path, other.start_s, other.duration_s
            )  # fmt: skip


def lhotse_sets(corpus: Path) -> tuple[Any, Any]:
    """Return the corpus as lhotse has it."""
    from lhotse import Recording, RecordingSet, SupervisionSegment, SupervisionSet

    recordings = [Recording.from_file(one) for one in sorted((corpus / "wav").glob("*.wav"))]
    supervisions = [
        SupervisionSegment(one.id, one.recording, one.start_s, one.duration_s, 0, one.text, "fr",
                           one.speaker, "f")
        for one in UTTERANCES.values()
    ]  # fmt: skip
    return RecordingSet.from_recordings(recordings), SupervisionSet.from_segments(supervisions)


@pytest.mark.parametrize("name", ["wav", "kaldi", "nemo.jsonl", "train"])
def test_relative_and_absolute_paths_mean_the_same(corpus: Path, tmp_path: Path, name: str) -> None:
    """However a source is named, it is the same files."""
    shutil.copytree(corpus / "wav", tmp_path / "wav")
    shutil.copytree(corpus / "wav", tmp_path / "train" / "wav")
    rows = [{"file_name": "wav/rec0.wav"}]
    write_manifest(tmp_path / "train" / "metadata.jsonl", rows)
    write_manifest(tmp_path / "nemo.jsonl", [{"audio_filepath": "wav/rec0.wav"}])
    kaldi(tmp_path / "kaldi")
    absolute = read_sources(tmp_path / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        relative = read_sources(Path(name))
        assert [one.path.resolve() for one in relative] == [one.path for one in absolute]
        assert all(one.path.is_file() for one in relative)
    assert [one.facts for one in relative] == [one.facts for one in absolute]
