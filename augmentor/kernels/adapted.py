"""The transforms of albumentations: which there are, and one of them applied."""

import inspect
import os
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from augmentor.core.errors import BadSourceError, UsageError, nearest
from augmentor.core.example import Target
from augmentor.core.operator import Kernel
from augmentor.core.pictures import Image, Instances, Keypoints, Mask, Pixels
from augmentor.kernels.adapted_targets import arrays_of, targets_of

_MISSING = (
    "albumentations is not installed here; write: pip install 'augmentor-loop[albumentations]'"
)
_NONE = "is no transform"
_REFERENCES = "needs other pictures beside the one that it changes"
_NUMBERS = "makes another kind of number of the pixels; leave that to your training code"
_REFUSED = {
    **dict.fromkeys(("FDA", "HistogramMatching", "PixelDistributionAdaptation"), _REFERENCES),
    **dict.fromkeys(("Mosaic", "OverlayElements"), _REFERENCES),
    **dict.fromkeys(("Normalize", "ToFloat", "FromFloat", "ToTensorV2", "ToTensor3D"), _NUMBERS),
    "ToRGB": "makes a picture of another number of colours",
    "TextImage": "needs a font and a text beside the picture",
    "RandomCropNearBBox": "needs a box named beside the picture",
    "ConstrainedCoarseDropout": "needs labels in the library's own form",
    "Lambda": "needs code, which a recipe does not hold",
}


@cache
def library() -> Any:
    """Return albumentations itself, late: it is slow to import.

    Raises
    ------
    UsageError : it is not installed; with what to install.
    """
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # else it asks the network for a newer self
    try:
        import albumentations
    except ModuleNotFoundError:
        raise UsageError(_MISSING) from None
    return albumentations


@cache
def transforms() -> Mapping[str, str]:
    """Return the transforms that a recipe may name, each with a line on what it does."""
    return {
        name: (kind.__doc__ or "").strip().partition("\n")[0]
        for name, kind in sorted(vars(library()).items())
        if not _refusal(name)
    }


def _refusal(name: str) -> str:
    """Return why a name of the library is no transform for a recipe, or an empty string."""
    if name in _REFUSED:
        return _REFUSED[name]
    of, kind = library(), getattr(library(), name, None)
    if not inspect.isclass(kind):
        return _NONE
    if issubclass(kind, of.BaseCompose):
        return "takes other transforms; write them as steps, with one_of or some_of of the recipe"
    if issubclass(kind, of.Transform3D):
        return "works on volumes, not on pictures"
    kinds = (of.ImageOnlyTransform, of.DualTransform)
    return "" if issubclass(kind, kinds) and kind not in kinds else _NONE


def misnamed(transform: str) -> str:
    """Return why a recipe cannot name a transform, and what to write; empty where it can."""
    if find_spec("albumentations") is None:
        return _MISSING
    if transform in transforms():
        return ""
    reason = _refusal(transform)
    if reason != _NONE:
        return f"albumentations' {transform} cannot be used: it {reason}"
    hint = nearest(transform, list(transforms()))
    more = "" if hint else "; 'augmentor operators albumentations' lists them"
    return f"albumentations has no transform '{transform}'{hint}{more}"


def made(transform: str, options: Mapping[str, Any]) -> Any:
    """Return a new transform that is always applied: nothing of an earlier one is left in it."""
    return getattr(library(), transform)(p=1.0, **options)


def kernels() -> dict[tuple[type, ...], Kernel]:
    """Return the kernels of the adapter: whatever else an example has follows its picture."""
    following = ((), (Mask,), (Keypoints,), (Mask, Keypoints))
    return {(Image, Instances, *more): transformed for more in following}


def transformed(
    image: Image, *others: Target, transform: str, options: Mapping[str, Any], seed: int
) -> tuple[Any, ...]:
    """Apply one transform of albumentations; its chance is the seed's alone.

    Parameters
    ----------
    image, others : a picture and what lies on it. A 16-bit picture goes through as float32. A
        grey one goes as three equal colours through what knows colour pictures only.
    transform, options : a name of `transforms`, and its own parameters.
    seed : whole number; both generators of the library are made of it.

    Returns
    -------
    The targets, and notes: the library's ``version``, and where things may move, how many
    instances were ``lost`` and how many points ``hidden``.

    Raises
    ------
    BadSourceError : the transform cannot be applied to this picture; with the library's reason.
    """
    of = library()
    notes: dict[str, Any] = {}
    wide = image.pixels.dtype == np.uint16
    pixels: Pixels = image.pixels / np.float32(65535) if wide else image.pixels.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if issubclass(getattr(of, transform), of.ImageOnlyTransform):
                pixels = _recoloured(pixels, transform, options, seed)
                moved = list(others)
            else:
                tool = made(transform, options)
                pixels, moved, notes = _followed(pixels, others, tool, seed)
        except Exception as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise BadSourceError(f"albumentations' {transform}: {reason}") from error
    if wide and pixels.dtype == np.float32:
        pixels = np.rint(np.clip(pixels, 0, 1) * 65535).astype(np.uint16)
    if pixels.dtype != image.pixels.dtype or pixels.shape[2:] != image.pixels.shape[2:]:
        raise BadSourceError(
            f"albumentations' {transform} made {pixels.dtype} {list(pixels.shape)} of a picture "
            f"of {image.pixels.dtype} {list(image.pixels.shape)}"
        )
    return Image(np.ascontiguousarray(pixels)), *moved, notes | {"version": str(of.__version__)}


def _recoloured(pixels: Pixels, transform: str, options: Mapping[str, Any], seed: int) -> Pixels:
    """Return the pixels after a transform that moves nothing."""
    import cv2

    def done(before: Pixels) -> Pixels:
        tool = made(transform, options)
        tool.set_random_seed(seed)
        after: Pixels = tool(image=before)["image"]
        return after

    try:
        return done(pixels)
    except ValueError:
        if pixels.ndim == 3:
            raise
        colours = done(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
        return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))


def _followed(
    pixels: Pixels, others: Sequence[Target], tool: Any, seed: int
) -> tuple[Pixels, list[Target], dict[str, Any]]:
    """Return the pixels and all that lies on them after a transform that may move both."""
    of = library()
    size = (int(pixels.shape[0]), int(pixels.shape[1]))
    given = {"image": pixels} | arrays_of(others, *size)
    points = of.KeypointParams("xy", ["point_numbers"], remove_invisible=False)
    run = of.Compose(
        [tool],
        bbox_params=of.BboxParams(
            "pascal_voc", ["box_numbers"], clip=True, filter_invalid_bboxes=True
        ),
        keypoint_params=points if "keypoints" in given else None,
        seed=seed,
    )
    found = run(**given)
    return found["image"], *targets_of(others, found, size)
