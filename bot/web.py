"""The HTTP server for what platforms call: the adapters' routes, on the port that the host gives."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.logs import get_logger

log = get_logger(__name__)


@asynccontextmanager
async def serving(routes: Iterable[web.RouteDef], port: int, address: str = "0.0.0.0") -> AsyncIterator[int]:  # noqa: S104 - platforms call from outside
    """Serve `routes` while the block runs; the port, which is chosen when `port` is 0."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address, port)
        await site.start()
        bound: int = runner.addresses[0][1]
        log.info("web.serving", port=bound)
        yield bound
    finally:
        await runner.cleanup()
