"""`pause` and `resume`: silence because a person said so, and what was missed meanwhile."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.chat.command import BadArgument, Command, Context, Refused, Values, Who
from bot.chat.message import Block, Item, Para, Reply, Span, When
from bot.commands import answers, posting
from bot.commands.changing import Changing, changing
from bot.commands.checking import CHANNEL
from bot.commands.core import Core
from bot.commands.missed import missed
from bot.commands.picking import Which, parse_which, pick, which_param
from bot.commands.preview import many
from bot.commands.replies import say
from bot.delivery.plan import in_order
from bot.models import Paper
from bot.store import channels, subscriptions
from bot.store.subscriptions import Subscription

SHOWN = 10  # titles of missed papers
_A_WHILE = r"(?:\d+|an?|one|two|three|the)\s*(?:m|min|minutes?|h|hours?|d|days?|w|weeks?|weekend|months?)"
_LASTS = re.compile(
    rf"(?:.*\s)?(?:for\s+{_A_WHILE}|(?:un)?till?\s+\S.*)|{_A_WHILE}|today|tonight|tomorrow|next\s+\w+",
    re.IGNORECASE | re.DOTALL,
)


def commands(core: Core) -> tuple[Command, ...]:
    """The commands that make a channel silent, and those that make it speak."""
    which = which_param(core, "numbers from list, or a query; the whole channel without")
    paused = replace(which, parse=partial(parse_paused, core.settings.paperboy_command))
    return (
        Command(
            name="pause",
            summary="Bring nothing here until resume",
            handler=partial(pause, core),
            params=(paused, CHANNEL),
            who=Who.MANAGER,
            examples=("pause", "pause 3"),
            aliases=("stop",),
        ),
        Command(
            name="resume",
            summary="End a pause, and show what was missed",
            handler=partial(resume, core),
            params=(which, CHANNEL),
            who=Who.MANAGER,
            examples=("resume", "resume 3"),
            aliases=("unpause", "start"),
        ),
        *posting.commands(core),
    )


def parse_paused(word: str, typed: str) -> Which:
    """What is to be paused; `word` is the one that commands begin with. Raises BadArgument for a time."""
    if _LASTS.fullmatch(typed.strip()):
        raise BadArgument("which", f"A pause has no end date: /{word} resume ends it.", text=typed)
    return parse_which(typed)


async def pause(core: Core, context: Context, values: Values) -> Reply:
    """Make the channel silent, or some of its subscriptions. Raises Refused."""
    async with changing(core, context) as here:
        those = await _named(here, values)
        if those is None:
            await _set_channel(here, here.now)
            return _channel_paused(here)
        fresh = [one for one in those if one.paused_at is None]
        await _set(here, fresh, here.now)
    return _paused(here, those, fresh)


async def resume(core: Core, context: Context, values: Values) -> Reply:
    """End a pause; what was missed is offered as one message, and nothing is posted. Raises Refused."""
    async with changing(core, context) as here:
        those = await _named(here, values)
        every = await here.subscriptions()
        paused = [one for one in those or () if one.paused_at is not None]
        if those is None:
            await _set_channel(here, None)
        else:
            await _set(here, paused, None)
    return await _channel_resumed(here, every) if those is None else await _resumed(here, those, paused)


async def _named(here: Changing, values: Values) -> list[Subscription] | None:
    """The subscriptions that are named; None for the whole channel. Raises Refused."""
    which: Which | None = values.get("which")
    if which is None or which.every:
        return None
    those = pick(await here.subscriptions(), which, here.name, here.word)
    for one in those:
        if one.removed_at is not None:
            raise Refused(f"Subscription {one.number} ({one.words}) was removed: nothing comes for it.")
    return those


async def _set_channel(here: Changing, at: int | None) -> None:
    """Pause the whole channel at `at` (epoch ms), or end its pause; as it is already, nothing happens."""
    if (here.channel.paused_at is None) == (at is None):
        return
    what = "resume" if at is None else "pause"
    await channels.pause(here.connection, here.channel.id, at)
    await here.note(what)
    await here.announce([here.change(f"{what}d")])


async def _set(here: Changing, those: Sequence[Subscription], at: int | None) -> None:
    """Pause `those` at `at` (epoch ms), or end their pause."""
    what = "resume" if at is None else "pause"
    await subscriptions.pause(here.connection, those, at)
    for one in those:
        await here.note(what, one, after=one.words)
    await here.announce([here.change(f"{what}d", one.words) for one in those])


def _channel_paused(here: Changing) -> Reply:
    was = here.channel.paused_at
    text = f"✓ {here.name} is paused." if was is None else f"{here.name} is paused already."
    since = (Para(text=("Since ", When(at=was), ".")),) if was is not None else ()
    return say(text, *since, _go_on(here.word, ""), controls=(answers.resume(),))


def _paused(here: Changing, those: Sequence[Subscription], fresh: Sequence[Subscription]) -> Reply:
    which = " ".join(str(one.number) for one in those)
    text = f"✓ {_are(those)} paused in {here.name}." if fresh else f"{_are(those)} paused already."
    return say(text, _go_on(here.word, f" {which}"), controls=(answers.resume(which),))


def _go_on(word: str, which: str) -> Para:
    """How a pause ends, and how a subscription ends for good."""
    go_on = Span(text=f"/{word} resume{which}", code=True)
    end = Span(text=f"/{word} unsubscribe{which}", code=True)
    return Para(text=("Nothing comes until ", go_on, ". To end it for good: ", end))


def _are(those: Sequence[Subscription]) -> str:
    """`3 ("world model") is`, or `3 and 5 are`."""
    if len(those) == 1:
        return f"{those[0].number} ({those[0].words}) is"
    *most, last = (str(one.number) for one in those)
    return f"{', '.join(most)} and {last} are"


async def _channel_resumed(here: Changing, every: Sequence[Subscription]) -> Reply:
    silent = [one for one in every if one.paused_at is not None and one.removed_at is None]
    still = [
        Item(text=(f"{_are([one])} paused.",), actions=(answers.resume(str(one.number)),)) for one in silent
    ]
    if here.channel.paused_at is None:
        return say(f"{here.name} is not paused.", *still)
    live = [one for one in every if one.live]
    lost = await missed(here.core, here.channel, here.channel.paused_at, live)
    return _welcome(f"✓ {here.name} gets papers again.", lost, *still)


async def _resumed(here: Changing, those: Sequence[Subscription], paused: Sequence[Subscription]) -> Reply:
    still = tuple(answers.silence(here.word, here.channel))
    if not paused:
        return say(f"{_are(those)} not paused.", *still)
    lost = {
        paper.id: paper
        for one in paused
        for paper in await missed(here.core, here.channel, one.paused_at or here.now, [one])
    }
    text = f"✓ {_are(paused)} no longer paused in {here.name}."
    return _welcome(text, in_order(lost.values()), *still)


def _welcome(text: str, lost: Sequence[Paper], *more: Block) -> Reply:
    """That papers come again, and the offer of those that were missed."""
    if not lost:
        return say(text, Para(text=("You missed nothing while paused.",)), *more)
    offer = answers.post_action("Post them here" if len(lost) > 1 else "Post it here", lost)
    told = Para(text=(f"You missed {many(len(lost))} while paused.",))
    newest = map(answers.titled, reversed(lost[-SHOWN:]))
    return say(text, told, *newest, *more, controls=(offer,))
