"""The HTTP server: health, for whoever watches the bot, and what platforms call, on the host's port."""

import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from aiohttp import hdrs, web

from bot.logs import get_logger, scrub
from bot.settings import SettingsError

log = get_logger(__name__)
LARGEST = 1_000_000  # bytes of a request's body
LINGER = 1.0  # seconds for requests under way when the server ends

Missing = Callable[[], Awaitable[Sequence[str]]]


def pages(routes: Iterable[web.RouteDef], missing: Missing) -> web.Application:
    """`/healthz`, `/readyz` and `routes`.

    `missing` says, a line each, why the bot does not do all that it should just now.
    """

    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readiness(_request: web.Request) -> web.Response:
        lines = [" ".join(scrub(line).split()) for line in await missing()]
        return web.Response(text="\n".join(lines or ["ready"]) + "\n", status=503 if lines else 200)

    application = web.Application(client_max_size=LARGEST)
    application.on_response_prepare.append(_unsigned)
    application.add_routes([web.get("/healthz", health), web.get("/readyz", readiness), *routes])
    return application


async def _unsigned(_request: web.Request, response: web.StreamResponse) -> None:
    """Nobody needs to know which versions answer."""
    response.headers.popall(hdrs.SERVER, None)


@asynccontextmanager
async def serving(
    application: web.Application,
    port: int,
    address: str = "0.0.0.0",  # noqa: S104 - platforms call from outside
) -> AsyncIterator[int]:
    """Serve `application` while the block runs; the port, which is chosen when `port` is 0.

    Raises SettingsError where the port cannot be had.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=LINGER)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address, port).start()
        except OSError as error:
            raise SettingsError(_refused(port, error)) from None
        bound: int = runner.addresses[0][1]
        paths = sorted(resource.canonical for resource in application.router.resources())
        log.info("web.serving", port=bound, paths=paths)
        yield bound
    finally:
        await runner.cleanup()


def _refused(port: int, error: OSError) -> str:
    """What is said of a port that cannot be had."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"PORT: {port} is in use, perhaps by another Paperboy. Stop that one, or set PORT to another "
            "number; 0 chooses a free one."
        )
    reason = os.strerror(error.errno) if error.errno else error
    return f"PORT: {port} cannot be used: {reason}. Set PORT to another number; 0 chooses a free one."
