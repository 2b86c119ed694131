"""Lists for training that name files where they are, and stretches as files of their own."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_project import make_picture_project
from project import RATE_HZ, write_manifest
from sound_exports import RECIPE, SOUNDS, STRETCHES, Made, check, make, samples_of, write_sounds
from sound_readers import READERS, read_cuts, read_kaldi_folder, read_nemo_file, read_ours
from speechlike import speechlike

from augmentor import api
from augmentor.api.exported import exported
from augmentor.core.errors import AugmentorError, UsageError
from augmentor.files.marks import instances_of
from augmentor.files.stretches import cut_sound, seconds
from augmentor.jobs.exports.entry import Entry, Stretch
from augmentor.jobs.exports.kaldi import kaldi_lists
from augmentor.jobs.exports.lists import write_list
from augmentor.sources.pictures import read_pictures

pytestmark = pytest.mark.usefixtures("one_cache")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a run of sounds with all that a manifest can say."""
    return make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of pictures."""
    return api.run(make_picture_project(tmp_path_factory.mktemp("pictures")), workers=0).folder


class TestLists:
    """Lists for training that copy nothing."""

    @pytest.mark.parametrize("form", ["manifest", "nemo", "lhotse", "kaldi"])
    def test_files_are_named_where_they_are(self, made: Made, tmp_path: Path, form: str) -> None:
        """Read back, all is the same; Kaldi is told of what it cannot read."""
        entries = exported(made.folder, with_source=True).entries
        wanted = made.old | made.new
        path = tmp_path / {"lhotse": "cuts.jsonl.gz"}.get(form, "list.jsonl")
        if form == "kaldi":
            with pytest.raises(UsageError, match=r"augmentor export --to kaldi") as error:
                write_list(form, entries, path)
            assert len(error.value.problems) == STRETCHES // 2 + (SOUNDS - STRETCHES) // 2
            entries = [one for one in entries if one.sound.coding == "WAV PCM_16"]
            wanted = {one.id: wanted[one.id] for one in entries}
        write_list(form, entries, path)
        readers = {"manifest": read_ours, "nemo": read_nemo_file, "lhotse": read_cuts}
        check((readers | {"kaldi": read_kaldi_folder})[form](path), wanted, form)
        assert sorted(one.name for one in tmp_path.iterdir()) == [path.name]

    def test_two_channels(self, tmp_path: Path) -> None:
        """Lhotse is told of both, Kaldi gets their mean, as the run itself took them."""
        recipe = RECIPE.replace("target: transcript", "downmix: true")
        data = tmp_path / "data"
        write_sounds(data, splits=False, words=False)
        left, right = speechlike(1.0, seed=1), speechlike(1.0, seed=2)
        soundfile.write(data / "two.wav", np.stack([left, right], 1), RATE_HZ, subtype="PCM_16")
        write_manifest(data / "train.jsonl", [{"id": "two", "path": "two.wav", "target": "x"}])
        (tmp_path / "recipe.yaml").write_text(recipe)
        run = api.run(tmp_path / "recipe.yaml", workers=0).folder
        both = samples_of(data / "two.wav")
        for form in ("lhotse", "kaldi"):
            api.export_run(run, form, tmp_path / form, with_source=True)
        from lhotse import CutSet

        cuts = {one.id: one for one in CutSet.from_file(tmp_path / "lhotse" / "cuts.jsonl.gz")}
        assert np.array_equal(cuts["two"].load_audio(), both.T)
        (mono,) = [one for one in READERS["kaldi"](tmp_path / "kaldi") if one.id == "two"]
        assert np.abs(mono.samples - both.mean(axis=1)).max() <= 0.5 / 32768

    def test_pictures_in_our_own_manifest(self, pictures: Path, tmp_path: Path) -> None:
        """All that is marked in them is found again, also what is kept in masks."""
        entries = exported(pictures, with_source=True).entries
        write_list("manifest", entries, tmp_path / "list.jsonl")
        for one, source in zip(entries, read_pictures(tmp_path / "list.jsonl"), strict=True):
            size = one.height_px, one.width_px
            assert (source.facts.id, source.facts.split) == (one.id, one.split)
            here, there = instances_of(one.marks, *size), instances_of(source.marks, *size)
            assert [(each.label, each.made) for each in there.items] == [
                (each.label, each.made) for each in here.items
            ]
            for each, other in zip(here.items, there.items, strict=True):
                assert np.array_equal(each.drawn(*size), other.drawn(*size))
        with pytest.raises(UsageError, match="for pictures write 'manifest'"):
            write_list("nemo", entries, tmp_path / "l")

    def test_an_unknown_list(self, made: Made, tmp_path: Path) -> None:
        """Is answered with those there are."""
        with pytest.raises(UsageError, match=r"did you mean 'nemo'\?; allowed: manifest, nemo"):
            write_list("nemos", exported(made.folder).entries, tmp_path / "l")


class TestStretches:
    """Cutting."""

    @pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "ULAW", "PCM_U8"])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_samples_are_the_very_same(self, tmp_path: Path, subtype: str, channels: int) -> None:
        """In any coding, at any place, and the file has the same bytes every time."""
        chance = np.random.Generator(np.random.Philox(3))
        sound = chance.uniform(-1, 1, (9000, channels)).astype(np.float32)
        path = tmp_path / "a.wav"
        soundfile.write(path, sound, RATE_HZ, subtype=subtype)
        whole = samples_of(path)
        for start, frames in ((0, 9000), (1, 3), (1234, 5001), (8999, 1)):
            data = cut_sound(path, start, frames)
            assert data == cut_sound(path, start, frames)
            got = samples_of(io.BytesIO(data))  # type: ignore[arg-type]
            assert np.array_equal(got, whole[start : start + frames])

    @settings(deadline=None, max_examples=500)
    @given(
        st.integers(0, 10**9), st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 192000])
    )
    def test_readers_find_the_very_frame(self, frames: int, rate_hz: int) -> None:
        """Whether they round or drop what is behind the point, also from text."""
        found = float(str(seconds(frames, rate_hz)))
        assert int(found * rate_hz) == round(found * rate_hz) == frames

    def test_two_ids_that_become_one(self) -> None:
        """Are an error, not one example less."""
        sound = Stretch("r.wav", 0, 10, 10, 16000)
        twice = [Entry("", Path(), "a", speaker="s", sound=sound)] * 2
        with pytest.raises(AugmentorError, match="two ids become the same"):
            kaldi_lists(twice, lambda _: "/r.wav")
