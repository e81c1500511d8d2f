"""What an adapter gets from us: state that outlives the process, and ears for what happens to channels."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.adapter import Host
from bot.chat.errors import SetupFailed
from bot.clock import SECOND, Clock
from bot.logs import get_logger
from bot.models import Channel, ChannelId, ChannelKey
from bot.settings import Settings
from bot.store import adapter_state, channels, deliveries, subscriptions, workspaces
from bot.store.channels import StoredChannel
from bot.store.deliveries import GREETING
from bot.store.engine import Database, is_busy

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

log = get_logger(__name__)
SEEN = b"\x01"
P = ParamSpec("P")
T = TypeVar("T")


def _in_the_end(
    method: Callable[Concatenate["PlatformHost", P], Awaitable[T]],
) -> Callable[Concatenate["PlatformHost", P], Coroutine[Any, Any, T]]:
    """What happens on a platform is told once: a busy database is asked until it takes it."""

    @wraps(method)
    async def lasting(self: "PlatformHost", /, *given: P.args, **named: P.kwargs) -> T:
        while True:
            try:
                return await method(self, *given, **named)
            except SQLAlchemyError as error:
                if not is_busy(error):
                    raise
                log.warning("store.busy", during=method.__name__)
            await self._clock.sleep(SECOND)

    return lasting


class PlatformHost(Host):
    """The host of one adapter."""

    def __init__(
        self,
        platform: str,
        database: Database,
        clock: Clock,
        settings: Settings,
        wake: Callable[[Iterable[ChannelId]], None],
        *,
        greets: bool = False,
        managers: str = "everybody in it.",
    ) -> None:
        """`greets`: the platform's users expect an introduction where the bot is invited.

        It says that `managers` may change what a channel gets.
        """
        self._platform, self._database, self._clock = platform, database, clock
        self._settings, self._wake = settings, wake
        self._greets, self._managers = greets, managers
        self._inside: set[str] = set()

    @asynccontextmanager
    async def once(self, key: str, keep: timedelta) -> AsyncIterator[bool]:
        """True the first time that `key` is seen within `keep`; see `Host.once`."""
        name = "once:" + key
        if name in self._inside:
            yield False
            return
        self._inside.add(name)
        try:
            if await self.get(name) is not None:
                yield False
                return
            yield True
            await self.put(name, SEEN, keep=keep)
        finally:
            self._inside.discard(name)

    @_in_the_end
    async def get(self, key: str, *, workspace: str = "", sealed: bool = False) -> bytes | None:
        """What was put under `key`; see `Host.get`."""
        keys = self._keys() if sealed else None
        async with self._database.read() as connection:
            value = await adapter_state.get(connection, self._platform, workspace, key, self._clock.now())
        return _open(keys, value) if keys is not None and value is not None else value

    @_in_the_end
    async def put(
        self,
        key: str,
        value: bytes,
        *,
        workspace: str = "",
        sealed: bool = False,
        keep: timedelta | None = None,
    ) -> None:
        """Keep `value`; see `Host.put`."""
        kept = self._keys().encrypt(value) if sealed else value
        expires = self._clock.now() + int(keep.total_seconds() * SECOND) if keep is not None else None
        async with self._database.write() as connection:
            await adapter_state.put(connection, self._platform, workspace, key, kept, expires)

    @_in_the_end
    async def delete(self, key: str, *, workspace: str = "") -> bool:
        """Forget `key`; whether it was there."""
        async with self._database.write() as connection:
            return await adapter_state.drop(connection, self._platform, workspace, key)

    @_in_the_end
    async def keeping(self, key: str) -> list[str]:
        """The workspaces for which something is kept under `key`."""
        async with self._database.read() as connection:
            return await adapter_state.workspaces_with(connection, self._platform, key, self._clock.now())

    @_in_the_end
    async def knowing(self, channel: str) -> list[str]:
        """The workspaces that know a channel with the id `channel`."""
        async with self._database.read() as connection:
            return await channels.workspaces_with(connection, self._platform, channel)

    @_in_the_end
    async def joined(self, channel: Channel, by: str | None = None) -> None:
        """The bot can post in `channel`: what waited leaves as one message; it greets, once."""
        async with self._database.write() as connection:
            stored = await channels.ensure(connection, channel)
            await channels.unpark(connection, stored)
            if self._greets and by is not None:
                await self._greet(connection, stored)
        self._wake([stored.id])

    async def _greet(self, connection: AsyncConnection, channel: StoredChannel) -> None:
        """Introduce the bot to `channel`, unless that was done before."""
        payload = {
            "cause": GREETING,
            "command": self._settings.paperboy_command,
            "managers": self._managers,
            "wanted": [one.words for one in await subscriptions.of_channel(connection, channel.id)],
        }
        place, now = (channel.workspace_id, channel.id), self._clock.now()
        await deliveries.notice(connection, *place, GREETING, payload, due_at=0, now=now)

    @_in_the_end
    async def left(self, channel: ChannelKey, reason: str) -> None:
        """The bot cannot post in `channel` any more: what waits is kept for when it is back."""
        async with self._database.write() as connection:
            stored = await channels.find(connection, channel)
            if stored is not None:
                await channels.park(connection, stored.id, reason, self._clock.now(), checked=False)

    @_in_the_end
    async def renamed(self, channel: ChannelKey, name: str) -> None:
        """`channel` has another name now."""
        async with self._database.write() as connection:
            stored = await channels.find(connection, channel)
            if stored is not None:
                await channels.rename(connection, stored.id, name)

    @_in_the_end
    async def moved(self, old: ChannelKey, new: ChannelKey) -> None:
        """The channel `old` is called `new` by its platform now; all that it had stays."""
        async with self._database.write() as connection:
            stored = await channels.find(connection, old)
            if stored is not None:
                await channels.move(connection, stored, new)
                await channels.unpark(connection, stored)  # posts to its old name may have failed before
        if stored is not None:
            self._wake([stored.id])

    @_in_the_end
    async def came(self, workspace: str) -> None:
        """The bot was installed in `workspace`: what waits there since it was removed may leave."""
        async with self._database.write() as connection:
            await workspaces.back(connection, self._platform, workspace)
            waiting = await channels.with_work(connection)
        self._wake(waiting)

    @_in_the_end
    async def gone(self, workspace: str) -> None:
        """The bot was removed from `workspace`: nothing leaves any more, its secrets are forgotten."""
        async with self._database.write() as connection:
            await workspaces.gone(connection, self._platform, workspace, self._clock.now())
            await adapter_state.drop_workspace(connection, self._platform, workspace)

    def _keys(self) -> "MultiFernet":
        """The operator's keys: the first seals, all open. Raises SetupFailed."""
        given = [key.get_secret_value() for key in self._settings.paperboy_secret_key]
        if not given:
            raise SetupFailed(
                "PAPERBOY_SECRET_KEY is not set, or holds no key, and tokens are kept encrypted.",
                "Set it to a key made with: python -c "
                '"from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
            )
        try:
            from cryptography.fernet import Fernet, MultiFernet  # heavy, and few installations seal anything

            return MultiFernet([Fernet(key) for key in given])
        except ImportError:
            raise SetupFailed(
                "Tokens are kept encrypted, and what does that is not installed.",
                "Install it: pip install 'paperboy-bot[sealed]'",
            ) from None


def _open(keys: "MultiFernet", value: bytes) -> bytes:
    """What was sealed with one of `keys`. Raises SetupFailed."""
    from cryptography.fernet import InvalidToken

    try:
        return keys.decrypt(value)
    except InvalidToken:
        raise SetupFailed(
            "What was kept encrypted cannot be opened with PAPERBOY_SECRET_KEY.",
            "Add the key that sealed it behind the new one, separated by a comma.",
        ) from None
