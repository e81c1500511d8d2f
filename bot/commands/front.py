"""What is answered when no command was named: how things stand here, or what a mistyped word meant."""

import re
from collections.abc import Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta

from bot.cards import day
from bot.chat.command import BadArgument, Command, Context
from bot.chat.line import UnknownCommand, parse
from bot.chat.message import Action, Block, Para, Reply
from bot.clock import SECOND
from bot.commands import preview
from bot.commands.core import Core, known
from bot.commands.outage import outage
from bot.commands.replies import say
from bot.commands.zones import first_zone
from bot.matching import parser
from bot.matching.spelling import FARTHEST, distance, words_of
from bot.matching.text import fold
from bot.store import deliveries, papers, subscriptions
from bot.store.channels import StoredChannel
from bot.store.subscriptions import Subscription

SHORTEST = 5  # letters of a word that may be a mistyped command
NEXT = (
    Action(label="Subscribe", command="subscribe", form=True),
    Action(label="List", command="list"),
    Action(label="Today", command="today"),
    Action(label="Help", command="help"),
)
_COUNT = re.compile(r"(\d+|one) a ")


async def page(core: Core, context: Context) -> Reply:
    """How things stand in the context's channel, and what to do next. Raises Refused outside of channels."""
    async with core.database.read() as connection:
        channel = await known(connection, context)
        wanted = await subscriptions.of_channel(connection, channel.id) if channel else []
        last = await deliveries.last_sent(connection, channel.id) if channel else None
        away = await outage(connection)
    unread = (Para(text=(away,)),) if away else ()
    if channel is None or not wanted:
        return _empty(core.settings.paperboy_command, unread)
    count = f"{len(wanted)} subscription{'s' if len(wanted) > 1 else ''}"
    counted = ", ".join(part for part in (count, await _rate(core, wanted)) if part)
    text = f"{channel.channel.called} has {counted}.{_last(core, context, channel, last)}"
    return say(text, *_silent(channel), *unread, controls=NEXT)


def _empty(word: str, unread: Sequence[Block]) -> Reply:
    text = f'Nothing is subscribed here yet. Tell me a topic, e.g. /{word} subscribe "diffusion model"'
    first = Action(label="Subscribe…", command="subscribe", form=True, style="primary")
    return say(text, *unread, controls=(first, Action(label="See today's papers", command="today")))


async def _rate(core: Core, wanted: Sequence[Subscription]) -> str:
    """How many papers all of `wanted` bring together, in words: each counts once; nothing without papers."""
    live = [one for one in wanted if one.live]
    if not live:
        return "all paused"
    recent = await preview.recent(core)
    found = {
        paper.id
        for one in live
        for paper in (await preview.preview_of(core, parser.parse(one.canonical), recent)).papers
    }
    return recent.spanned(_of_papers(preview.rate(len(found), recent.span_days)))


def _of_papers(rate: str) -> str:
    """`about 4 papers a day` for `about 4 a day`: here nothing else says what is counted."""
    return _COUNT.sub(lambda count: f"{count[1]} paper{'s' * (count[1] not in {'1', 'one'})} a ", rate)


def _last(core: Core, context: Context, channel: StoredChannel, at: int | None) -> str:
    if at is None:
        return ""
    zone = first_zone(context.tz, channel.channel.zone)
    moment, now = (datetime.fromtimestamp(ms / SECOND, zone) for ms in (at, core.clock.now()))
    return f" Last card: {_day(moment.date(), now.date())} {moment:%H:%M}."


def _day(of: date, today: date) -> str:
    near = {today: "today", today - timedelta(days=1): "yesterday"}
    return near.get(of) or day(of, today)


def _silent(channel: StoredChannel) -> tuple[Para, ...]:
    """Why nothing comes, where that is so."""
    if channel.parked_reason is not None:
        return (Para(text=(f"I cannot post here: {channel.parked_reason}",)),)
    if channel.paused_at is not None:
        return (Para(text=("Everything here is paused.",)),)
    return ()


async def meant(core: Core, unknown: UnknownCommand, table: Sequence[Command]) -> Reply | None:
    """What to answer where the first word looks like a mistyped command; None where it is to be searched."""
    command = guess(unknown.word, table)
    if command is None or await _in_a_paper(core, unknown.word):
        return None
    text = f"{unknown.word} {unknown.rest}".strip()
    search = Action(label="Search for it", command="search", arguments={"query": text})
    run = _run(command, unknown.rest, table)
    return say(f"There is no command {unknown.word}.", controls=(run, search), error=True)


def guess(word: str, table: Sequence[Command]) -> Command | None:
    """The listed command that a mistyped `word` most likely means. Pure."""
    if len(word) < SHORTEST:
        return None
    near = [(distance(word.casefold(), command.name), command) for command in table if command.listed]
    edits, command = min(near, key=lambda pair: pair[0])
    return command if edits <= FARTHEST else None


def _run(command: Command, rest: str, table: Sequence[Command]) -> Action:
    """The button that runs what was meant; its form where the rest cannot be read."""
    line = f"{command.name} {rest}".strip()
    try:
        return Action(label=f"Run: {line}", command=command.name, arguments=parse(line, table).values)
    except BadArgument:
        return Action(label=f"{command.name}…", command=command.name, form=True)


async def _in_a_paper(core: Core, word: str) -> bool:
    """Whether any stored paper has `word` in its title or abstract."""
    folded = fold(word)
    async with core.database.read() as connection, aclosing(papers.holding(connection, word)) as runs:
        async for some in runs:
            if any(folded in words_of(paper) for paper in some):
                return True
    return False
