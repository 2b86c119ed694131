"""Real defects, pasted."""

from typing import Any, ClassVar

from augmentor.core.distributions import Choice, Constant, Distribution, Pick, Uniform
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts
from augmentor.core.operator import param
from augmentor.core.stream import Stream
from augmentor.kernels.defects.cutting import FLIPS
from augmentor.kernels.defects.paste import BLENDS, paste
from augmentor.kernels.defects.patch import marking
from augmentor.operators.defects.defect import PLACE, Placed

OWN = "own"
"""The word for the class that a defect has in its bank."""

_TRIES = 100


class PasteDefect(Placed):
    """A real defect from another picture, in the light of this one's surface."""

    name = "paste_defect.v1"
    kernels: ClassVar = marking(paste)
    fits: ClassVar = PLACE
    defect: Distribution = param(Pick(), help="a real defect, with its mask")
    label: Distribution = param(
        Constant(OWN), text=True, help="class of the instance that it becomes; own: as in the bank"
    )
    angle_deg: Distribution = param(
        Uniform(-15, 15),
        unit="deg",
        within=(-360, 360),
        help="turns it counter-clockwise; its light and shade turn with it",
    )
    scale_frac: Distribution = param(
        Uniform(0.8, 1.25), within=(0.1, 10), help="its size; at 1 px for px as it was"
    )
    flip: Distribution = param(
        Choice(("none", "across")), choices=FLIPS, help="mirrored, before it is turned"
    )
    blend: Distribution = param(
        Constant("feather"),
        choices=BLENDS,
        help="feather: as much darker or lighter than what is around it as it was; overlay: the "
        "same, and what it lies on shows through; poisson: bent to meet the picture, for masks "
        "that leave room around the defect",
    )
    contrast_frac: Distribution = param(
        Uniform(0.7, 1.2), within=(0.05, 3), help="of its own; 1 as it was, less is transparent"
    )

    def draw(self, facts: Facts, stream: Stream) -> dict[str, Any]:
        """Choose a defect that is not of the picture itself or its group, and the rest."""
        chosen = super().draw(facts, stream)
        bank = self.defect.bank if isinstance(self.defect, Pick) else None
        ref = chosen["defect"]
        for again in range(_TRIES):
            if bank is None or not bank.akin(ref["id"], facts):
                break
            ref = self.defect.at(stream.at("defect", again).unit())
        else:
            raise BadSourceError(
                f"the bank '{ref['bank']}' has hardly any defect but those of '{facts.id}' itself "
                f"and its group '{facts.group}'"
            )
        own = chosen["label"] == OWN
        return chosen | {"defect": ref, "label": ref["label"] if own else chosen["label"]}
