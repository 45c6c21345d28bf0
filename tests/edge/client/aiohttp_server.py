"""A proper server to hold the client against, run as a process of its own: python aiohttp_server.py PORT."""

from __future__ import annotations

import asyncio
import gzip
import sys
import zlib

import brotli
from aiohttp import web

TEXT = "零点 " * 1000


async def echo(request: web.Request) -> web.Response:
    body = await request.read()
    return web.json_response(
        {
            "method": request.method,
            "target": request.raw_path,
            "path": request.path,
            "query": [list(pair) for pair in request.query.items()],
            "headers": [[name, value] for name, value in request.headers.items()],
            "body": body.decode("utf-8", "replace"),
            "length": len(body),
        }
    )


async def status(request: web.Request) -> web.Response:
    return web.Response(status=int(request.match_info["status"]), text="as you wish")


async def bare_status(request: web.Request) -> web.Response:
    return web.Response(status=int(request.match_info["status"]))


async def chunked(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    for word in ("one ", "two ", "three"):
        await response.write(word.encode())
        await asyncio.sleep(0.005)
    await response.write_eof()
    return response


async def encoded(request: web.Request) -> web.Response:
    raw = TEXT.encode()
    bare = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bodies = {
        "gzip": gzip.compress(raw),
        "deflate": zlib.compress(raw),
        "bare-deflate": bare.compress(raw) + bare.flush(),
        "br": brotli.compress(raw),
        "gzip, br": brotli.compress(gzip.compress(raw)),
        "identity": raw,
        "unheard-of": raw,
    }
    coding = request.query["as"]
    headers = {"Content-Encoding": coding.removeprefix("bare-")}
    return web.Response(body=bodies[coding], headers=headers, content_type="text/plain", charset="utf-8")


async def big(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * int(request.query["bytes"]))


async def redirect(request: web.Request) -> web.Response:
    return web.Response(status=int(request.query.get("status", "302")), headers={"Location": request.query["to"]})


async def endless_redirect(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": f"/endless/{int(request.match_info['n']) + 1}"})


async def set_cookies(request: web.Request) -> web.Response:
    response = web.Response(text="set")
    response.set_cookie("session", "s1")
    response.set_cookie("cart", "c1", path="/carts")
    response.set_cookie("safe", "1", secure=True)
    response.set_cookie("brief", "b", max_age=3600)
    return response


async def drop_cookie(request: web.Request) -> web.Response:
    response = web.Response(text="dropped")
    response.del_cookie("session")
    return response


async def slow(request: web.Request) -> web.Response:
    await asyncio.sleep(float(request.query["s"]))
    return web.Response(text="at last")


def make() -> web.Application:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes(
        [
            web.get("/status/{status}", status),
            web.get("/bare_status/{status}", bare_status),
            web.get("/chunked", chunked),
            web.get("/encoded", encoded),
            web.get("/big", big),
            web.route("*", "/redirect", redirect),
            web.get("/endless/{n}", endless_redirect),
            web.get("/cookies/set", set_cookies),
            web.get("/cookies/drop", drop_cookie),
            web.get("/slow", slow),
            web.route("*", "/{tail:.*}", echo),
        ]
    )
    return app


if __name__ == "__main__":
    web.run_app(make(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
