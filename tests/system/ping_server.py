"""A small HTTP server with one bad habit, for the truth tests: run as `python ping_server.py HABIT`; prints its port.

Only requests for /ping meet the habit. Habits: `prompt` answers at once; `freeze` stops for 3 s, 4 s after the first;
`hang` answers nobody from second 1 on; `hiccup` takes 800 ms in seconds 6 and 7; `failing` says 500.
"""

from __future__ import annotations

import asyncio
import sys
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\npong"
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


class Habit:
    def __init__(self, name: str) -> None:
        self.name = name
        self.first_at: float | None = None
        self.frozen = False

    async def answer(self) -> bytes:
        now = time.monotonic()
        if self.first_at is None:
            self.first_at = now
        since_s = now - self.first_at
        if self.name == "freeze" and since_s >= 4 and not self.frozen:
            self.frozen = True
            time.sleep(3)  # noqa: ASYNC251 - the whole server stands still, as a garbage collector or a lock would do
        elif self.name == "hang" and since_s >= 1:
            await asyncio.sleep(3600)
        elif self.name == "hiccup" and 6 <= since_s < 8:
            await asyncio.sleep(0.8)
        elif self.name == "failing":
            return FAILURE
        return ANSWER

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self.answer() if b" /ping " in head else ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main() -> None:
    server = await asyncio.start_server(Habit(sys.argv[1]).serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        try:
            await asyncio.wait_for(server.serve_forever(), 120)
        except TimeoutError:
            pass


if __name__ == "__main__":
    asyncio.run(main())
