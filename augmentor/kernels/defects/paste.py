"""A real defect, cut out of one picture and blended into another."""

import numpy as np

from augmentor.core.pictures import white_of
from augmentor.kernels.defects.cutting import MARGIN_PX, Cutting, Piece, prepared
from augmentor.kernels.defects.membrane import Plane, filled, smoothed, wide
from augmentor.kernels.defects.patch import Patch, blended
from augmentor.kernels.defects.site import Site

BLENDS = ("feather", "overlay", "poisson")

_DARK = 8 / 255  # of white: what is darker says little of how a surface answers to light
_GAIN = (0.25, 4.0)
_TRIES = 8


def paste(
    site: Site,
    *,
    defect: Cutting,
    angle_deg: float,
    scale_frac: float,
    flip: str,
    blend: str,
    contrast_frac: float,
    x_frac: float,
    y_frac: float,
) -> Patch:
    """Blend a real defect into a picture.

    Parameters
    ----------
    site : the picture.
    defect : what is pasted.
    angle_deg : turns it counter-clockwise, as the eye sees it.
    scale_frac : its size, 1 as it was, px for px. What does not fit the picture is made smaller.
    flip : ``none``, ``across``, ``down`` or ``both``, before it is turned.
    blend : ``feather`` carries over how much lighter or darker the defect is, in each colour,
        than its own surroundings, in parts of their brightness, and covers what it lies on.
        ``overlay`` lets what it lies on show through, as a crack or a stain does. ``poisson``
        carries over its gradients, and bends it to meet the picture all along its rim.
    contrast_frac : 1 as it was; below 1 it is transparent, above 1 it stands out more.
    x_frac, y_frac : which of the allowed places.

    Returns
    -------
    The patch; its notes say the size that was reached.

    References
    ----------
    P. Perez, M. Gangnet and A. Blake, Poisson Image Editing, SIGGRAPH 2003: pasting gradients is
    pasting pixels plus the membrane that the differences at the rim span. Not OpenCV's
    seamlessClone: it takes 8 bits only, and first takes 3 px off the mask all round, which
    leaves nothing of a thin scratch.
    """
    coloured = site.pixels.ndim == 3
    for _ in range(_TRIES):
        piece = prepared(
            defect, coloured=coloured, angle_deg=angle_deg, scale_frac=scale_frac, flip=flip
        )
        fit = min(site.width_px / piece.width_px, site.height_px / piece.height_px)
        if fit >= 1:
            break
        scale_frac *= 0.98 * fit
    x, y = site.place(piece.width_px, piece.height_px, x_frac, y_frac)
    left = max(0, min(round(x), site.width_px - piece.width_px))
    top = max(0, min(round(y), site.height_px - piece.height_px))
    return _laid(site, piece, left, top, blend, contrast_frac, scale_frac)


def _laid(
    site: Site,
    piece: Piece,
    left: int,
    top: int,
    blend: str,
    contrast_frac: float,
    scale_frac: float,
) -> Patch:
    """Return the patch of a piece whose box begins at a place: box, rim and surroundings."""
    rows, columns = piece.alpha.shape
    before, above = min(piece.left, MARGIN_PX, left), min(piece.top, MARGIN_PX, top)
    right = min(columns, piece.right + MARGIN_PX, piece.left + site.width_px - left)
    bottom = min(rows, piece.bottom + MARGIN_PX, piece.top + site.height_px - top)
    ours = (slice(piece.top - above, bottom), slice(piece.left - before, right))
    alpha = piece.alpha[ours]
    left, top = left - before, top - above
    box = site.pixels[top : top + alpha.shape[0], left : left + alpha.shape[1]]
    target = np.asarray(box.astype(np.float32) / np.float32(white_of(box)), np.float32)
    seen = alpha * np.float32(min(1.0, contrast_frac))
    more = max(1.0, contrast_frac)
    wanted = _wanted(target, piece, ours, blend, more)
    after = blended(box, np.asarray((wanted - target) * wide(seen, target), np.float32))
    return Patch(after, left, top, {"scale_frac": round(scale_frac, 4)})


def _wanted(
    target: Plane, piece: Piece, ours: tuple[slice, slice], blend: str, more: float
) -> Plane:
    """Return what the target is to look like under the defect, white 1.

    Parameters
    ----------
    target : a stretch of the picture, white 1.
    piece, ours : the defect, and the same stretch of it.
    blend : one of `BLENDS`.
    more : how many times the defect differs from its surroundings, 1 as it was.
    """
    source, around, known = piece.pixels[ours], piece.around[ours], piece.known[ours]
    surface = smoothed(target, around)
    if blend == "poisson":
        rim = (piece.alpha[ours] == 0) & known
        pasted = source + filled(np.asarray(target - source, np.float32), rim)
        return np.asarray(surface + (pasted - surface) * np.float32(more), np.float32)
    below = smoothed(source, around & known)
    dark = np.float32(_DARK)
    gain = np.clip(np.maximum(surface, dark) / np.maximum(below, dark), *_GAIN)
    ground = target if blend == "overlay" else surface
    return np.asarray(ground + (source - below) * gain * np.float32(more), np.float32)
