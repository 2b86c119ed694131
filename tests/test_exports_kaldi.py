"""Exports for Kaldi: folders that its own checks take, and that lhotse reads."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import RATE_HZ
from sound_exports import SOUNDS, Made, make
from sound_readers import READERS, read_kaldi_folder

from augmentor import api
from augmentor.jobs.exports.entry import Entry, Stretch
from augmentor.jobs.exports.kaldi import kaldi_lists, speaker_of, utterance_of
from augmentor.jobs.exports.kaldi_check import wrong_with_folder
from augmentor.sources.manifest import read_sources

pytestmark = pytest.mark.usefixtures("one_cache")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a run of sounds with all that a manifest can say."""
    return make(tmp_path_factory.mktemp("made"))


class TestKaldi:
    """What Kaldi checks itself."""

    def test_order_is_that_of_sort(self, made: Made, tmp_path: Path) -> None:
        """Each list under LC_ALL=C, and utterances by speaker, as ``sort`` has them."""
        out = tmp_path / "out"
        found = api.export_run(made.folder, "kaldi", out, with_source=True)
        assert any("written anew" in note for note in found.notes)
        env = os.environ | {"LC_ALL": "C"}
        for folder in (out / "train", out / "dev"):
            lists = {one.name for one in folder.iterdir()}
            wanted = {"wav.scp", "segments", "text", "utt2spk", "spk2utt", "utt2dur", "reco2dur"}
            assert lists == {*wanted, "ids.tsv"}
            for name in wanted:
                firsts = [line.split(b" ")[0] for line in (folder / name).read_bytes().splitlines()]
                assert len(set(firsts)) == len(firsts)
                subprocess.run(["sort", "-c", folder / name], check=True, env=env)
            subprocess.run(["sort", "-c", "-k2", folder / "utt2spk"], check=True, env=env)
            files = {name: (folder / name).read_text() for name in wanted}
            assert wrong_with_folder(files) == []

    @pytest.mark.parametrize("with_source", [False, True])
    def test_lhotse_reads_it_too(self, made: Made, tmp_path: Path, with_source: bool) -> None:
        """An independent reader of Kaldi's form cuts the same samples, with or without segments."""
        from lhotse import CutSet
        from lhotse.kaldi import load_kaldi_data_dir

        out = tmp_path / "out"
        api.export_run(made.folder, "kaldi", out, with_source=with_source)
        assert (out / "train" / "segments").is_file() == with_source
        wanted = {one.id: one for one in read_kaldi_folder(out / "train")}
        ids = dict(
            line.split("\t")[:2]
            for line in (out / "train" / "ids.tsv").read_text().split("\n")[1:-1]
        )
        recordings, said, _ = load_kaldi_data_dir(out / "train", sampling_rate=RATE_HZ)
        cuts = CutSet.from_manifests(recordings, said).trim_to_supervisions(keep_overlapping=False)
        found = {ids[one.supervisions[0].id]: one for one in cuts}
        assert found.keys() == wanted.keys()
        for name, one in found.items():
            assert np.array_equal(one.load_audio()[0], wanted[name].samples)
            assert one.supervisions[0].text == wanted[name].target
            assert one.supervisions[0].speaker == wanted[name].speaker

    def test_read_as_a_source_again(self, made: Made, tmp_path: Path) -> None:
        """Ids, speakers, tags and parents are what they were, so no new example is a clean one."""
        api.export_run(made.folder, "kaldi", tmp_path / "out", with_source=True)
        wanted = made.old | made.new
        found = [
            one for split in ("train", "dev") for one in read_sources(tmp_path / "out" / split)
        ]
        assert {one.facts.id for one in found} == wanted.keys()
        for one in found:
            facts, right = one.facts, wanted[one.facts.id]
            assert (facts.speaker, facts.group, facts.split, facts.weight, facts.tags) == (
                right.speaker, right.group, right.split, right.weight, right.tags
            )  # fmt: skip
            assert one.meta.get("parent", "") == right.parent

    def test_odd_names_are_read_back(self, tmp_path: Path) -> None:
        """What would end a cell or a line is written in other signs."""
        name = "a\tb\\t\nc\r\\"
        sound = Stretch("r.wav", 0, 100, 100, 16000)
        one = Entry("", Path(), name, speaker=name, target="x", sound=sound)
        (tmp_path / "r.wav").touch()
        for file, text in kaldi_lists([one], lambda _: str(tmp_path / "r.wav")).items():
            (tmp_path / file).write_text(text)
        (source,) = read_sources(tmp_path)
        assert (source.facts.id, source.facts.speaker) == (name, name)
        (tmp_path / "ids.tsv").write_text("utterance\tnote\nx\ty\n")  # of another program
        (source,) = read_sources(tmp_path)
        assert source.facts.id == utterance_of(one)

    @settings(deadline=None, max_examples=200)
    @given(
        st.dictionaries(
            st.text("ab-._ é\t#", min_size=1, max_size=5),
            st.text("ab-._ é", max_size=4),
            min_size=1,
        )
    )
    def test_any_ids_and_speakers(self, speakers: dict[str, str]) -> None:
        """Whatever they are called, Kaldi takes the folder and no two become one."""
        sound = Stretch("r.wav", 5, 10, 100, 16000)
        entries = [
            Entry("", Path(), name, speaker=speaker, target="\u00a0a\n b", sound=sound)
            for name, speaker in speakers.items()
        ]
        lists = kaldi_lists(entries, lambda _: "/a b/r.wav")
        order = sorted(
            (line.split(" ") for line in lists["utt2spk"].split("\n")[:-1]),
            key=lambda pair: (pair[1].encode(), pair[0].encode()),
        )
        assert [" ".join(pair) for pair in order] == lists["utt2spk"].split("\n")[:-1]
        assert len({utterance_of(one) for one in entries}) == len(speakers)
        known = {one.speaker: speaker_of(one) for one in entries if one.speaker}
        assert len(set(known.values())) == len(known)

    @pytest.mark.parametrize(
        ("name", "old", "new", "said"),
        [
            ("utt2spk", "b-2 b\n", "", "spk2utt and utt2spk"),
            ("utt2spk", "b-2 b", "b-2 a", "spk2utt and utt2spk"),
            ("spk2utt", "b b-2\n", "", "spk2utt and utt2spk"),
            ("text", "a-1 x\nb-2 y\n", "b-2 y\na-1 x\n", "not in the order"),
            ("text", "b-2 y\n", "b-2 y\nb-2 z\n", "not in the order"),
            ("text", " x", " <s>", "text holds <s>"),
            ("text", " x", "\u3000x", "white space"),
            ("text", "b-2 y\n", "b-2 y", "new line"),
            ("segments", "r 2.0 3.0", "r 3.0 3.0", "bad line of segments"),
            ("segments", "r 2.0 3.0", "q 2.0 3.0", "same recordings"),
            ("segments", "b-2 r 2.0 3.0\n", "", "segments and utt2spk"),
            ("wav.scp", "/r.wav", "~/r.wav", "begins with ~"),
            ("wav.scp", "r /r.wav\n", "", "missing or empty"),
            ("utt2dur", "a-1 1.0", "a-1 0", "bad line of utt2dur"),
            ("reco2dur", "r 3.0", "q 3.0", "reco2dur and wav.scp"),
        ],
    )  # fmt: skip
    def test_planted_faults_are_found(self, name: str, old: str, new: str, said: str) -> None:
        """Each thing that Kaldi's own check looks at."""
        files = {
            "wav.scp": "r /r.wav\n", "text": "a-1 x\nb-2 y\n", "utt2spk": "a-1 a\nb-2 b\n",
            "spk2utt": "a a-1\nb b-2\n", "utt2dur": "a-1 1.0\nb-2 1.0\n",
            "segments": "a-1 r 0.0 1.0\nb-2 r 2.0 3.0\n", "reco2dur": "r 3.0\n",
        }  # fmt: skip
        assert wrong_with_folder(files) == []
        assert old in files[name]
        found = wrong_with_folder(files | {name: files[name].replace(old, new)})
        assert any(said in one for one in found), found

    def test_a_symbol_of_kaldis_own_is_skipped(self, tmp_path: Path) -> None:
        """A text with one is named with its reason; the others are there."""
        one = make(tmp_path, splits=False)
        data = tmp_path / "data" / "train.jsonl"
        text = data.read_text().replace(json.dumps("good day"), '"good <s> day"', 1)
        data.write_text(text)
        found = api.export_run(one.folder, "kaldi", tmp_path / "out", with_source=True)
        assert found.exit_code == 3
        (skipped,) = found.skipped
        assert "<s>, which Kaldi keeps for itself" in skipped["reason"]
        assert len(READERS["kaldi"](tmp_path / "out")) == SOUNDS + len(one.new) - 1
