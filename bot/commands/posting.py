"""`post`, which buttons type: papers that somebody asks to see in the channel, at once and as one message."""

import secrets
from collections.abc import Sequence
from functools import partial

from bot.chat.command import Command, Context, Param, Refused, Values, Who
from bot.chat.message import Block, Para, Reply
from bot.commands import answers
from bot.commands.changing import Changing, changing
from bot.commands.core import Core
from bot.commands.paper_ids import parse_paper
from bot.commands.preview import many
from bot.commands.replies import say
from bot.delivery.plan import in_order
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.views import prepare
from bot.models import Paper, PaperId
from bot.store import deliveries, outbox, papers

LONGEST = 200_000  # characters: the papers of a long pause


def parse_papers(typed: str) -> tuple[PaperId, ...]:
    """Paper ids with spaces between, each once. Raises BadArgument."""
    return tuple(dict.fromkeys(map(parse_paper, typed.split())))


def commands(core: Core) -> tuple[Command, ...]:
    """The command."""
    ids = Param(
        name="papers",
        help="arXiv ids with spaces between",
        parse=parse_papers,
        required=True,
        hidden=True,
        max_length=LONGEST,
    )
    return (
        Command(
            name="post",
            summary="Post papers here, as one message",
            handler=partial(post, core),
            params=(ids,),
            who=Who.MANAGER,
            listed=False,
        ),
    )


async def post(core: Core, context: Context, values: Values) -> Reply:
    """Post papers in the channel, oldest first; those that were posted there before are named instead."""
    async with changing(core, context) as here:
        found = await papers.get(here.connection, values["papers"])
        if not found:
            raise Refused("I have none of these papers.")
        chosen = in_order(found.values())
        before = await _ask(here, chosen)
        posted = await deliveries.settled_here(here.connection, here.channel.id, before)
    return _answer(here.name, chosen, before, posted)


async def _ask(here: Changing, chosen: Sequence[Paper]) -> list[PaperId]:
    """Plan one message of `chosen`; those of them that were posted, or given up, before."""
    queries = {one.id: parse(one.canonical) for one in await here.subscriptions() if one.live}
    texts = map(prepare, chosen)
    return await outbox.ask(
        here.connection,
        here.channel.workspace_id,
        here.channel.id,
        [(text.paper.id, [one for one, query in queries.items() if matches(query, text)]) for text in texts],
        by=here.who.name,
        together=f"asked:{secrets.token_hex(8)}",
        now=here.now,
    )


def _answer(name: str, chosen: Sequence[Paper], before: Sequence[PaperId], posted: set[PaperId]) -> Reply:
    new = len(chosen) - len(before)
    return say(
        f"✓ Posting {many(new)} in {name}." if new else f"There is nothing new to post in {name}.",
        *_named("Posted here already:", chosen, posted),
        *_named("Tried before, and given up:", chosen, set(before) - posted),
    )


def _named(title: str, chosen: Sequence[Paper], ids: set[PaperId]) -> tuple[Block, ...]:
    those = [paper for paper in chosen if paper.id in ids]
    return (Para(text=(title,)), *map(answers.titled, those)) if those else ()
