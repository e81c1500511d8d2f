"""What is old goes: records, buttons' lines, what adapters keep, workspaces that the bot was removed from."""

from bot.clock import DAY, Clock
from bot.delivery.pace import GIVE_UP
from bot.logs import get_logger
from bot.settings import Settings
from bot.store import adapter_state, deliveries, forgetting, presses
from bot.store.engine import Database

log = get_logger(__name__)
PAPERS_KEPT = 30 * DAY  # a paper's delivery is its channel's memory of it
PRESSES_KEPT = 90 * DAY


async def tidy(database: Database, clock: Clock, settings: Settings) -> None:
    """Drop all that is older than `settings` say."""
    now = clock.now()
    async with database.write() as connection:
        await deliveries.bury_old(connection, now - GIVE_UP)
        await deliveries.prune(connection, now - settings.keep_days * DAY, now - PAPERS_KEPT)
        await presses.prune(connection, now - PRESSES_KEPT)
        await adapter_state.prune(connection, now)
    await _forget(database, clock, now - settings.forget_after_days * DAY)


async def _forget(database: Database, clock: Clock, before: int) -> None:
    """Forget the workspaces that the bot was removed from before `before` (epoch ms)."""
    async with database.read() as connection:
        due = await forgetting.due(connection, before)
    for workspace in due:
        if await forgetting.forget(database, clock, workspace):
            log.info("workspace.forgotten", platform=workspace.platform, workspace=workspace.id)
