"""Pages that listen: everything from the start, in order; a slow one is let go and holds up nobody."""

from __future__ import annotations

import gevent
import pytest

from loadtests.live.readers import BACKLOG_MAX, READERS_MAX, Readers, TooManyReaders, event


def greeting() -> list[bytes]:
    return [event("run", {"run": "r"})]


def test_a_reader_is_greeted_and_then_told_in_order() -> None:
    readers = Readers(greeting)
    stream = readers.read()
    readers.tell("second", {"at_s": 1})
    readers.tell("second", {"at_s": 2})
    assert b'event: run\ndata: {"run":"r"}' in next(stream)
    assert [next(stream), next(stream)] == [event("second", {"at_s": 1}), event("second", {"at_s": 2})]


def test_a_reader_that_goes_is_forgotten() -> None:
    readers = Readers(greeting)
    stream = readers.read()
    next(stream)
    assert len(readers) == 1
    stream.close()  # type: ignore[attr-defined]
    assert len(readers) == 0


def test_one_that_does_not_keep_up_is_let_go_and_the_others_hear_everything() -> None:
    readers = Readers(greeting)
    heard: list[bytes] = []
    slow = gevent.spawn(lambda: [gevent.sleep(60) for _ in readers.read()])
    quick = gevent.spawn(lambda: heard.extend(readers.read()))
    gevent.sleep(0)
    for number in range(BACKLOG_MAX + 5):
        readers.tell("second", {"at_s": number})
        gevent.sleep(0)
    slow.join(timeout=1)
    assert slow.dead and len(readers) == 1
    assert len(heard) == 1 + BACKLOG_MAX + 5
    quick.kill()


def test_there_is_a_sign_of_life_when_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.live.readers.BEAT_S", 0.01)
    stream = Readers(greeting).read()
    next(stream)
    assert next(stream).startswith(b"event: beat\n")


def test_places_are_bounded_and_free_again() -> None:
    readers = Readers(greeting)
    streams = [readers.read() for _ in range(READERS_MAX)]
    with pytest.raises(TooManyReaders):
        readers.read()
    next(streams[0])
    streams[0].close()  # type: ignore[attr-defined]
    readers.read()
