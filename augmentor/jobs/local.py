"""Mapping work over the processes of one machine, such that nothing can take the job down."""

import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_DIED = "the process that worked on it died (out of memory, or a crash in a decoder)"

_work: Any = None


def _start(work: Any) -> None:
    global _work  # noqa: PLW0603 - a worker process has one work, sent once and not with each chunk
    _work = work


def _do(chunk: tuple[int, Sequence[Any]]) -> Any:
    return _work(chunk[1])


def map_chunks(
    work: Callable[[Sequence[Item]], list[Result]],
    chunks: Sequence[tuple[int, Sequence[Item]]],
    workers: int,
    died: Callable[[Item, str], Result],
) -> Iterator[tuple[int, list[Result]]]:
    """Yield (number, results) of each chunk as it is finished.

    Parameters
    ----------
    work : does a chunk; picklable, with its module importable.
    chunks : (number, items).
    workers : processes; 0 works in this one.
    died : the result of an item whose process died. The items that were in the works when a
        process died are tried again one by one, so that only the culprit is lost.
    """
    if not workers:
        for number, items in chunks:
            yield number, work(items)
        return
    waiting = deque(chunks)
    while waiting:
        suspects: list[tuple[int, Sequence[Item]]] = []
        yield from _until_broken(work, waiting, workers, suspects)
        for number, items in suspects:
            yield number, [_alone(work, item, died) for item in items]


def _until_broken(
    work: Callable[[Sequence[Item]], list[Result]],
    waiting: deque[tuple[int, Sequence[Item]]],
    workers: int,
    suspects: list[tuple[int, Sequence[Item]]],
) -> Iterator[tuple[int, list[Result]]]:
    """Yield finished chunks until none is left or a process dies; then fill in `suspects`."""
    running: dict[Future[list[Result]], tuple[int, Sequence[Item]]] = {}
    with _pool(work, workers) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < 2 * workers:
                    running[pool.submit(_do, waiting[0])] = waiting[0]
                    waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    results = future.result()
                    yield running.pop(future)[0], results
        except BrokenProcessPool:
            suspects.extend(running.values())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _alone(
    work: Callable[[Sequence[Item]], list[Result]], item: Item, died: Callable[[Item, str], Result]
) -> Result:
    with _pool(work, 1) as pool:
        try:
            return pool.submit(_do, (0, [item])).result()[0]  # type: ignore[no-any-return]  # _do is Any
        except BrokenProcessPool:
            return died(item, _DIED)


def _pool(work: Any, workers: int) -> ProcessPoolExecutor:
    """Return a pool whose workers start from a clean server process.

    A plain fork would copy whatever threads and locks the caller has (torch's, for one).
    """
    method = "forkserver" if sys.platform.startswith("linux") else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["augmentor.jobs.work"])
    return ProcessPoolExecutor(workers, context, _start, (work,))
