"""A data set laid out as MVTec AD: good pictures to train, defects and their masks to test.

References
----------
P. Bergmann et al., MVTec AD - A Comprehensive Real-World Dataset for Unsupervised Anomaly
Detection, CVPR 2019.
"""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from augmentor.core.digest import digest_bytes
from augmentor.core.errors import BadSourceError
from augmentor.core.pictures import union_of
from augmentor.files.marks import instances_of
from augmentor.files.pictures import encode_pixels
from augmentor.jobs.exports.entry import Entry
from augmentor.jobs.exports.layout import Layout, Wish
from augmentor.jobs.exports.pictures import boxes, left_out

GOOD = "good"


class Mvtec(Layout):
    """``train/good``, ``test/good``, ``test/CLASS`` and ``ground_truth/CLASS/NAME_mask.png``.

    A picture with nothing marked is good: to train on, unless it belongs to another split. Any
    other is to test on, in its target's folder, or where it has none in that of its new defect.
    """

    folders: ClassVar[tuple[str, ...]] = ("train/good", "test", "ground_truth")

    def __init__(self, entries: Sequence[Entry], wish: Wish) -> None:
        super().__init__(entries, wish)
        self.said_good = any(one.target == GOOD for one in entries)
        self.marked = {str(mark["label"]) for one in entries for mark in one.marks}

    def place(self, entry: Entry) -> str:
        """Return where a picture goes.

        Raises
        ------
        BadSourceError : its class says that it is not good, but nothing is marked in it.
        """
        kind, name = self._class(entry), entry.name
        if kind != GOOD:
            return f"test/{kind}/{name}"
        return f"{'train' if entry.split in ('', 'train', 'training') else 'test'}/good/{name}"

    def _class(self, entry: Entry) -> str:
        target, marks = entry.target, entry.marks
        if not marks:
            if target not in ("", GOOD) and (self.said_good or target in self.marked):
                raise BadSourceError(
                    f"it is of class '{target}' but nothing is marked in it; among the good ones "
                    "it would teach what is wrong"
                )
            return GOOD
        made = [mark for mark in marks if mark.get("made")]
        label = target if target not in ("", GOOD) else str((made or marks)[-1]["label"])
        if label == GOOD:
            raise BadSourceError("what is marked in it is of class 'good', the word for no defect")
        word = re.sub(r"[^\w .-]+", "-", label).strip("-. ")
        return word if word == label else f"{word or 'x'}-{digest_bytes(label.encode())[:10]}"

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the masks: white where anything is marked."""
        for one in entries:
            if one.marks:
                size = one.height_px, one.width_px
                marked = union_of(instances_of(one.marks, *size).items, *size)
                stem = one.name.rpartition(".")[0]
                name = f"ground_truth/{self._class(one)}/{stem}_mask.png"
                yield name, encode_pixels(marked.astype(np.uint8) * np.uint8(255))

    def notes(self, entries: Sequence[Entry]) -> list[str]:
        """Return what was changed, what is left out and what is missing."""
        found = left_out(entries)
        places = [self.place(one) for one in entries]
        trained = sum(
            one.split in ("train", "training") and place.startswith("test/")
            for one, place in zip(entries, places, strict=True)
        )
        if trained:
            found.append(f"{trained} pictures with defects are in test: train holds good ones only")
        if boxes(entries):
            found.append(f"{boxes(entries)} boxes without a mask are filled in the masks")
        if not any(place.startswith("test/good/") for place in places):
            found.append("no good picture is for testing: move some from train/good to test/good")
        odd = sum(not one.name.endswith(".png") for one in entries)
        if odd:
            found.append(
                f"{odd} pictures are no PNG; some readers of this layout look for PNG only"
            )
        return found
