"""Mapping work over the processes of one machine, such that nothing can take the job down."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any, TypeVar

from augmentor.core.errors import AugmentorError

Item = TypeVar("Item")
Result = TypeVar("Result")

_DIED = "the process that worked on it died (out of memory, or a crash in a decoder)"

_PRELOADED = [
    "augmentor.jobs.local", "augmentor.jobs.work", "scipy.fft", "scipy.ndimage", "scipy.signal",
    "soundfile",
]  # fmt: skip
"""What kernels and files import late: loaded once, before the workers are forked from it."""

_LARGE_BYTES = 2**24
"""More than any array of a sound of some minutes."""

_METHOD = "forkserver" if sys.platform.startswith("linux") else "spawn"

_work: Any = None


def _start(work: Any) -> None:
    global _work  # noqa: PLW0603 - a worker process has one work, sent once and not with each chunk
    _work = work
    keep_memory()
    gc.freeze()  # what was loaded before is not looked through for garbage again and again
    # The terminal's Ctrl-C reaches every process; the caller alone decides what stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_caller, daemon=True).start()


@cache  # a second time, the block would be made of what was kept, and cleared
def keep_memory() -> None:
    """Let this process keep freed arrays' memory for the next ones.

    Linux's C library keeps it only as far as twice the largest block freed so far; without one
    such block, most of each sound's pages were asked for anew.
    """
    bytes(_LARGE_BYTES)


def _end_with_the_caller() -> None:
    """Stop when the caller was killed: nobody would ever tell this process to."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


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
            yield number, list(_one_by_one(work, items, died))


def _until_broken(
    work: Callable[[Sequence[Item]], list[Result]],
    waiting: deque[tuple[int, Sequence[Item]]],
    workers: int,
    suspects: list[tuple[int, Sequence[Item]]],
) -> Iterator[tuple[int, list[Result]]]:
    """Yield finished chunks until none is left or a process dies; then fill in `suspects`."""
    running: dict[Future[list[Result]], tuple[int, Sequence[Item]]] = {}
    pool = _pool(work, workers)
    try:
        while waiting or running:
            while waiting and len(running) < 2 * workers:
                running[pool.submit(_do, waiting[0])] = waiting[0]
                waiting.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                results = future.result()
                yield running.pop(future)[0], results
    except BrokenProcessPool:
        pool.shutdown()  # no other worker may be at what is tried again
        suspects.extend(running.values())
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    else:
        pool.shutdown(wait=False)  # all are idle: the caller goes on while they end


def _one_by_one(
    work: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    died: Callable[[Item, str], Result],
) -> Iterator[Result]:
    """Yield the result of each item, in a process that is started again whenever it dies."""
    left = deque(items)
    while left:
        with _pool(work, 1) as pool:
            _check_started(pool)
            try:
                while left:
                    yield pool.submit(_do, (0, [left[0]])).result()[0]
                    left.popleft()
            except BrokenProcessPool:
                yield died(left.popleft(), _DIED)


def _check_started(pool: ProcessPoolExecutor) -> None:
    """Raise where a worker dies before it has any work: then no item is to blame."""
    try:
        pool.submit(_nothing).result()
    except BrokenProcessPool:
        raise AugmentorError(
            "no worker process can start; where a script of yours starts the run, put the call "
            "under  if __name__ == '__main__':  since workers import the script, or ask for "
            "workers=0"
        ) from None


def _nothing() -> None:
    """Do nothing: a worker that gets here has started."""


def get_ready() -> None:
    """Start loading what workers will need, while the caller goes on: it takes a second."""
    if _METHOD == "forkserver":
        from multiprocessing.forkserver import ensure_running

        multiprocessing.get_context(_METHOD).set_forkserver_preload(_PRELOADED)
        ensure_running()


def _pool(work: Any, workers: int) -> ProcessPoolExecutor:
    """Return a pool whose workers start from a clean server process.

    A plain fork would copy whatever threads and locks the caller has (torch's, for one).
    """
    get_ready()
    return ProcessPoolExecutor(workers, multiprocessing.get_context(_METHOD), _start, (work,))
