"""How light falls on what a picture shows: shadow, glare, dark corners, dark background."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Image, Instances, Pixels, union_of, white_of
from augmentor.kernels.conditions.tone import (
    FINE,
    bands,
    bytes_of,
    bytes_of_light,
    decoded,
    encoded,
    light_of_bytes,
    like,
)

Field = NDArray[np.float32]
"""One number a pixel, [height, width]."""

KEPT = ("found", "marked")
"""What a dark background leaves: the thing found in the picture and what is marked, or only that"""

_HALF = np.float32(math.sqrt(2) - 1)  # 1 / (1 + this) ** 2 is a half
_DARK = 0.01  # of white: relief below it is noise
_GAP_FRAC = 0.04  # of the shorter side: parts of a thing nearer than this belong together


def relit(pixels: Pixels, share: Field, added: Field | None = None, *, curve: str) -> Pixels:
    """Return a picture with other light on it.

    Parameters
    ----------
    pixels : of a picture.
    share : of its light that stays, at each pixel.
    added : light that comes to that, white 1.
    curve : one of `tone.CURVES`.

    Returns
    -------
    Pixels of the same type; where all light stays and none comes, the same ones.
    """
    import cv2

    after = np.empty_like(pixels)
    for rows in bands(pixels):
        part, stays = pixels[rows], share[rows]
        comes = None if added is None else added[rows]
        if pixels.ndim == 3:
            stays = stays[:, :, np.newaxis]
            comes = None if comes is None else comes[:, :, np.newaxis]
        if pixels.dtype == np.uint8:
            light = np.asarray(cv2.LUT(part, light_of_bytes(curve))).reshape(part.shape) * stays
            light += 0.5 if comes is None else comes * FINE + np.float32(0.5)
            steps = np.minimum(light, FINE).astype(np.uint16)
            after[rows] = np.take(bytes_of_light(curve), steps)
        else:
            after[rows] = _relit_fine(part, stays, comes, curve)
    return after


def _relit_fine(part: Pixels, stays: Field, comes: Field | None, curve: str) -> Pixels:
    """Return rows of more than 8 bits with other light, by the curve itself."""
    scale = 1.0 if part.dtype.kind == "f" else 65535.0
    light = decoded(np.clip(part / np.float64(scale), 0, 1), curve) * stays
    same: NDArray[Any] = np.equal(stays, 1)
    if comes is not None:
        light += comes
        same = same & np.equal(comes, 0)
    return np.where(same, part, like(encoded(light, curve), part))


def vignette(image: Image, *, corner_deg: float, curve: str) -> tuple[Image, dict[str, Any]]:
    """Darken a picture towards its corners, as plain wide lenses do.

    Parameters
    ----------
    image : the picture.
    corner_deg : angle between the middle of the picture and its corners, seen from the lens;
        light falls by the fourth power of its cosine.
    curve : one of `tone.CURVES`.

    Returns
    -------
    The picture, and notes: ``corner_light_frac``, what stays of the light in the corners.
    """
    height, width = image.pixels.shape[:2]
    far = math.tan(math.radians(corner_deg)) / math.hypot(width / 2, height / 2)
    across = ((np.arange(width) + 0.5 - width / 2) * far) ** 2
    down = ((np.arange(height) + 0.5 - height / 2) * far) ** 2
    squared = across.astype(np.float32) + down.astype(np.float32)[:, np.newaxis]
    share = 1 / np.square(1 + squared)  # the cosine's square is 1 / (1 + tangent's square)
    notes = {"corner_light_frac": round(math.cos(math.radians(corner_deg)) ** 4, 4)}
    return Image(relit(image.pixels, share, curve=curve)), notes


def shade(
    image: Image,
    *,
    darkness_frac: float,
    cover_frac: float,
    softness_frac: float,
    bend_frac: float,
    angle_deg: float,
    curve: str,
) -> tuple[Image, dict[str, Any]]:
    """Let something outside the picture stand in the light of a lamp.

    Parameters
    ----------
    image : the picture.
    darkness_frac : share of the light that the shadow takes.
    cover_frac : how far it comes in, of the picture's extent that way.
    softness_frac : width of its border, of the picture's shorter side; large lamps are soft.
    bend_frac : how far the border bends back, a shorter side off its middle, of that side; below
        0 it bends forward.
    angle_deg : whence it comes; 0 from the left, 90 from above.
    curve : one of `tone.CURVES`.

    Returns
    -------
    The picture, and notes: ``shaded_frac``, the share of it that lost at least half of that.
    """
    height, width = image.pixels.shape[:2]
    along, across = _turned(height, width, 0.5, 0.5, angle_deg)
    turn = math.radians(angle_deg)
    reach = (width * abs(math.cos(turn)) + height * abs(math.sin(turn))) / min(height, width)
    border = np.float32((cover_frac - 0.5) * reach) - np.float32(bend_frac) * np.square(across)
    depth = np.clip((border - along) / np.float32(max(softness_frac, 1e-6)) + 0.5, 0, 1)
    dark = depth * depth * (3 - 2 * depth)
    share = 1 - np.float32(darkness_frac) * dark
    notes = {"shaded_frac": round(float(np.count_nonzero(dark >= 0.5)) / dark.size, 4)}
    return Image(relit(image.pixels, share, curve=curve)), notes


def glare(
    image: Image,
    *,
    strength: float,
    veil_frac: float,
    length_frac: float,
    width_frac: float,
    bend_frac: float,
    angle_deg: float,
    x_frac: float,
    y_frac: float,
    relief_frac: float,
    curve: str,
) -> tuple[Image, dict[str, Any]]:
    """Let a lamp be mirrored by what the picture shows: a bright streak that fades outwards.

    Parameters
    ----------
    image : the picture.
    strength : light in the middle of the streak, white 1; above 1 it is white whatever is there.
    veil_frac : light that is scattered over the whole picture, white 1.
    length_frac, width_frac : of the streak, between the points with half of its light, of the
        picture's shorter side.
    bend_frac : how far the streak bends, a shorter side off its middle, of that side.
    angle_deg : of the streak; 0 is along the rows, 90 down the columns.
    x_frac, y_frac : its middle.
    relief_frac : how much of the streak follows what is under it, lighter where that is lighter
        than around: 0 as on glass or varnish, 1 as on bare rough metal.
    curve : one of `tone.CURVES`.

    Returns
    -------
    The picture, and notes: ``white_frac``, the share of it that is white in every colour now.

    References
    ----------
    B. Walter et al., Microfacet Models for Refraction through Rough Surfaces, EGSR 2007: the
    long tail of a rough surface's mirror image, here over the picture and not over angles.
    """
    height, width = image.pixels.shape[:2]
    along, across = _turned(height, width, x_frac, y_frac, angle_deg)
    beside = across - np.float32(bend_frac) * np.square(along)
    # The fourth power keeps the streak even along most of its length.
    beyond = np.square(np.square(along * np.float32(2 / length_frac)))
    squared = beyond + np.square(beside * np.float32(2 / width_frac))
    streak = np.float32(strength) / np.square(1 + _HALF * squared)
    if relief_frac > 0:
        streak *= 1 + np.float32(relief_frac) * (_relief(image.pixels, curve) - 1)
    after = relit(image.pixels, np.ones_like(streak), streak + np.float32(veil_frac), curve=curve)
    white = np.equal(after, white_of(after))
    if white.ndim == 3:
        white = white[:, :, 0] & white[:, :, 1] & white[:, :, 2]
    return Image(after), {"white_frac": round(float(np.count_nonzero(white)) / white.size, 4)}


def _relief(pixels: Pixels, curve: str) -> Field:
    """Return how much lighter each pixel is than what is around it: 1 alike, 0 to 4."""
    import cv2

    numbers = bytes_of(pixels)
    grey = cv2.cvtColor(numbers, cv2.COLOR_RGB2GRAY) if numbers.ndim == 3 else numbers
    box = 2 * (min(grey.shape) // 16) + 1
    light, around = (
        np.asarray(cv2.LUT(one, light_of_bytes(curve)), np.float32).reshape(pixels.shape[:2])
        for one in (grey, cv2.blur(grey, (box, box)))
    )
    dark = np.float32(_DARK * FINE)
    return np.minimum((light + dark) / (around + dark), np.float32(4))


def _turned(
    height: int, width: int, x_frac: float, y_frac: float, angle_deg: float
) -> tuple[Field, Field]:
    """Return how far each pixel is from a point, along a way and across it, in shorter sides."""
    side = min(height, width)
    x = ((np.arange(width) + 0.5 - x_frac * width) / side).astype(np.float32)
    y = ((np.arange(height) + 0.5 - y_frac * height) / side).astype(np.float32)[:, np.newaxis]
    cosine = np.float32(math.cos(math.radians(angle_deg)))
    sine = np.float32(math.sin(math.radians(angle_deg)))
    return x * cosine + y * sine, y * cosine - x * sine


def darken_background(
    image: Image,
    instances: Instances,
    *,
    darkness_frac: float,
    feather_frac: float,
    keep: str,
    curve: str,
) -> tuple[Image, Instances, dict[str, Any]]:
    """Take the light off what lies around the thing that a picture shows.

    Parameters
    ----------
    image, instances : the picture, and what is marked in it: that keeps its light.
    darkness_frac : share of the light that goes.
    feather_frac : over how far it goes, outwards from the thing, of the shorter side.
    keep : one of `KEPT`.
    curve : one of `tone.CURVES`.

    Returns
    -------
    The picture, what is marked, and notes: ``background_frac``, the share that lost light: 0
    where the thing fills the picture.
    """
    import cv2

    from augmentor.kernels.surface import foreground

    pixels = image.pixels
    height, width = pixels.shape[:2]
    kept = union_of(instances.items, height, width)
    if keep == "found":
        kept |= _whole(foreground(pixels))
    whole = kept.astype(np.uint8) * np.uint8(255)
    soft: NDArray[Any] = whole
    box = 2 * round(feather_frac * min(height, width) / 3) + 1
    for _ in range(3):  # three boxes are near to a Gaussian
        soft = np.asarray(cv2.blur(soft, (box, box))).reshape(height, width)
    # At a straight rim half of the box is the thing: twice that is all, so the rim keeps its light.
    lit = np.maximum(np.minimum(soft, 127.5) / np.float32(127.5), kept)
    share = (1 - np.float32(darkness_frac) * (1 - lit)).astype(np.float32)
    notes = {"background_frac": round(1 - float(np.count_nonzero(kept)) / kept.size, 4)}
    return Image(relit(pixels, share, curve=curve)), instances, notes


def _whole(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the parts of a thing with what lies between and amid them.

    A dark spot at the rim of a light thing is found as background; blackened it would be no
    spot any more. So hollows of a thing keep their light, be they true background or not.
    """
    import cv2

    box = 2 * round(_GAP_FRAC * min(found.shape) / 2) + 1
    parts = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((box, box), np.uint8))
    outlines, _ = cv2.findContours(parts, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        cv2.fillConvexPoly(parts, cv2.convexHull(outline), 1)
    return parts > 0
