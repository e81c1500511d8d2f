"""What several tests of what people press and fill in need."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.chat.contract import Fault
from bot.store.engine import database_url
from tests.fakes.feed import item
from tests.fakes.slack import Message
from tests.fakes.slackbot import QuickSlack, Slackbot


class HastySlack(QuickSlack):
    """Thinks that a tenth of a second is long."""

    patience = replace(
        QuickSlack.patience,
        reply=timedelta(milliseconds=150),
        view=timedelta(milliseconds=50),
        post=timedelta(seconds=1),
    )


async def follow_all(bot: Slackbot) -> Slackbot:
    """`bot`, whose channel #ml wants every paper from now on, and nothing else."""
    await bot.type("settings announce:off")
    await bot.type("subscribe *")
    return bot


async def hastily(slackbot: Slackbot) -> None:
    """Let the bot be one that does not wait long for itself."""
    slackbot.kind = HastySlack
    await slackbot.restart()


async def slowly(slackbot: Slackbot) -> None:
    """Let the next thing that anybody does take a second, which Slack needs to say who they are."""
    await slackbot.restart()  # which knows nobody yet
    await slackbot.slack.fail(Fault.SILENT, place="users.info")


@asynccontextmanager
async def locked(slackbot: Slackbot) -> AsyncIterator[None]:
    """While inside, somebody else writes to the database."""
    file = database_url(slackbot.url).database
    assert file
    with closing(sqlite3.connect(file, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # when the bot has written what it began
        yield


def paper(number: int, title: str, **fields: object) -> Mapping[str, Any]:
    """An item of today's page."""
    return item(f"2512.{number:05}", title, **fields)


async def known(slackbot: Slackbot, *titles: str) -> None:
    """Let the bot know papers with these titles, which were posted nowhere."""
    await slackbot.publish(*(paper(number, title) for number, title in enumerate(titles, 1)))


async def listed(slackbot: Slackbot, channel: str) -> str:
    """What *list* says in `channel`."""
    return (await slackbot.type("list", channel=channel)).shown


def cards(slackbot: Slackbot, channel: str) -> list[Message]:
    """What papers brought to `channel`."""
    quiet = "subscriptions changed"
    return [m for m in slackbot.slack.messages(channel) if m.bot and quiet not in m.text]
