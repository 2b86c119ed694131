"""Gain against budget: every tag at every dose, where it flattens, what more would buy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from augmentor.audit.comparing.compare import compare
from augmentor.audit.comparing.comparison import FELL, HELD, OVERALL, ROSE, Change, Comparison
from augmentor.audit.curves.fit import Curve
from augmentor.audit.doses.answered import Answered, answered, grouped
from augmentor.audit.doses.dosed import FULL, Dosed, DoseTable, Flat, Level, flattens
from augmentor.audit.doses.next_tenth import fitted, next_tenth
from augmentor.audit.figures.metrics import Normalizer
from augmentor.audit.priorities.measured import Interval, maybe
from augmentor.audit.tables.raw import ErrorTable


@dataclass(frozen=True, slots=True)
class Dose:
    """The trainings at one dose.

    Parameters
    ----------
    dose : share of the new examples, in per cent.
    tables : what each training answered.
    examples : how many each was trained on.
    size_of : examples with any of these tags that each was trained on.
    """

    dose: int
    tables: Sequence[ErrorTable]
    examples: int
    size_of: Callable[[Sequence[str]], int]


def measure_doses(
    doses: Sequence[Dose],
    categories: Mapping[str, Sequence[str]],
    *,
    metric: str = "accuracy",
    margin: float = 0.02,
    normalize: Normalizer | None = None,
    normalized: str = "none",
) -> DoseTable:
    """Measure what each share of a round's new examples did to every tag.

    A dose is worse than the full one where it is sure that it lies below it by more than the
    margin, adjusted for all tags; it is as good where it is sure that it lies below it by less,
    if at all: *fell*, *held* and *rose* of `compare`, the full one being before.

    Parameters
    ----------
    doses : the smallest first: 0, ..., `FULL`, the same number of trainings each.
    categories : name -> tags that it serves; it is measured in their place.
    metric, margin, normalize, normalized : as in `compare`.

    Raises
    ------
    UsageError : the tables do not hold the same examples.
    """
    tables = [[grouped(one, categories) for one in dose.tables] for dose in doses]

    def against(before: int, after: int) -> Comparison:
        return compare(
            tables[before], tables[after], metric=metric, margin=margin, normalize=normalize,
            normalized=normalized,
        )  # fmt: skip

    gains = [against(0, at) for at in range(1, len(doses))]
    below = [against(-1, at) for at in range(len(doses) - 1)]
    answers = answered(tables, metric, normalize)
    rows = []
    for group, name in enumerate(answers.names):
        whole = group == len(answers.names) - 1
        tags = [name, *categories.get(name, ())]
        sizes = [one.examples if whole else one.size_of(tags) for one in doses]
        curve = fitted(answers, group, sizes)
        rows.append(
            Dosed(
                tag=OVERALL if whole else name,
                n=int(answers.members[:, group].sum()),
                levels=_levels(answers, group, doses, sizes, curve, _at(gains, group)),
                flat=_flat(doses, _at(below, group)),
                curve=curve,
                next_tenth=next_tenth(answers, group, sizes, curve),
            )
        )
    return DoseTable(
        metric=metric,
        margin=margin,
        seeds=len(doses[0].tables),
        doses=tuple(one.dose for one in doses),
        examples=tuple(one.examples for one in doses),
        rows=tuple(rows[:-1]),
        overall=rows[-1],
        method=gains[-1].method,
    )


def _at(found: Sequence[Comparison], group: int) -> list[Change]:
    return [(*one.rows, one.overall)[group] for one in found]


def _levels(
    answers: Answered,
    group: int,
    doses: Sequence[Dose],
    sizes: Sequence[int],
    curve: Curve,
    gains: Sequence[Change],
) -> tuple[Level, ...]:
    losses = answers.losses(group)
    first = (None, None)
    changes = [first, *((one.change, one.interval) for one in gains)]
    levels = []
    for at, dose in enumerate(doses):
        loss = maybe(losses[at].mean())
        levels.append(
            Level(
                dose=dose.dose,
                size=sizes[at],
                value=None if loss is None else 1 - loss,
                interval=_up(answers.interval(group, at)),
                gain=changes[at][0],
                gain_interval=changes[at][1],
                losses=tuple(maybe(one) for one in losses[at]),
                fitted=_passes(curve, sizes[at]),
            )
        )
    return tuple(levels)


def _passes(curve: Curve, size: int) -> float | None:
    """Return the loss by a learning curve; None where there is none, or no size."""
    if not curve.ok or curve.a is None or curve.b is None or not size:
        return None
    return float(curve.b * size**-curve.a)


def _up(loss: Interval | None) -> Interval | None:
    """Turn the interval of a loss into that of what is right."""
    return None if loss is None else (1 - loss[1], 1 - loss[0])


def _flat(doses: Sequence[Dose], below: Sequence[Change]) -> Flat:
    verdicts = {dose.dose: one.verdict for dose, one in zip(doses, below, strict=False)}
    return flattens({at: one for at, one in verdicts.items() if at < FULL}, FELL, (HELD, ROSE))
