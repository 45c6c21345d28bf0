"""Answers each /ping 1,045 ms after it reached this machine's kernel, to some hundredths of a millisecond.

Run as `python slow_server.py DIARY`; prints its port, and writes into the diary a line for each answer: the seconds it
took. A test of a hundredth of a per cent needs a server that is truer than what it tests: event loops sleep in whole
milliseconds, and threads wake late. So the time of arrival is the kernel's, and the last stretch is waited for awake.
"""

from __future__ import annotations

import heapq
import os
import select
import socket
import struct
import sys
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\npong"
SLOW_S = 1.045
AWAKE_S = 0.0002  # before an answer is due
LIFE_S = 120.0
RECEIVED_AT = getattr(socket, "SO_TIMESTAMPNS", 35)  # Linux; Python 3.11 does not name it
TIMESPEC = struct.Struct("qq")


def receive(connection: socket.socket) -> tuple[bytes, float]:
    """What came, and the wall-clock time at which the last of it did, in seconds."""
    received, notes, _, _ = connection.recvmsg(65_536, 64)
    for level, kind, content in notes:
        if (level, kind) == (socket.SOL_SOCKET, RECEIVED_AT):
            seconds, nanoseconds = TIMESPEC.unpack(content)
            return received, seconds + nanoseconds / 1e9
    return received, time.time()


class SlowServer:
    def __init__(self, diary: int) -> None:
        self.diary = diary
        self.poll = select.epoll()
        self.connections: dict[int, socket.socket] = {}
        self.unread: dict[int, bytes] = {}
        self.due: list[tuple[float, int]] = []  # the wall-clock time of the answer, and whose it is

    def serve(self) -> None:
        ends_at = time.monotonic() + LIFE_S
        with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
            self.poll.register(listening, select.EPOLLIN)
            print(listening.getsockname()[1], flush=True)
            while time.monotonic() < ends_at:
                select.select([self.poll], [], [], self.patience_s())  # to the microsecond; epoll's own wait rounds up
                for number, _ in self.poll.poll(0):
                    if number == listening.fileno():
                        self.welcome(listening.accept()[0])
                    else:
                        self.read(number)
                self.answer()

    def patience_s(self) -> float:
        return max(0.0, self.due[0][0] - time.time() - AWAKE_S) if self.due else 1.0

    def welcome(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, RECEIVED_AT, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections[connection.fileno()] = connection
        self.unread[connection.fileno()] = b""
        self.poll.register(connection, select.EPOLLIN)

    def read(self, number: int) -> None:
        try:
            received, at = receive(self.connections[number])
        except ConnectionError:
            received, at = b"", 0.0
        if not received:
            self.poll.unregister(number)
            del self.unread[number]
            self.connections.pop(number).close()
            return
        *heads, self.unread[number] = (self.unread[number] + received).split(b"\r\n\r\n")
        for head in heads:
            if b" /ping " in head:
                heapq.heappush(self.due, (at + SLOW_S, number))
            else:
                self.connections[number].sendall(ANSWER)

    def answer(self) -> None:
        while self.due and self.due[0][0] <= time.time():
            due_at, number = heapq.heappop(self.due)
            if number in self.connections:
                os.write(self.diary, b"%.6f\n" % (time.time() - due_at + SLOW_S))
                self.connections[number].sendall(ANSWER)


if __name__ == "__main__":
    SlowServer(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)).serve()
