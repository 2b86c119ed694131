"""A new example as a run stored it, read again."""

from pathlib import Path

import numpy as np

from augmentor.core.example import Facts, Target
from augmentor.core.pictures import Mask
from augmentor.files.marks import instances_of
from augmentor.ledger.record import Record
from augmentor.sources.manifest import Source
from augmentor.sources.picture import Picture, image_of


def stored_picture(record: Record, folder: Path) -> dict[str, Target]:
    """Return the targets of a picture of a run.

    Parameters
    ----------
    record : its row.
    folder : the run's.

    Raises
    ------
    BadSourceError : its file is gone or damaged.
    """
    points = tuple(
        (float(x), float(y), str(name), bool(seen)) for x, y, name, seen in record.points
    )
    source = Source(
        Facts(record.id), folder / record.file_name, marks=tuple(record.marks), points=points
    )
    most_px = max(1, record.width_px * record.height_px)
    targets = Picture(most_px=most_px).read(source)
    if record.classes:
        image = image_of(targets)
        classes = np.zeros((image.height_px, image.width_px), np.uint8)
        names = tuple(str(one["label"]) for one in record.classes)
        drawn = [one for one in record.classes if len(one) > 1]
        for one in instances_of(drawn, image.height_px, image.width_px, folder).items:
            classes[one.drawn(image.height_px, image.width_px)] = names.index(one.label)
        targets["mask"] = Mask(classes, names)
    return targets
