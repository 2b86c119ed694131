"""Sound to look at and listen to: spectrogram and player of a pair, in one file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import FULL_SCALE
from augmentor.files.audio import to_pcm16
from augmentor.files.flac import encode_flac
from augmentor.files.pictures import encode_png
from augmentor.kernels.spectrogram import mel_spectrogram_db
from augmentor.report.colours import LEVELS, colour_map
from augmentor.report.html import Html, data_uri, element, join
from augmentor.report.model import Clip, SoundPair
from augmentor.report.svg import line, pct, ticks

LONGEST_S = 10.0  # more of a clip would make the page heavy; what is cut is said
RANGE_DB = 70.0  # shown below the loudest point of the pair
_HEIGHT = 128  # px on the screen
_WIDEST = 480  # columns; longer spectrograms keep the loudest of neighbouring frames
_WINDOW_S = 0.032  # of the spectrogram
_HOP_S = 0.01  # from one window to the next; more in long sounds, up to half of a window
_HINTS_HZ = (500, 1000, 2000, 4000, 8000, 16000)


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """One side of a pair, ready to be shown."""

    name: str
    samples: NDArray[np.int16]
    rate_hz: int
    full_s: float  # before it was cut
    db: NDArray[np.float32]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz


def sound_pair(pair: SoundPair) -> Html:
    """Show before and after side by side, on one scale of dB and of time."""
    clips = [
        (name, clip)
        for name, clip in (("before", pair.parent), ("after", pair.child))
        if clip is not None and len(clip.samples)
    ]
    if not clips:
        return Html("")
    longest_s = max(len(clip.samples) / clip.rate_hz for _, clip in clips)
    hop_s = min(max(_HOP_S, min(longest_s, LONGEST_S) / _WIDEST), _WINDOW_S / 2)
    shown = [_shown(name, clip, hop_s) for name, clip in clips]
    top = max(float(side.db.max()) for side in shown)
    span_s = max(side.duration_s for side in shown)
    return element("div", *(_side(side, top, span_s) for side in shown), class_="pair")


def _shown(name: str, clip: Clip, hop_s: float) -> _Shown:
    full_s = len(clip.samples) / clip.rate_hz
    kept = clip.samples[: round(LONGEST_S * clip.rate_hz)]
    if kept.dtype.kind == "f":
        kept = to_pcm16(np.nan_to_num(kept.astype(np.float32)))
    samples = np.ascontiguousarray(kept, dtype=np.int16)
    whole = np.multiply(samples, np.float32(1 / FULL_SCALE), dtype=np.float32)
    db = mel_spectrogram_db(whole, clip.rate_hz, window_s=_WINDOW_S, hop_s=hop_s)
    return _Shown(name, samples, clip.rate_hz, full_s, db)


def spectrogram_png(db: NDArray[np.float32], top_db: float, frames: int = 0) -> bytes:
    """Return a spectrogram as a coloured PNG, a pixel a band and a frame, low bands below.

    Parameters
    ----------
    db : [bands, frames].
    top_db : the level of the lightest colour; the darkest is `RANGE_DB` below.
    frames : columns to fill; what the sound is too short for is left dark.
    """
    level = np.clip((db - top_db) / RANGE_DB + 1, 0, 1)
    steps = np.rint(level * (LEVELS - 1)).astype(np.uint8)
    if frames > steps.shape[1]:
        steps = np.pad(steps, ((0, 0), (0, frames - steps.shape[1])))
    if steps.shape[1] > _WIDEST:
        starts = np.arange(_WIDEST) * steps.shape[1] // _WIDEST
        steps = np.maximum.reduceat(steps, starts, axis=1)
    return encode_png(steps[::-1], colour_map())


def _side(side: _Shown, top: float, span_s: float) -> Html:
    frames = round(side.db.shape[1] * span_s / side.duration_s)
    picture = data_uri("image/png", spectrogram_png(side.db, top, frames))
    length = f"{side.duration_s:.2f} s"
    if side.full_s > LONGEST_S:
        length = f"first {LONGEST_S:g} s of {side.full_s:.1f} s"
    drawing = element(
        "svg",
        element("title", f"Spectrogram, {side.name}"),
        element(
            "desc",
            f"Log-mel spectrogram of {length}, 0 to {side.rate_hz / 2000:g} kHz, "
            f"{RANGE_DB:g} dB down from the loudest point of the pair.",
        ),
        element("image", href=picture, width="100%", height=_HEIGHT, preserveAspectRatio="none"),
        *_time_axis(span_s),
        *_frequency_axis(side.rate_hz),
        element("line", class_="head", x1="0", y1=0, x2="0", y2=_HEIGHT),
        role="img",
        width="100%",
        height=_HEIGHT,
        class_="spectrogram",
        data_span=span_s,
    )
    sound = data_uri("audio/flac", encode_flac(side.samples, side.rate_hz))
    return element(
        "div",
        element("p", element("b", side.name), " ", element("span", length, class_="soft")),
        element("div", drawing, class_="picture"),
        element(
            "audio", src=sound, controls=True, preload="none", aria_label=f"Sound, {side.name}"
        ),
        class_="side",
    )


def _time_axis(span_s: float) -> list[Html]:
    steps = [step for step in ticks(0, span_s, 5) if step <= span_s * 1.001]
    parts: list[Html] = []
    for step in steps:
        x = 100 * step / span_s
        label = f"{step:g} s" if step == steps[-1] else f"{step:g}"
        anchor = "end" if x > 95 else "middle"
        parts.append(line(x, _HEIGHT, x, _HEIGHT + 4, "tick"))
        parts.append(element("text", label, x=pct(x), y=_HEIGHT + 15, text_anchor=anchor))
    return parts


def _frequency_axis(rate_hz: int) -> list[Html]:
    parts: list[Html] = []
    for hertz in _HINTS_HZ:
        y = _HEIGHT * (1 - _mel(hertz) / _mel(rate_hz / 2))
        if y < 8:
            break
        parts.append(element("line", x1="-4", x2="0", y1=y, y2=y, class_="tick"))
        label = f"{hertz / 1000:g}"
        parts.append(element("text", label, x="-7", y=y + 4, text_anchor="end"))
    parts.append(element("text", "kHz", x="-7", y=8, text_anchor="end"))
    return parts


def _mel(hertz: float) -> float:
    """Return the place of a frequency on the mel scale (Slaney: even to 1 kHz, then by ratio)."""
    if hertz < 1000:
        return hertz * 3 / 200
    return float(15 + 27 * np.log(hertz / 1000) / np.log(6.4))


def colour_key() -> Html:
    """Return a strip of all colours with the levels at its ends, once for a group of cards."""
    picture = data_uri(
        "image/png", encode_png(np.arange(LEVELS, dtype=np.uint8)[np.newaxis], colour_map())
    )
    strip = element("img", src=picture, alt="from dark to light", width=120, height=10)
    low = f"\N{MINUS SIGN}{RANGE_DB:g} dB "
    loudest = " loudest point of the pair; both pictures share the scale"
    return element("p", join(low, strip, loudest), class_="key soft")
