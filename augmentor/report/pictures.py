"""Pictures to look at: the whole before and after, and the very pixels of what was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Box, Instance, union_of
from augmentor.files.pictures import encode_pixels, encode_png
from augmentor.kernels.thumbnails import (
    most_changed,
    on_screen,
    outlined,
    photo,
    shrunk,
    shrunk_mask,
    tinted,
)
from augmentor.report.html import Html, data_uri, element
from augmentor.report.model import PicturePair

WHOLE_PX = 256  # longer side of a whole picture
CROP_PX = 144  # longer side of a crop on the screen
MOST = 3  # things that are shown closely

_LARGEST = 8  # times
_NEAR_PX = 20  # to each side of where a picture changed most
_PNG_BYTES = 16_000  # a whole picture that is larger without loss becomes a JPEG
_TIMES = "\N{MULTIPLICATION SIGN}"

Plane = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture that is shown pixel by pixel, each `times` as wide and high."""

    left: int
    top: int
    width: int
    height: int
    times: int

    def of(self, plane: Plane) -> Plane:
        """Return this part of a picture or of a mask."""
        rows = slice(self.top, self.top + self.height)
        return plane[rows, self.left : self.left + self.width]

    def holds(self, box: Box) -> bool:
        """Return whether all of a box is in it."""
        left, top, right, bottom = box
        begins = self.left <= left and self.top <= top
        return begins and right <= self.left + self.width and bottom <= self.top + self.height


def window(box: Box, middle: tuple[float, float], height: int, width: int) -> Window:
    """Return what to show of a picture to see a box, as large as whole pixels allow.

    Parameters
    ----------
    box : what to see, px.
    middle : x and y of what to see in any case, where the box is too large.
    height, width : of the picture.
    """
    longest = max(box[2] - box[0], box[3] - box[1])
    asked = min(longest + 2 * max(4.0, longest / 4), max(height, width))
    times = int(min(max(CROP_PX // asked, 1), _LARGEST))
    wide, high = min(CROP_PX // times, width), min(CROP_PX // times, height)
    x, y = middle if longest > CROP_PX else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    left = min(max(0, round(x - wide / 2)), width - wide)
    top = min(max(0, round(y - high / 2)), height - high)
    return Window(left, top, wide, high, times)


def picture_pair(pair: PicturePair) -> Html:
    """Show before and after as a whole, and below them closely what the edits made."""
    shown = [
        (name, pixels)
        for name, pixels in (("before", pair.parent), ("after", pair.child))
        if pixels is not None and pixels.size
    ]
    if not shown:
        return Html("")
    made = _made(pair)
    mask = None
    if made and pair.child is not None:
        mask = union_of(made, *pair.child.shape[:2])
    wholes = [_whole(name, pixels, mask if name == "after" else None) for name, pixels in shown]
    parts = [element("div", *wholes, class_="pair shots")]
    looks = _looks(pair, made)
    parts += [_close(shown, part, said, mask) for part, said in looks]
    if _same(pair):
        parts.append(element("p", "Not one pixel differs.", class_="soft"))
    if len(made) > len(looks):
        said = f"{len(looks)} of the {len(made)} that were made are shown closely."
        parts.append(element("p", said, class_="soft"))
    return element("div", *parts, class_="pictures")


def _made(pair: PicturePair) -> list[Instance]:
    """Return what was made, the largest first."""
    if pair.child is None or not pair.child.size:
        return []
    if isinstance(pair.made, np.ndarray):
        whole = Instance.of_mask("made", pair.made)
        return [] if whole is None else [whole]
    return sorted(pair.made, key=lambda one: -one.area_px)


def _looks(pair: PicturePair, made: Sequence[Instance]) -> list[tuple[Window, str]]:
    """Return which parts to show closely, and what they are."""
    if pair.child is None or not pair.child.size:
        return []
    height, width = pair.child.shape[:2]
    if made:
        places = np.linspace(0, len(made) - 1, min(MOST, len(made))).round().astype(int)
        chosen = [made[place] for place in places]
        return [
            (part, _told(one.label, one.box_px, part))
            for one in chosen
            for part in [window(one.box_px, _middle(one), height, width)]
        ]
    if pair.box_px is not None:
        left, top, right, bottom = pair.box_px
        part = window(pair.box_px, ((left + right) / 2, (top + bottom) / 2), height, width)
        return [(part, _told("the place to look at", pair.box_px, part))]
    if pair.parent is None or not _alike(pair.parent, pair.child):
        return []
    place = most_changed(pair.parent, pair.child)
    if place is None or max(height, width) <= CROP_PX:
        return []  # the whole picture shows it as well
    x, y = place
    part = window((x - _NEAR_PX, y - _NEAR_PX, x + _NEAR_PX, y + _NEAR_PX), place, height, width)
    return [(part, f"where it changed most, around {x}, {y}; {_size(part)}")]


def _alike(before: Plane, after: Plane) -> bool:
    """Return whether two pictures can be compared pixel by pixel."""
    return before.shape == after.shape and before.dtype == after.dtype


def _same(pair: PicturePair) -> bool:
    before, after = pair.parent, pair.child
    if before is None or after is None or not _alike(before, after):
        return False
    return np.array_equal(before, after)


def _middle(one: Instance) -> tuple[float, float]:
    """Return the pixel of a thing that is nearest to the middle of all its pixels."""
    if one.mask is None:
        left, top, right, bottom = one.box_px
        return (left + right) / 2, (top + bottom) / 2
    rows, columns = np.nonzero(one.mask)
    away = np.square(rows - rows.mean()) + np.square(columns - columns.mean())
    nearest = int(away.argmin())
    return float(one.left_px + columns[nearest]), float(one.top_px + rows[nearest])


def _told(what: str, box: Box, part: Window) -> str:
    left, top, right, bottom = box
    size = f"{right - left:.0f} {_TIMES} {bottom - top:.0f} px at {left:.0f}, {top:.0f}"
    cut = "" if part.holds(box) else "its middle, "
    return f"{what}, {size}; {cut}{_size(part)}"


def _size(part: Window) -> str:
    return "1:1" if part.times == 1 else f"{part.times} times as large"


def _whole(name: str, pixels: Plane, mask: NDArray[np.bool_] | None) -> Html:
    small = shrunk(pixels, WHOLE_PX)
    height, width = small.shape[:2]
    if mask is not None:
        small = outlined(small, shrunk_mask(mask, height, width))
    times = max(1, min(WHOLE_PX // max(height, width), _LARGEST))
    size = f"{pixels.shape[1]} {_TIMES} {pixels.shape[0]} px"
    alt = f"Whole picture {name}, {size}" + ("" if mask is None else ", what was made is outlined")
    data, kind = encode_pixels(small), "image/png"
    if len(data) > _PNG_BYTES:
        data, kind = photo(small), "image/jpeg"
    return _shot(name, size, _picture(kind, data, alt, width, height, times))


def _close(
    shown: Sequence[tuple[str, Plane]], part: Window, said: str, mask: NDArray[np.bool_] | None
) -> Html:
    """Show the very pixels of a part: before, after, and what is marked in it."""
    after = dict(shown)["after"]
    shots = [
        _shot(
            name,
            "",
            _picture(
                "image/png",
                encode_pixels(on_screen(np.ascontiguousarray(part.of(pixels)))),
                f"{name.capitalize()}: {said}",
                part.width,
                part.height,
                part.times,
            ),
        )
        for name, pixels in shown
        if pixels.shape[:2] == after.shape[:2]
    ]
    if mask is not None:
        marked = part.of(mask)
        data = encode_png(*tinted(on_screen(part.of(after)), marked))
        alt = f"Mask: {said}"
        picture = _picture("image/png", data, alt, part.width, part.height, part.times)
        shots.append(_shot("mask", f"{np.count_nonzero(marked):,} px", picture))
    return element(
        "div",
        element("p", said, class_="soft"),
        element("div", *shots, class_="crops shots"),
    )


def _picture(kind: str, data: bytes, alt: str, width: int, height: int, times: int) -> Html:
    return element(
        "img",
        src=data_uri(kind, data),
        alt=alt,
        width=width * times,
        height=height * times,
        class_="pixels" if times > 1 else None,
    )


def _shot(name: str, note: str, picture: Html) -> Html:
    caption = element("figcaption", element("b", name), " ", element("span", note, class_="soft"))
    return element("figure", picture, caption, class_="shot")
