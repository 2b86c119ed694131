"""Packing a bank: each recording becomes an endless loop without silences, indexed once."""

import json
import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.assets import BLOCK
from augmentor.core.digest import digest_bytes, digest_json
from augmentor.core.errors import BadSourceError
from augmentor.core.example import FULL_SCALE
from augmentor.files.atomic import write_bytes
from augmentor.files.audio import read_sound, resample, to_pcm16
from augmentor.sources.manifest import Source
from augmentor.sources.sound import digest_sound

MAGIC = b"AUGBANK\x01"
PREFIX = struct.Struct("<8sQ")
VERSION = 3
"""Of what packing does to a recording: another version is another bank."""

FRAME_S = 0.02
QUIET_DB = 40.0
"""A frame is silent this far below the recording's loud frames (its 95th percentile) ..."""
FLOOR_DB = -75.0
"""... or below this level re full scale."""
PAUSE_S = 0.3
"""Silences shorter than this belong to the sound and stay."""
FADE_S = 0.02
LOOP_FADE_S = 0.05
MIN_AUDIBLE_S = 0.1
_AT_ONCE = 1 << 20  # frames, a multiple of BLOCK: hours of noise need not fit in memory as int64


def pack(
    sources: Sequence[Source], path: Path, rate_hz: int, *, intact: bool = False
) -> dict[str, Any]:
    """Decode, resample and index recordings into one file.

    Parameters
    ----------
    sources : the recordings.
    path : the packed file to write.
    rate_hz : the rate to resample to.
    intact : keep recordings whole, as impulse responses; else they become endless loops.

    Returns
    -------
    The header: what was packed, and which recordings were unusable and why.
    """
    rows: list[dict[str, Any]] = []
    unusable: list[dict[str, str]] = []
    tapes: list[NDArray[np.int16]] = []
    energies: list[NDArray[np.int64]] = []
    peaks: list[NDArray[np.int32]] = []
    first = block = 0
    for source in sources:
        try:
            tape, row = _record(source, rate_hz, intact=intact)
        except BadSourceError as error:
            unusable.append({"id": source.facts.id, "reason": str(error)})
            continue
        except Exception as error:  # noqa: BLE001 - one strange file costs itself, not the bank
            reason = f"{type(error).__name__} while packing: {error}"
            unusable.append({"id": source.facts.id, "reason": reason})
            continue
        energy, peak = index(tape)
        rms = math.sqrt(int(energy[-1]) / len(tape))
        row["level_db"] = round(20 * math.log10(rms / FULL_SCALE), 4)
        rows.append(row | {"first": first, "block": block, "frames": len(tape)})
        tapes.append(tape)
        energies.append(energy)
        peaks.append(peak)
        first += len(tape)
        block += len(peak)
    # Widest numbers first, so that each array starts at a multiple of its own width.
    arrays: dict[str, Sequence[NDArray[Any]]] = {
        "energy": energies, "peaks": peaks, "samples": tapes,
    }  # fmt: skip
    offsets, offset = {}, 0
    for (name, parts), kind in zip(arrays.items(), ("<i8", "<i4", "<i2"), strict=True):
        count = sum(map(len, parts))
        offsets[name] = (kind, offset, count)
        offset += count * np.dtype(kind).itemsize
    header: dict[str, Any] = {
        "version": VERSION,
        "rate_hz": rate_hz,
        "intact": intact,
        "digest": digest_json([VERSION, rate_hz, intact, [_identity(row) for row in rows]]),
        "recordings": rows,
        "unusable": unusable,
        "arrays": offsets,
        "start": 0,
        "bytes": offset,
    }
    header["start"] = 64 * (2 + len(json.dumps(header)) // 64)
    text = json.dumps(header).encode()
    padding = bytes(header["start"] - PREFIX.size - len(text))
    write_bytes(
        path,
        PREFIX.pack(MAGIC, len(text)),
        text,
        padding,
        *(array.data.cast("B") for parts in arrays.values() for array in parts),
    )
    return header


def _identity(row: dict[str, Any]) -> list[str]:
    """Return what decides a draw from a bank: the sounds, and who is kept apart from whom."""
    return [row[name] for name in ("id", "digest", "sound", "speaker", "group")]


def _record(
    source: Source, rate_hz: int, *, intact: bool
) -> tuple[NDArray[np.int16], dict[str, Any]]:
    sound, from_hz = read_sound(source.path, source.start_s, source.duration_s)
    whole = sound[:, 0] if sound.shape[1] == 1 else sound.mean(axis=1, dtype=np.float32)
    mono = resample(whole, from_hz, rate_hz)
    spans = audible_spans(mono, rate_hz)
    if intact:
        tape = to_pcm16(mono * np.float32((1 - 1 / FULL_SCALE) / max(np.abs(mono).max(), 1e-9)))
    else:
        tape = to_pcm16(loop(splice(mono, spans, rate_hz), rate_hz))
    if not tape.any() or not spans or (not intact and len(tape) < MIN_AUDIBLE_S * rate_hz):
        raise BadSourceError(
            "silent: nothing to hear in it"
            if not spans
            else f"too short: {len(tape) / rate_hz:.3f} s to hear, {MIN_AUDIBLE_S:g} s wanted"
        )
    facts = source.facts
    return tape, {
        "id": facts.id,
        "digest": digest_bytes(tape.data.cast("B")),
        "sound": digest_sound(whole, from_hz),
        "level_db": 0.0,
        "clipped_frac": round(float((np.abs(mono) >= 1 - 2 / FULL_SCALE).mean()), 6),
        "source_s": round(len(mono) / rate_hz, 4),
        "spans_s": [[round(a / rate_hz, 4), round(b / rate_hz, 4)] for a, b in spans],
        "from_hz": from_hz,
        "speaker": facts.speaker,
        "group": facts.group,
        "licence": str(source.meta.get("licence") or ""),
    }


def audible_spans(samples: NDArray[np.float32], rate_hz: int) -> list[tuple[int, int]]:
    """Return the (start, stop) frames of a recording in which there is something to hear."""
    size = max(1, round(FRAME_S * rate_hz))
    count = -(-len(samples) // size)
    padded = np.zeros(count * size, np.float32)
    padded[: len(samples)] = samples
    frames = padded.reshape(count, size)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size
    level_db = 10 * np.log10(np.maximum(power, 1e-20))
    loud = level_db > max(float(np.percentile(level_db, 95)) - QUIET_DB, FLOOR_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.view(np.int8), [0]])))
    spans: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2] * size, edges[1::2] * size, strict=True):
        if spans and start - spans[-1][1] < PAUSE_S * rate_hz:
            spans[-1] = (spans[-1][0], min(int(stop), len(samples)))
        else:
            spans.append((int(start), min(int(stop), len(samples))))
    return spans


def splice(
    samples: NDArray[np.float32], spans: Sequence[tuple[int, int]], rate_hz: int
) -> NDArray[np.float32]:
    """Return the audible spans one after the other, joints cross-faded at equal power."""
    joined = np.zeros(0, np.float32)
    for start, stop in spans:
        joined = _cross_fade(joined, samples[start:stop], round(FADE_S * rate_hz))
    return joined


def loop(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Return a sound whose end runs on into its start: the last stretch fades into the first."""
    fade = min(round(LOOP_FADE_S * rate_hz), len(samples) // 4)
    if not fade:
        return samples
    body, tail = samples[:-fade].copy(), samples[-fade:]
    rising, falling = _fades(fade)
    body[:fade] = body[:fade] * rising + tail * falling
    return body


def _cross_fade(
    before: NDArray[np.float32], after: NDArray[np.float32], fade: int
) -> NDArray[np.float32]:
    fade = min(fade, len(before), len(after))
    if not fade:
        return np.concatenate([before, after])
    rising, falling = _fades(fade)
    joint = before[-fade:] * falling + after[:fade] * rising
    return np.concatenate([before[:-fade], joint, after[fade:]])


def _fades(frames: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return gains of equal power; square roots, since they are exact on every processor."""
    ramp = (np.arange(frames, dtype=np.float32) + np.float32(0.5)) / np.float32(frames)
    return np.sqrt(ramp), np.sqrt(1 - ramp)


def index(tape: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the sum of squares before each block of a tape and in all, and each block's peak."""
    squares: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
    peaks: list[NDArray[np.int32]] = []
    for start in range(0, len(tape), _AT_ONCE):
        piece = tape[start : start + _AT_ONCE]
        padded = np.zeros(-(-len(piece) // BLOCK) * BLOCK, np.int64)
        padded[: len(piece)] = piece
        blocks = padded.reshape(-1, BLOCK)
        squares.append(np.einsum("ij,ij->i", blocks, blocks))
        peaks.append(np.abs(blocks).max(axis=1).astype(np.int32))
    return np.cumsum(np.concatenate(squares)), np.concatenate(peaks)
