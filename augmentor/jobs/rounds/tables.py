"""Error tables of a trained model's answers."""

from collections.abc import Iterator, Sequence
from typing import Any

from augmentor.gate.answers import Answer
from augmentor.sources.manifest import Source

_OWN = {"id", "target", "prediction", "tags", "score"}


def error_rows(sources: Sequence[Source], answers: Sequence[Answer]) -> Iterator[dict[str, Any]]:
    """Yield the rows of an error table: what is known of each example, and what was answered.

    Parameters
    ----------
    sources : the examples that a model was asked about.
    answers : one for each.
    """
    weighted = any(one.facts.weight != 1 for one in sources)
    grouped = any(one.facts.group for one in sources)
    spoken = any(one.facts.speaker for one in sources)
    scored = any(one.score is not None for one in answers)
    for source, answer in zip(sources, answers, strict=True):
        facts = source.facts
        row: dict[str, Any] = {
            "id": facts.id, "target": facts.target, "prediction": answer.prediction,
            "tags": list(facts.tags),
        }  # fmt: skip
        # A table of every example has the same columns, whether each has something there or not.
        row |= {"group": facts.group} if grouped else {}
        row |= {"speaker": facts.speaker} if spoken else {}
        row |= {"weight": facts.weight} if weighted else {}
        row |= {"score": answer.score} if scored else {}
        yield row | {n: one for n, one in source.meta.items() if n not in row and n not in _OWN}
