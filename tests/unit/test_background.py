"""Threads beside the main one: order, bounds and failures."""

import threading
import time

import pytest

from texalign.artifacts.background import calls_behind, made_ahead


def test_items_come_in_order():
    assert list(made_ahead(range(50), ahead=3)) == list(range(50))


def test_items_are_made_by_another_thread_and_no_further_ahead_than_asked():
    made = []

    def items():
        for number in range(10):
            made.append((number, threading.current_thread()))
            yield number

    ahead = made_ahead(items(), ahead=2)
    assert next(ahead) == 0
    time.sleep(0.3)
    # The one that was taken, two that wait, and one that waits to be put there.
    assert [number for number, _ in made] == [0, 1, 2, 3]
    assert all(thread is not threading.current_thread() for _, thread in made)
    ahead.close()
    time.sleep(0.3)
    assert len(made) == 4


def test_what_making_raises_comes_after_what_was_made_before():
    def items():
        yield 1
        raise OSError("pixels.h5: cannot be read")

    ahead = made_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(OSError, match=r"pixels\.h5"):
        next(ahead)


def test_calls_are_carried_out_in_order_before_the_context_ends():
    done = []
    with calls_behind(waiting=2) as behind:
        for number in range(20):
            behind(lambda number=number: done.append((number, threading.current_thread())))
    assert [number for number, _ in done] == list(range(20))
    assert all(thread is not threading.current_thread() for _, thread in done)


def test_only_so_many_calls_wait():
    may_go = threading.Event()
    handed_over = []

    def hand_over():
        with calls_behind(waiting=2) as behind:
            for number in range(5):
                behind(may_go.wait)
                handed_over.append(number)

    thread = threading.Thread(target=hand_over)
    thread.start()
    time.sleep(0.3)
    # One is being carried out, two wait.
    assert handed_over == [0, 1, 2]
    may_go.set()
    thread.join()
    assert handed_over == [0, 1, 2, 3, 4]


def test_a_failed_call_is_told_and_ends_the_others():
    done = []

    def fail():
        raise ValueError("not finite")

    def hand_over():
        with calls_behind() as behind:
            behind(lambda: done.append(1))
            behind(fail)
            behind(lambda: done.append(2))

    with pytest.raises(ValueError, match="not finite"):
        hand_over()
    assert done == [1]


def test_what_the_main_thread_raises_comes_through():
    done = []

    def hand_over():
        with calls_behind() as behind:
            behind(lambda: done.append(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hand_over()
    assert done == [1]
