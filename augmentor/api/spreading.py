"""Spreading the same work on many sources over processes."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from augmentor.api.progress import Progress
from augmentor.jobs.local import map_chunks
from augmentor.sources.manifest import Source

CHUNK = 32

Result = TypeVar("Result")


def spread(
    work: Callable[[Sequence[Source]], list[Result | str]],
    sources: Sequence[Source],
    workers: int,
    progress: Progress,
    what: str,
) -> list[Result | str]:
    """Return what a work makes of each source, in the order of the sources.

    Parameters
    ----------
    work : picklable; returns a reason in place of a result.
    sources : to work on.
    workers : processes; a few sources are done in this one.
    progress, what : who is told how far it is, and of what.
    """
    chunks = [(start, sources[start : start + CHUNK]) for start in range(0, len(sources), CHUNK)]
    found: dict[int, list[Result | str]] = {}
    for start, results in map_chunks(
        work, chunks, workers if len(chunks) > 1 else 0, lambda _source, why: why
    ):
        found[start] = results
        progress(what, sum(map(len, found.values())), len(sources))
    return [one for start, _ in chunks for one in found[start]]
