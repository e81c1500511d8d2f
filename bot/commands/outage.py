"""What is said while the feed cannot be read."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import feeds


async def outage(connection: AsyncConnection) -> str:
    """That the last poll failed, and why; nothing where it did not."""
    reasons = await feeds.failing(connection)
    return (
        f"The feed cannot be read just now: {'; '.join(reasons)}. I try again by myself." if reasons else ""
    )
