"""Whether the bot can post, and what happens once it can."""

import pytest

from bot.chat.adapter import Problem
from bot.chat.errors import ChannelUnreachable, RateLimited, WorkspaceUnreachable
from bot.chat.message import Message
from bot.chat.plain import plain
from bot.models import Channel
from bot.store import channels
from tests.bot.commands.rig import ChatStub, Rig, actions_of, paper


async def park(rig: Rig, channel: str = "#ml") -> None:
    stored = await rig.stored(channel)
    async with rig.database.write() as connection:
        await channels.park(connection, stored.id, "I was removed.", rig.clock.now())


async def test_where_nothing_is_missing_check_says_so(rig: Rig) -> None:
    reply = await rig.type("check")
    assert (reply.error, reply.headline, reply.body) == (False, "✓ I can post in #ml.", ())
    assert rig.woken == []


async def test_what_is_missing_is_named_with_who_can_mend_it(rig: Rig) -> None:
    rig.chat.problems = [Problem(what="I may not post here.", fix="An admin can let me.")]
    reply = await rig.type("check channel:#vision")
    assert reply.headline == "I cannot post in #vision yet."
    assert "I may not post here. An admin can let me." in plain(reply)
    rig.chat.problems = []
    assert (await rig.press(reply, "Check again")).headline == "✓ I can post in #vision."


async def test_that_papers_are_kept_meanwhile_is_said_where_some_are_to_come(rig: Rig) -> None:
    rig.chat.problems = [Problem(what="I may not post here.", fix="")]
    assert "kept for 7 days" not in plain(await rig.type("check"))
    await rig.type("subscribe cats")
    assert "What comes meanwhile is kept for 7 days." in plain(await rig.type("check"))
    await rig.type("unsubscribe cats")
    assert "kept for 7 days" not in plain(await rig.type("check"))


@pytest.mark.parametrize(
    "error", [ChannelUnreachable("It is archived."), WorkspaceUnreachable("Token gone.")]
)
async def test_what_the_platform_says_of_an_unreachable_channel_is_passed_on(
    rig: Rig, error: ChannelUnreachable | WorkspaceUnreachable
) -> None:
    rig.chat.trouble = error
    reply = await rig.type("check")
    assert reply.headline == "I cannot post in #ml yet."
    assert error.reason in plain(reply)


async def test_a_channel_that_can_be_reached_again_gets_what_waited(rig: Rig) -> None:
    await park(rig)
    reply = await rig.type("check")
    assert "What waited comes now." in plain(reply)
    stored = await rig.stored()
    assert stored.parked_reason is None
    assert rig.woken == [stored.id]


async def test_a_channel_stays_parked_while_something_is_missing_or_cannot_be_learned(rig: Rig) -> None:
    await park(rig)
    rig.chat.problems = [Problem(what="I may not post here.", fix="")]
    await rig.type("check")
    rig.chat.trouble = RateLimited(3)
    reply = await rig.type("check")
    assert (reply.error, reply.headline) == (True, "The chat platform does not answer just now.")
    assert (await rig.stored()).parked_reason == "I was removed."
    assert rig.woken == []


async def test_a_platform_that_is_not_on_any_more_is_named(rig: Rig) -> None:
    reply = await rig.type("check", platform="gone")
    assert (reply.error, reply.headline) == (True, "I cannot post in #ml yet.")
    assert "No adapter called gone is switched on." in plain(reply)
    assert "switches it on with GONE_TOKEN, and starts it again." in plain(reply)


async def test_checking_needs_no_rights_and_leaves_papers_alone(rig: Rig) -> None:
    rig.member()
    await rig.store(paper())
    assert not (await rig.type("check")).error


class Trying(ChatStub):
    """Can be tried out."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[Message] = []

    async def try_out(self, channel: Channel, sample: Message) -> list[Problem]:
        self.tried.append(sample)
        return [Problem(what="It was taken away.", fix="Let me post.")]


async def test_check_tries_a_card_that_says_what_it_is_and_subscribing_does_not(rig: Rig) -> None:
    chat = Trying()
    trying = Rig(database=rig.database, clock=rig.clock, chat=chat)
    await trying.type("subscribe cats")
    assert chat.tried == []
    reply = await trying.type("check")
    assert reply.headline == "I cannot post in #ml yet." and "It was taken away." in plain(reply)
    [sample] = chat.tried
    assert "this is a trial" in plain(sample).casefold() and sample.headline.startswith("A Trial Card")
    assert all(action.value for action in actions_of(sample))


async def test_what_a_trial_meets_is_said_like_what_a_check_meets(rig: Rig) -> None:
    class Closed(ChatStub):
        async def try_out(self, channel: Channel, sample: Message) -> list[Problem]:
            raise ChannelUnreachable("It is archived.")

    reply = await Rig(database=rig.database, clock=rig.clock, chat=Closed()).type("check")
    assert reply.error and "It is archived." in plain(reply)
