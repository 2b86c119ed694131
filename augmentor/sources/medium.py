"""What examples are: sounds or pictures; how each is read, measured, told from others."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from augmentor.core.example import Facts, Target
from augmentor.sources.manifest import Source


class Medium(Protocol):
    """One kind of example, with what a recipe's source says about it. Picklable."""

    kind: ClassVar[type[Target]]
    """The target that all its examples have."""
    measured: ClassVar[tuple[str, ...]]
    """The facts that `measure` fills in."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """All that decides what is measured, as JSON."""

    def read(self, source: Source) -> dict[str, Target]:
        """Return what the files of a source hold, by name.

        Raises
        ------
        BadSourceError : what is wrong with it and what to do.
        """

    def measure(self, source: Source, targets: Mapping[str, Target]) -> Source:
        """Return a source with everything measured that drawing and rendering want to know.

        Raises
        ------
        BadSourceError : nothing can be made of it.
        """

    def informed(self, targets: Mapping[str, Target], facts: Facts) -> dict[str, Target]:
        """Return targets that know what was measured of them."""

    def digest(self, targets: Mapping[str, Target]) -> str:
        """Return the identity of what was read: the same wherever and however it is kept."""

    def checked(self, targets: Mapping[str, Target]) -> Mapping[str, Any]:
        """Return the facts of new targets that follow from their arrays, length or size.

        Raises
        ------
        BadSourceError : the edits made something that is none of its kind.
        """
