"""Cutting real defects out of marked pictures, once, into one file.

The file is a plain zip that any program opens: ``index.json``, and for each defect a piece of
its picture (``defects/00001.png``) and its mask (``masks/00001.png``: 255 is the defect, 128
something else that is marked there).
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes, digest_json
from augmentor.core.errors import BadSourceError
from augmentor.core.pictures import Instance, Instances, Pixels, union_of
from augmentor.files.atomic import write_bytes
from augmentor.files.pictures import encode_pixels
from augmentor.kernels.defects.cutting import MARGIN_PX
from augmentor.kernels.defects.measured import measure_defect
from augmentor.sources.manifest import Source
from augmentor.sources.picture import Picture, image_of

INDEX = "index.json"
FORMAT = "augmentor defects"
VERSION = 2
"""Of what is cut and measured: another version is another bank."""
DEFECT, OTHER = 255, 128
"""The numbers of a mask."""

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold: the same bytes on any day
_PLAIN_FILE = 0o644 << 16


def cut_defects(
    sources: Iterable[tuple[Source, Pixels, Instances]],
    path: Path,
    refused: Iterable[dict[str, str]] = (),
) -> dict[str, Any]:
    """Cut every marked defect out of some pictures into one file.

    Parameters
    ----------
    sources : each with its pixels and what is marked in it; they are read one by one. Of
        floats 16 bits are kept.
    path : the file to write.
    refused : sources that cannot be used, id and reason, as `read_marked` collects them.

    Returns
    -------
    The index: what was cut, and which marks and sources were unusable and why.
    """
    rows: list[dict[str, Any]] = []
    unusable: list[dict[str, str]] = []
    parts: list[tuple[str, bytes]] = []
    for source, given, instances in sources:
        pixels = _whole_numbers(given)
        for number, one in enumerate(instances.items):
            name = f"{source.facts.id}#{number}"
            others = [other for at, other in enumerate(instances.items) if at != number]
            reason = unfit(one, pixels)
            if reason:
                unusable.append({"id": name, "reason": reason})
                continue
            row, piece, mask = _cut(pixels, one, others)
            files = [f"{folder}/{len(rows) + 1:05d}.png" for folder in ("defects", "masks")]
            parts += zip(files, map(encode_pixels, (piece, mask)), strict=True)
            rows.append({"id": name, "label": one.label} | _origin(source) | row)
    unusable += refused  # known only now: the sources were read meanwhile
    index = {
        "format": FORMAT,
        "version": VERSION,
        "digest": digest_json([VERSION, rows]),
        "defects": rows,
        "unusable": unusable,
    }
    text = json.dumps(index, indent=1, ensure_ascii=False).encode()
    write_bytes(path, _zipped([(INDEX, text), *parts]))
    return index


def read_marked(
    sources: Iterable[Source], refused: list[dict[str, str]]
) -> Iterator[tuple[Source, Pixels, Instances]]:
    """Yield sources in which something is marked, measured, with their pixels.

    Parameters
    ----------
    sources : pictures.
    refused : gets id and reason of those that cannot be read.
    """
    reader = Picture()
    for source in sources:
        try:
            targets = reader.read(source)
            measured = reader.measure(source, targets)
        except BadSourceError as error:
            refused.append({"id": source.facts.id, "reason": str(error)})
            continue
        instances = targets["instances"]
        assert isinstance(instances, Instances)
        if instances.items:  # a good one has nothing to cut, and nothing wrong with it
            yield measured, image_of(targets).pixels, instances


def unfit(instance: Instance, pixels: Pixels) -> str:
    """Return why an instance is no real defect that can be cut out, or an empty string."""
    if instance.made:
        return "drawn by an edit: no real defect"
    if instance.crowd:
        return "stands for many things (iscrowd); mark them one by one"
    if instance.mask is None:
        return "only a box: which of its pixels are the defect is not known; give it a mask"
    if not instance.mask.any():
        return "an empty mask"
    if instance.area_px >= pixels.shape[0] * pixels.shape[1]:
        return "covers the whole picture: nothing is left around it to compare it with"
    return ""


def _cut(
    pixels: Pixels, instance: Instance, others: list[Instance]
) -> tuple[dict[str, Any], Pixels, NDArray[np.uint8]]:
    """Return what is known of a defect, its piece of the picture and its mask."""
    height, width = pixels.shape[:2]
    whole = union_of([one for one in others if one.mask is not None], height, width)
    left, top = max(0, instance.left_px - MARGIN_PX), max(0, instance.top_px - MARGIN_PX)
    window = (
        slice(top, int(instance.box_px[3]) + MARGIN_PX),
        slice(left, int(instance.box_px[2]) + MARGIN_PX),
    )
    piece = np.ascontiguousarray(pixels[window])
    mask = np.where(whole[window], OTHER, 0).astype(np.uint8)
    mask[instance.drawn(height, width)[window]] = DEFECT
    row = {
        "digest": digest_cutting(piece, mask),
        "left_px": left,
        "top_px": top,
        "picture_px": [width, height],
        "measures": measure_defect(pixels, instance, whole).to_json(),
    }
    return row, piece, mask


def digest_cutting(piece: Pixels, mask: NDArray[np.uint8]) -> str:
    """Return the identity of a defect's pixels and mask, however they are coded."""
    head = f"{piece.shape} {piece.dtype.name} ".encode()
    little = piece.astype(piece.dtype.newbyteorder("<"), copy=False)
    return digest_bytes(head, np.ascontiguousarray(little).tobytes(), mask.tobytes())


def _whole_numbers(pixels: Pixels) -> Pixels:
    if pixels.dtype.kind != "f":
        return pixels
    return np.rint(np.clip(pixels, 0, 1) * np.float32(65535)).astype(np.uint16)


def _origin(source: Source) -> dict[str, str]:
    facts = source.facts
    return {
        "parent": facts.id,
        "parent_digest": facts.digest,
        "group": facts.group,
        "licence": str(source.meta.get("licence") or ""),
    }


def _zipped(parts: list[tuple[str, bytes]]) -> bytes:
    """Return a zip whose bytes follow from what it holds alone."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as made:
        for name, data in parts:
            about = zipfile.ZipInfo(name, _DATE)
            about.create_system = 3  # the same on every system
            about.external_attr = _PLAIN_FILE
            made.writestr(about, data)
    return file.getvalue()
