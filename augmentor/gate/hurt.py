"""Can adding data hurt? Told for each category from the plan, before anything is made.

More data of a kind hardly hurts a large model whose labels are clear. It can where the model is
too small to learn the new without forgetting the old, where nobody can tell any more what an
example is, where a class that looks alike is swamped, and where a tag gives the class away.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from augmentor.gate.shortcuts import Marked, Shortcut, shortcuts

Harm = Literal["ok", "caution", "refuse"]

LARGE_FRAC, HALF_FRAC = 0.2, 0.5
"""Of source plus new: a category that is much of the data; one that is most of it."""
FITS = 0.02
"""An error on the training data that no model is blamed for."""
RARE_FRAC, LOOK_ALIKE_FRAC = 0.02, 0.2
"""Of source plus new: a class that is rare; one that is rare enough where it is mistaken."""
OUTWEIGHED = 3
"""So many times heavier than before beside a class that it is mistaken for."""
MISTAKEN = 3
"""Confusions of two classes in the error table: fewer do not make them look alike."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether the model is large enough to fit its training data.

    Parameters
    ----------
    fits : as the user says; None: unknown, then the numbers decide.
    train_error, dev_error : the model's error rates on its training data and on dev data.
    """

    fits: bool | None = None
    train_error: float | None = None
    dev_error: float | None = None

    @property
    def verdict(self) -> bool | None:
        """Whether it fits: where half of its dev error or more is there in training, it does not.

        None where it is not known.
        """
        if self.fits is not None or self.train_error is None or self.dev_error is None:
            return self.fits
        return self.train_error <= max(FITS, self.dev_error / 2)

    def __str__(self) -> str:
        if self.fits is None and self.train_error is not None:
            return f"it errs on {self.train_error:.1%} of its training data"
        return "mix: {model_fits: no}"


@dataclass(frozen=True, slots=True)
class Added:
    """What one category would add.

    Parameters
    ----------
    category : its name.
    new : its new examples.
    already : how many of their parents have what the category is about.
    clarity : whether a check asks if its new examples can still be recognised.
    own : tags that say what the category makes: its name and those that it serves.
    makes_class : whether its edits make the class, so that these tags go with it.
    """

    category: str
    new: Sequence[Marked]
    already: int = 0
    clarity: bool = True
    own: tuple[str, ...] = ()
    makes_class: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One way in which a category can hurt.

    Parameters
    ----------
    rule : small model, unclear, has it already, swamped, shortcut.
    verdict : caution or refuse.
    say : what would happen, and what to write instead.
    """

    rule: str
    verdict: Harm
    say: str


@dataclass(frozen=True, slots=True)
class Hurt:
    """Whether the new examples of a category can hurt.

    Parameters
    ----------
    category : its name.
    examples : how many are new.
    share_frac : of source plus new.
    reasons : worst first; none: ok.
    """

    category: str
    examples: int
    share_frac: float
    reasons: tuple[Reason, ...] = ()

    @property
    def verdict(self) -> Harm:
        """The worst of the reasons."""
        return self.reasons[0].verdict if self.reasons else "ok"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {"verdict": self.verdict}


def can_hurt(
    old: Sequence[Marked],
    added: Sequence[Added],
    fit: Fit,
    *,
    classes: bool,
    mistaken: Mapping[frozenset[str], int],
    capped: bool = False,
) -> list[Hurt]:
    """Return for each category whether its new examples can hurt.

    Parameters
    ----------
    old : the data in use.
    added : what each category would add.
    fit : whether the model is large enough.
    classes : whether targets are classes; transcripts are not, as they are all different.
    mistaken : how often two classes were taken for each other by the model.
    capped : whether the recipe says how large a share of the data one tag may have.
    """
    total = len(old) + sum(len(one.new) for one in added)
    found: list[Shortcut] = []
    if classes:
        meant = frozenset(tag for one in added if one.makes_class for tag in one.own)
        found = shortcuts(old, {one.category: one.new for one in added}, meant)
    hurt = []
    for one in added:
        if not one.new:
            continue
        share = len(one.new) / total
        reasons = [
            *_size(one, share, fit, capped=capped),
            *_clarity(one, share),
            *_already(one),
            *(_swamped(one, old, added, mistaken) if classes else ()),
            *_tied(one, found),
        ]
        reasons.sort(key=lambda reason: reason.verdict != "refuse")
        hurt.append(Hurt(one.category, len(one.new), round(share, 4), tuple(reasons)))
    return hurt


def _size(one: Added, share: float, fit: Fit, *, capped: bool) -> list[Reason]:
    """A small model learns the new at the cost of the old."""
    name = "small model"
    cap = "mix: {max_share: 0.2}"
    if fit.verdict is False and share > LARGE_FRAC:
        grave = not capped and (share > HALF_FRAC or not one.clarity)
        say = (
            f"{share:.0%} of the data would be new examples of it, and the model does not fit "
            f"what it is trained on now ({fit}): a small model learns them at the cost of the "
            f"rest{'' if one.clarity else ', and nothing checks that they are clear'}; "
            f"set {cap} or take a larger model"
        )
        return [Reason(name, "refuse" if grave else "caution", say)]
    if fit.verdict is None and share > HALF_FRAC:
        say = (
            f"{share:.0%} of the data would be new examples of it, which a large model takes and "
            "a small one does not: say the model's error on its training data and on dev, "
            f"mix: {{train_error: 0.02, dev_error: 0.1}}, or model_fits: yes; or set {cap}"
        )
        return [Reason(name, "caution", say)]
    return []


def _clarity(one: Added, share: float) -> list[Reason]:
    """What nobody can recognise teaches a model to guess."""
    if one.clarity or share <= LARGE_FRAC:
        return []
    say = (
        f"{share:.0%} of the data would be new examples of it, and nothing checks that they can "
        "still be recognised; ask for it under gate: {clarity: ...}, such as estoi: '>= 0.6' for "
        "speech, and look at a few with augmentor preview"
    )
    return [Reason("unclear", "caution", say)]


def _already(one: Added) -> list[Reason]:
    """What has the defect already gets it twice."""
    if not one.already:
        return []
    say = (
        f"{one.already} of its {len(one.new)} new examples are made from parents that have it "
        "already, and would have it twice; leave such parents out of 'from'"
    )
    return [Reason("has it already", "caution", say)]


def _swamped(
    one: Added,
    old: Sequence[Marked],
    added: Sequence[Added],
    mistaken: Mapping[frozenset[str], int],
) -> list[Reason]:
    """A rare class beside one that grew is taken for that."""
    before = Counter(example.target for example in old)
    after = before + Counter(example.target for group in added for example in group.new)
    n_old, n = len(old), after.total()
    ((grown, _),) = Counter(example.target for example in one.new).most_common(1)
    if after[grown] / n <= before[grown] / max(1, n_old):
        return []
    found = []
    for rare, count in sorted(before.items(), key=lambda each: each[1]):
        share_before, share = count / n_old, after[rare] / n
        confused = mistaken.get(frozenset((rare, grown)), 0)
        if confused >= MISTAKEN:  # how the two stand to each other is what matters
            outweighed = after[grown] * count >= OUTWEIGHED * max(1, before[grown]) * after[rare]
            swamped = outweighed and share < LOOK_ALIKE_FRAC
        else:
            swamped = 2 * share <= share_before and share < RARE_FRAC
        if rare != grown and swamped:
            alike = f", and the model took one for the other {confused} times" if confused else ""
            found.append(
                f"class '{rare}' falls from {share_before:.1%} to {share:.1%} of the data beside "
                f"'{grown}'{alike}: the model may come to say '{grown}' for both; collect more of "
                f"'{rare}', or set mix: {{max_share: ...}}"
            )
    return [Reason("swamped", "caution", say) for say in found[:3]]


def _tied(one: Added, found: Sequence[Shortcut]) -> list[Reason]:
    """A tag that goes with a class is easier to learn than the class."""
    own = [each for each in found if one.category in each.categories]
    # Having one tag and lacking another is often the same thing said twice.
    for each in sorted(own, key=lambda each: (not each.strong, each.lacks))[:1]:
        what = f"not '{each.tag}'" if each.lacks else f"'{each.tag}'"
        was = "which is new" if each.before_frac is None else f"{each.before_frac:.0%} before"
        other = f"'{each.tag}' ones" if each.lacks else f"ones that are not '{each.tag}'"
        mend = f"make examples of {other} too, with a wider 'from' or a category of their own"
        if each.tag in one.own:
            mend = "do the same to other classes too, with a wider 'from'"
        say = (
            f"{each.after_frac:.0%} of class '{each.target}' would be {what} ({was}), but only "
            f"{each.others_frac:.0%} of the other classes: a model can learn that {what} means "
            f"'{each.target}', and fail on the others that are {what}; {mend}"
        )
        # A category's own tag is a name; whether a model can see it, nobody knows from here.
        grave = each.strong and each.tag not in one.own
        return [Reason("shortcut", "refuse" if grave else "caution", say)]
    return []
