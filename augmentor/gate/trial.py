"""A new example before the gate, beside its parent, and what changed between the two."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import Example, Waveform
from augmentor.core.pictures import Image, Instance, Instances, Pixels
from augmentor.kernels import measures
from augmentor.kernels.visibility import Window, changed_window, some_light


@dataclass(frozen=True, eq=False)
class Trial:
    """A new example before the gate, beside the parent it was made from.

    Parameters
    ----------
    parent, child : the two examples.
    spent_s : what each check took, seconds; the checklist fills it in.
    """

    parent: Example
    child: Example
    spent_s: dict[str, float] = field(default_factory=dict)

    @property
    def before(self) -> Waveform:
        """The parent's sound."""
        found = self.parent.find(Waveform)
        assert isinstance(found, Waveform)
        return found

    @property
    def after(self) -> Waveform:
        """The new example's sound."""
        found = self.child.find(Waveform)
        assert isinstance(found, Waveform)
        return found

    @cached_property
    def flat_tops(self) -> NDArray[np.int64]:
        """How long the new sound sticks at its own extremes, each time, in samples."""
        return measures.flat_tops(self.after.samples, *self.extremes)

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """The highest and the lowest sample of the new sound."""
        return measures.extremes(self.after.samples)

    @cached_property
    def made(self) -> tuple[Instance, ...]:
        """What the edits marked in a picture, with masks."""
        new, old = self.child.find(Instances), self.parent.find(Instances)
        if not isinstance(new, Instances):
            return ()
        known = {id(one) for one in old.items} if isinstance(old, Instances) else set()
        return tuple(
            one for one in new.items if one.made and one.mask is not None and id(one) not in known
        )

    @property
    def asked_for(self) -> int:
        """How many edits were to make a defect: those that name its class."""
        return sum("label" in edit.params for edit in self.child.edits)

    @cached_property
    def pictures(self) -> tuple[Pixels, Pixels]:
        """The pixels before and after."""
        before, after = self.parent.find(Image), self.child.find(Image)
        assert isinstance(before, Image)
        assert isinstance(after, Image)
        return before.pixels, after.pixels

    @cached_property
    def lights(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How light some pixels are, before and after."""
        before, after = self.pictures
        return some_light(before), some_light(after)

    @cached_property
    def change(self) -> "Change | None":
        """What changed in a picture; None where its pixels cannot be laid side by side."""
        before, after = self.pictures
        if before.shape != after.shape or before.dtype != after.dtype:
            return None
        return Change(before, after, self.made)


class Change:
    """What the edits changed in a picture, measured once for all checks.

    Parameters
    ----------
    before, after : its pixels, of one shape and type.
    made : the defects that the edits marked.
    """

    def __init__(self, before: Pixels, after: Pixels, made: tuple[Instance, ...]) -> None:
        """Find the box that holds all that changed and all that was made."""
        self.before, self.after, self.made = before, after, made
        found = changed_window(before, after)
        places = [_place(one) for one in made] + ([found[0]] if found else [])
        self.window = _hull(places)
        """Rows and columns that hold all of it; empty where there is nothing."""
        self.changed = self._empty()
        """bool [rows, columns] of the window: which pixels differ."""
        if found:
            self._there(self.changed, found[0])[:] = found[1]

    @cached_property
    def marked(self) -> NDArray[np.bool_]:
        """Which pixels of the window belong to anything made, bool [rows, columns]."""
        whole = self._empty()
        for one in self.made:
            assert one.mask is not None
            self._there(whole, _place(one))[:] |= one.mask
        return whole

    def around(self, one: Instance, margin_px: int) -> tuple[Pixels, Pixels, NDArray[np.bool_]]:
        """Return the surroundings of a defect without and with it, and its mask there.

        Of other defects that lie there nothing is seen.

        Parameters
        ----------
        one : of `made`.
        margin_px : how far to look beyond its box.
        """
        height, width = self.before.shape[:2]
        tall, wide = _place(one)
        place = (
            slice(max(0, tall.start - margin_px), min(height, tall.stop + margin_px)),
            slice(max(0, wide.start - margin_px), min(width, wide.stop + margin_px)),
        )
        before, after = self.before[place], self.after[place]
        masks = []
        for each in (one, *(other for other in self.made if other is not one)):
            whole = np.zeros((height, width), np.bool_)  # untouched memory costs nothing
            whole[_place(each)] = each.mask
            masks.append(whole[place])
        if len(masks) > 1:
            hidden = np.logical_or.reduce(masks[1:]) & ~masks[0]
            if hidden.any():
                after = after.copy()
                after[hidden] = before[hidden]
        return before, after, masks[0]

    def _empty(self) -> NDArray[np.bool_]:
        tall, wide = self.window
        return np.zeros((tall.stop - tall.start, wide.stop - wide.start), np.bool_)

    def _there(self, whole: NDArray[np.bool_], place: Window) -> NDArray[np.bool_]:
        """Return the part of an array of the window that is some place of the picture."""
        (tall, wide), (top, left) = place, (self.window[0].start, self.window[1].start)
        return whole[tall.start - top : tall.stop - top, wide.start - left : wide.stop - left]


def _place(one: Instance) -> Window:
    left, top, right, bottom = map(int, one.box_px)
    return slice(top, bottom), slice(left, right)


def _hull(places: list[Window]) -> Window:
    if not places:
        return slice(0, 0), slice(0, 0)
    tall, wide = zip(*places, strict=True)
    return (
        slice(min(one.start for one in tall), max(one.stop for one in tall)),
        slice(min(one.start for one in wide), max(one.stop for one in wide)),
    )
