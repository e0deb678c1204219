"""Work that goes on beside the main thread: items made ahead, and calls carried out in order behind it."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

_END = object()


def made_ahead(items: Iterable[Item], ahead: int = 2) -> Iterator[Item]:
    """The same items, of which a thread makes up to `ahead` more than were asked for.

    What making them raises is raised here, in its turn. The thread ends when the generator is closed.
    """
    ready: queue.Queue = queue.Queue(ahead)
    stopped = threading.Event()
    failures: list[BaseException] = []

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as error:
            failures.append(error)
        put(_END)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            yield item
        if failures:
            raise failures[0]
    finally:
        stopped.set()
        thread.join()


Call = Callable[[], object]


@contextmanager
def calls_behind(waiting: int = 8) -> Iterator[Callable[[Call], None]]:
    """Gives a function that has calls carried out by a thread, one after the other in the order they are handed over.

    At most `waiting` calls wait, then handing over waits too, so that memory stays bounded. All are done when the
    context ends. What a call raises is raised in the main thread, at the next call handed over or at the end; calls
    after a failed one are dropped.
    """
    calls: queue.Queue = queue.Queue(waiting)
    failures: list[BaseException] = []

    def work() -> None:
        while (call := calls.get()) is not _END:
            if not failures:
                try:
                    call()
                except BaseException as error:
                    failures.append(error)

    def hand_over(call: Call) -> None:
        if failures:
            raise failures[0]
        calls.put(call)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield hand_over
    finally:
        calls.put(_END)
        thread.join()
    if failures:
        raise failures[0]
