"""What is known of real situations in general, where a user has no real examples: weaker."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from augmentor.core.operator import Edit

USUAL_DB = (2.0, 14.0)
"""Of 894 real situations 62.9 % lie between these SNRs, and 7.5 % below 0 dB."""
REAL_USUAL_FRAC, REAL_BELOW_0_FRAC = 0.629, 0.075


@dataclass(frozen=True, slots=True)
class SnrPrior:
    """The SNRs that were drawn for a category, beside those of real situations.

    Parameters
    ----------
    category : its name.
    n : examples that an SNR was drawn for.
    usual_frac : share of them between 2 and 14 dB.
    below_0_frac : share below 0 dB.

    References
    ----------
    Y.-H. Wu et al., Characteristics of real-world signal to noise ratios and speech listening
    situations of older adults with mild to moderate hearing loss, Ear and Hearing 39(2), 2018.
    """

    category: str
    n: int
    usual_frac: float
    below_0_frac: float

    @property
    def outside(self) -> bool:
        """Whether they lie mostly outside."""
        return self.usual_frac < 0.5

    @property
    def warning(self) -> str:
        """What to say of it before a run; empty where there is nothing to say."""
        if not self.outside:
            return ""
        low, high = USUAL_DB
        return (
            f"'{self.category}': {1 - self.usual_frac:.0%} of its SNRs lie outside {low:g} to "
            f"{high:g} dB, where {REAL_USUAL_FRAC:.0%} of real situations lie, and "
            f"{self.below_0_frac:.0%} below 0 dB ({REAL_BELOW_0_FRAC:.1%} of real ones); give "
            "'real' examples in its gate, or other SNRs"
        )

    def to_json(self) -> dict[str, object]:
        """Return plain JSON."""
        return asdict(self)


def snr_prior(category: str, drawn: Iterable[tuple[Edit, ...]]) -> SnrPrior | None:
    """Return how the SNRs of a category lie; None where its edits have none.

    Parameters
    ----------
    category : its name.
    drawn : the edits of each of its examples; of several SNRs the lowest counts.
    """
    found = [
        min(ratios)
        for edits in drawn
        if (ratios := [float(one.params["snr_db"]) for one in edits if "snr_db" in one.params])
    ]
    if not found:
        return None
    usual = sum(USUAL_DB[0] <= one <= USUAL_DB[1] for one in found)
    below = sum(one < 0 for one in found)
    count = len(found)
    return SnrPrior(category, count, round(usual / count, 4), round(below / count, 4))
