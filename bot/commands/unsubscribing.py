"""`unsubscribe`: what a channel gets no longer. Nothing is deleted, so that it can be undone."""

from collections.abc import Sequence
from functools import partial

from bot.chat.command import Command, Context, Param, Values, Who
from bot.chat.message import Action, Item, Reply, Span
from bot.commands import answers
from bot.commands.changing import Changing, changing
from bot.commands.core import Core
from bot.commands.listing import show
from bot.commands.paging import PAGE
from bot.commands.picking import Which, pick, which_param
from bot.commands.replies import say
from bot.store import subscriptions
from bot.store.subscriptions import Subscription


def commands(core: Core) -> tuple[Command, ...]:
    """The command."""
    return (
        Command(
            name="unsubscribe",
            summary="Stop bringing papers for a subscription",
            handler=partial(unsubscribe, core),
            params=(
                which_param(core, "numbers from list, or a query, or all"),
                Param(name="sure", help="do not ask again", hidden=True),
                PAGE,
            ),
            who=Who.MANAGER,
            examples=("unsubscribe 3", 'unsubscribe "diffusion model"'),
            aliases=("remove", "unfollow"),
        ),
    )


async def unsubscribe(core: Core, context: Context, values: Values) -> Reply:
    """Remove subscriptions; all of them only after asking. Raises Refused."""
    which: Which | None = values.get("which")
    if which is None:
        return await show(core, context, values, "unsubscribe", lambda one: (remove_action(one),))
    async with changing(core, context) as here:
        those = pick(await here.subscriptions(), which, here.name, here.word)
        live = [one for one in those if one.removed_at is None]
        if which.every and live and "sure" not in values:
            return _ask(here.name, len(live))
        await _remove(here, live)
    return _answer(here, live, those)


def remove_action(one: Subscription) -> Action:
    """The button that removes a subscription."""
    return Action(label="Remove", command="unsubscribe", arguments={"which": str(one.number)}, style="danger")


def _ask(name: str, count: int) -> Reply:
    what = f"all {count} subscriptions" if count > 1 else "the one subscription"
    label = f"Remove all {count}" if count > 1 else "Remove it"
    arguments = {"which": "all", "sure": "yes"}
    remove = Action(label=label, command="unsubscribe", arguments=arguments, style="danger")
    return say(f"Remove {what} of {name}?", controls=(remove, Action(label="Keep", command="keep")))


async def _remove(here: Changing, those: Sequence[Subscription]) -> None:
    if not those:
        return
    await subscriptions.remove(here.connection, those, here.now)
    for one in those:
        await here.note("unsubscribe", one, before=one.words)
    await here.announce([here.change("unsubscribed", one.words) for one in those])


def _answer(here: Changing, removed: Sequence[Subscription], named: Sequence[Subscription]) -> Reply:
    undo = answers.undo(removed, here.now)
    match removed, named:
        case [], []:
            return say(f"{here.name} has no subscriptions.")
        case [], [first, *_]:
            return say(f"{here.name} gets no papers matching {first.words} any more.")
        case [one], _:
            return say(f"✓ {here.name} no longer gets papers matching {one.words}.", controls=undo)
    lines = (Item(text=(f"{one.number} ", Span(text=one.words, code=True))) for one in removed)
    return say(f"✓ {here.name} no longer gets papers matching these queries.", *lines, controls=undo)
