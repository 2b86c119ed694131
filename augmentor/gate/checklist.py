"""The checklist of one category: which checks run, with which bounds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

from augmentor.core.example import Target, Waveform
from augmentor.core.operator import Operator
from augmentor.core.verdict import Bound, Verdict
from augmentor.gate.checks import Check, Trial, checks


@dataclass(frozen=True, slots=True)
class Checklist:
    """Checks with their bounds, and which of them each operator makes meaningless.

    Parameters
    ----------
    asked : (check, bound), cheapest first.
    spoils : checks that mean nothing after an operator, by its versioned name.
    """

    asked: tuple[tuple[Check, Bound], ...]
    spoils: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(
        cls,
        bounds: Mapping[str, str | None],
        operators: Iterable[type[Operator]],
        kind: type[Target] = Waveform,
    ) -> "Checklist":
        """Return the defaults with a recipe's bounds over them.

        Parameters
        ----------
        bounds : by check; None takes it out.
        operators : that the category's steps use.
        kind : the medium, `Waveform` or `Image`: only its checks are asked.
        """
        asked = []
        for check in checks(kind).values():
            text = bounds.get(check.key, check.default)
            if text is not None:
                asked.append((check, Bound.parse(text)))
        return cls(tuple(asked), {one.name: one.spoils for one in operators})

    def judge(self, trial: Trial) -> list[Verdict]:
        """Return the verdicts on one new example, up to the first that fails.

        Checks run in order of cost; one that has nothing to ask is left out. A check that an
        edit of this example made meaningless is not run; where it was to show clarity, the
        verdict says that it cannot tell.
        """
        spoiled = {key for edit in trial.child.edits for key in self.spoils.get(edit.op, ())}
        verdicts = []
        for check, bound in self.asked:
            began = perf_counter()
            idle = bool(spoiled) and check.key in spoiled
            if not check.asks(trial) or (idle and check.question == "realism"):
                continue
            value = None if idle else check.measure(trial)
            verdicts.append(Verdict.of(check.name, value, bound))
            trial.spent_s[check.name] = perf_counter() - began
            if verdicts[-1].outcome == "fail":
                break
        return verdicts
