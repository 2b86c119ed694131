"""Mapping work over the processes of one machine, such that nothing can take the job down."""

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from multiprocessing.spawn import get_preparation_data
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

_idle: list[ProcessPoolExecutor] = []
"""The workers of a crew, while none of them has anything to do."""


@contextmanager
def crew(workers: int) -> Iterator[None]:
    """Keep worker processes from one `map_chunks` to the next; the first start here.

    They start while the caller goes on: loading what kernels need takes a second.

    Parameters
    ----------
    workers : processes; 0 keeps none.
    """
    if not workers:
        yield
        return
    # Raises where a worker imports the script that started it, and that has no guard: here and
    # now, or the worker would plan the very run that it is to work for.
    get_preparation_data("crew")
    pool = _pool(workers)
    threading.Thread(target=_start_all, args=(pool, workers), daemon=True).start()
    _idle.append(pool)
    try:
        yield
    finally:
        if pool in _idle:
            _idle.remove(pool)
            pool.shutdown(wait=False)


def _start_all(pool: ProcessPoolExecutor, workers: int) -> None:
    # Where none can start, or none is needed any more, whoever asks for them is told.
    with suppress(RuntimeError, OSError):
        for _ in range(workers):
            pool.submit(_nothing)


def _start() -> None:
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


def _do(packed: bytes, items: Sequence[Any]) -> Any:
    return _unpacked(packed)(items)


@lru_cache(maxsize=1)  # it comes with every chunk, and is the same for all of them
def _unpacked(packed: bytes) -> Any:
    return pickle.loads(packed)  # noqa: S301 - from the caller, as all that a pool is sent


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
    packed = pickle.dumps(work)
    kept = bool(_idle)
    pool = _idle.pop() if kept else _pool(workers)
    try:
        while waiting or running:
            while waiting and len(running) < 2 * workers:
                running[pool.submit(_do, packed, waiting[0][1])] = waiting[0]
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
    else:  # all are idle
        if kept:
            _idle.append(pool)
        else:
            pool.shutdown(wait=False)  # the caller goes on while they end


def _one_by_one(
    work: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    died: Callable[[Item, str], Result],
) -> Iterator[Result]:
    """Yield the result of each item, in a process that is started again whenever it dies."""
    left = deque(items)
    packed = pickle.dumps(work)
    while left:
        with _pool(1) as pool:
            _check_started(pool)
            try:
                while left:
                    yield pool.submit(_do, packed, [left[0]]).result()[0]
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


def _pool(workers: int) -> ProcessPoolExecutor:
    """Return a pool whose workers start from a clean server process.

    A plain fork would copy whatever threads and locks the caller has (torch's, for one).
    """
    context = multiprocessing.get_context(_METHOD)
    if _METHOD == "forkserver":
        context.set_forkserver_preload(_PRELOADED)
    pool = ProcessPoolExecutor(workers, context, _start)
    # All start with the first task, as where they are forked. Started one by one as tasks come,
    # a worker that dies meanwhile leaves the next to nobody, and its pool waits for that for ever.
    pool._safe_to_dynamically_spawn_children = False  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
    return pool
