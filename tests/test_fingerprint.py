"""Prints: the same recording or picture is told again, whatever was done to it; others are not."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import skimage.data
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from project import RATE_HZ, noise_like
from speechlike import speechlike

from augmentor.kernels.fingerprint import BITS, SoundIndex, sound_print
from augmentor.kernels.picture_print import PictureIndex, picture_print

Wave = NDArray[np.float32]
Sound = tuple[Wave, int]
Grey = NDArray[np.uint8]


def prompts() -> list[Wave]:
    """Return some seconds of speech each."""
    return [speechlike(2.5 + 0.1 * at, seed=at) for at in range(8)]


def recordings() -> list[Wave]:
    """Return what a bank and a test set may hold: speech, and noise of several colours."""
    return [*prompts(), *(noise_like(4.0, 40 + at, colour=at % 3) for at in range(6))]


def coded(samples: Wave, rate_hz: int, kind: str, coding: str) -> Sound:
    """Return a sound as it comes back from libsndfile's coder."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=kind, subtype=coding)
    file.seek(0)
    return soundfile.read(file, dtype="float32")


def resampled(samples: Wave, rate_hz: int) -> Wave:
    """Return a sound of 16 kHz at another rate."""
    return soxr.resample(samples, RATE_HZ, rate_hz)


COPIES: dict[str, Callable[[Wave], Sound]] = {
    "mp3": lambda one: coded(one, RATE_HZ, "MP3", "MPEG_LAYER_III"),
    "ogg": lambda one: coded(one, RATE_HZ, "OGG", "VORBIS"),
    "gsm": lambda one: coded(resampled(one, 8000), 8000, "WAV", "GSM610"),
    "8 kHz": lambda one: (resampled(one, 8000), 8000),
    "44.1 kHz": lambda one: (resampled(one, 44100), 44100),
    "20 dB lower": lambda one: ((one * 0.1).astype(np.float32), RATE_HZ),
    "silence at both ends": lambda one: (np.pad(one, (3333, 2222)), RATE_HZ),
    "cut elsewhere": lambda one: (one[RATE_HZ // 2 + 77 : -RATE_HZ // 4], RATE_HZ),
    "cut elsewhere, mp3": lambda one: coded(one[9000:], RATE_HZ, "MP3", "MPEG_LAYER_III"),
}


class TestSounds:
    """Sounds are told again."""

    @pytest.mark.parametrize("what", COPIES)
    def test_every_copy_is_found(self, what: str) -> None:
        """Coded, resampled, lower, padded and cut copies are found, and nothing beside them."""
        known = recordings()
        index = SoundIndex([sound_print(one, RATE_HZ) for one in known])
        for at, one in enumerate(known):
            found = index.find(sound_print(*COPIES[what](one)))
            assert [match.which for match in found] == [at], what

    def test_two_cuts_that_overlap_are_found(self) -> None:
        """Neither cut holds the other: what they share is enough."""
        whole = noise_like(12.0, 5)
        first, second = whole[: 7 * RATE_HZ], whole[5 * RATE_HZ - 123 :]
        (match,) = SoundIndex([sound_print(first, RATE_HZ)]).find(sound_print(second, RATE_HZ))
        assert match.seconds == pytest.approx(2.0, abs=0.2)
        assert match.likeness > 0.8

    def test_a_short_clip_of_a_long_recording_is_found_both_ways(self) -> None:
        """A clip is found in half a minute, and half a minute by a clip of it."""
        whole = noise_like(30.0, 6)
        clip = whole[19 * RATE_HZ + 55 : 21 * RATE_HZ]
        prints = [sound_print(one, RATE_HZ) for one in (whole, clip)]
        assert SoundIndex(prints[:1]).find(prints[1])
        assert SoundIndex(prints[1:]).find(prints[0])

    def test_loud_noise_is_told_under_speech(self) -> None:
        """A recording is found in a clip that it was mixed into, and others are not."""
        noises = [noise_like(4.0, 50 + at) for at in range(4)]
        index = SoundIndex([sound_print(one, RATE_HZ) for one in noises])
        speech = np.resize(prompts()[0], 4 * RATE_HZ)
        speech *= noises[2].std() / speech.std() / 2
        found = index.find(sound_print(speech + noises[2], RATE_HZ))
        assert [match.which for match in found] == [2]

    def test_nothing_is_found_in_silence_and_tones(self) -> None:
        """What has no movement has no print, and matches nothing, itself included."""
        time_s = np.arange(2 * RATE_HZ) / RATE_HZ
        tone = (0.3 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
        still = [np.zeros(2 * RATE_HZ, np.float32), tone, np.zeros(3, np.float32)]
        prints = [sound_print(one, RATE_HZ) for one in still]
        index = SoundIndex([*prints, sound_print(prompts()[0], RATE_HZ)])
        assert not any(index.find(one) for one in prints)

    def test_an_empty_index_finds_nothing(self) -> None:
        """No known sound at all is no mistake."""
        one = sound_print(prompts()[0], RATE_HZ)
        assert SoundIndex([]).find(one) == []
        assert SoundIndex([one]).find(np.zeros((0, BITS), np.int8)) == []

    def test_other_words_are_not_found(self) -> None:
        """False alarms: of 80 clips of syllables, made of three vowels, none matches another."""
        prints = [sound_print(speechlike(2.0, seed=at), RATE_HZ) for at in range(80)]
        index = SoundIndex(prints)
        wrong = [
            (at, match)
            for at, one in enumerate(prints)
            for match in index.find(one)
            if match.which != at
        ]
        assert wrong == []

    @settings(deadline=None, max_examples=20)
    @given(st.integers(0, 40000), st.floats(0.01, 1.5), st.integers(0, 5))
    def test_gain_and_start_do_not_matter(self, start: int, gain: float, which: int) -> None:
        """Any second and a half of any recording is found, at any level."""
        known = [noise_like(4.0, 60 + at) for at in range(6)]
        cut = known[which][start : start + 3 * RATE_HZ // 2] * np.float32(gain)
        index = SoundIndex([sound_print(one, RATE_HZ) for one in known])
        assert [match.which for match in index.find(sound_print(cut, RATE_HZ))] == [which]


def photographs() -> list[Grey]:
    """Return parts of real pictures that do not overlap: photographs, and textures all alike."""
    found = []
    for name in ("brick", "grass", "gravel", "camera", "coins", "chelsea", "coffee", "rocket"):
        photo = getattr(skimage.data, name)()
        grey = photo if photo.ndim == 2 else cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
        found += [
            grey[y : y + 128, x : x + 128]
            for y in range(0, grey.shape[0] - 127, 128)
            for x in range(0, grey.shape[1] - 127, 128)
        ]
    return found


def jpeg(picture: Grey, quality: int) -> Grey:
    """Return a picture as it comes back from JPEG."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(picture), [1, quality])[1]
    return np.asarray(cv2.imdecode(data, 0), np.uint8)


PICTURE_COPIES: dict[str, Callable[[Grey], NDArray]] = {
    "JPEG": lambda one: jpeg(one, 90),
    "half the size": lambda one: cv2.resize(one, (64, 64), interpolation=cv2.INTER_AREA),
    "twice the size": lambda one: cv2.resize(one, (256, 256), interpolation=cv2.INTER_CUBIC),
    "brighter": lambda one: np.clip(one * 1.1 + 10, 0, 255).astype(np.uint8),
    "mirrored": lambda one: one[:, ::-1],
    "upside down": lambda one: one[::-1],
    "turned, JPEG": lambda one: jpeg(np.rot90(one), 90),
    "16 bits, colour": lambda one: np.repeat(one[:, :, None].astype(np.uint16) * 257, 3, axis=2),
}


class TestPictures:
    """Pictures are told again."""

    @pytest.mark.parametrize("what", PICTURE_COPIES)
    def test_copies_are_found(self, what: str) -> None:
        """At least 95 of 100 copies are found as what they are."""
        known = photographs()
        index = PictureIndex([picture_print(one) for one in known])
        found = [
            at in [match.which for match in index.find(picture_print(PICTURE_COPIES[what](one)))]
            for at, one in enumerate(known)
        ]
        assert np.mean(found) >= 0.95, what

    def test_other_parts_of_the_same_texture_are_not_found(self) -> None:
        """False alarms: no part of a wall of bricks, of grass or a photograph is another part."""
        known = photographs()
        prints = [picture_print(one) for one in known]
        index = PictureIndex(prints)
        wrong = [
            (at, match)
            for at, one in enumerate(prints)
            for match in index.find(one)
            if match.which != at
        ]
        assert len(known) > 80
        assert len(wrong) <= 0.01 * len(known)

    def test_parts_of_one_kind_are_not_the_same(self) -> None:
        """Castings with the same busbars and dashes differ in what is their own."""
        chance = np.random.Generator(np.random.Philox(key=4))
        plain = np.full((200, 200), 150.0)
        plain[50::50] = 60
        for left in range(10, 200, 40):
            plain[48:200:50, left : left + 20] = 40
        parts = [
            np.clip(plain + chance.normal(0, 3, plain.shape), 0, 255).astype(np.uint8)
            for _ in range(40)
        ]
        index = PictureIndex([picture_print(one) for one in parts])
        wrong = sum(
            any(match.which != at for match in index.find(picture_print(one)))
            for at, one in enumerate(parts)
        )
        assert wrong == 0
        assert all(index.find(picture_print(jpeg(one, 95))) for one in parts)

    def test_a_blank_picture_is_like_no_other(self) -> None:
        """Black and white say nothing, also where all are blank."""
        blank = [np.zeros((50, 60), np.uint8), np.full((50, 60), 255, np.uint8)]
        prints = [picture_print(one) for one in blank]
        assert PictureIndex(prints).find(prints[0]) == []
        assert PictureIndex([]).find(picture_print(photographs()[0])) == []
