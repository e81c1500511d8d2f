"""Who may look and who may change what on Slack: people, strangers, guests, and whole workspaces."""

from collections.abc import AsyncIterator

import pytest

from adapters.slack import render
from bot.chat.message import Action, Reply
from tests.adapters.slack.stage import listed
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.slack import Message
from tests.fakes.slackbot import ANN, BEN, DIRECT, ML, SECRET, VISION, Slackbot, Transport, slacking

EVE = "U9"  # looks at public channels without being in them, or comes from elsewhere: a test says which
ANN2, ML2 = "U1T2", "C1T2"
THEIRS = {"T1": (ANN, ML), "T2": (ANN2, ML2)}
ONLY_MANAGERS = "Only people who can manage #ml may do that."
NAMED = "only those whom whoever runs me has named."
UNSURE = "Slack does not tell me just now which channels you are in."


@pytest.fixture(params=["socket"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """Who may do what does not hang on how Slack reaches the bot."""
    found: Transport = request.param
    return found


async def card(slackbot: Slackbot) -> Message:
    """A card that stands in #ml."""
    await slackbot.type("subscribe tea")
    await slackbot.publish(item("2512.99001", "Tea"))
    return slackbot.slack.messages(ML)[-1]


async def why(slackbot: Slackbot, user: str) -> Message:
    """What `user` is told who presses the card's button."""
    answer = await slackbot.slack.press(user, await card(slackbot), "Why / pause…")
    return await answer.later()


async def pressed(slackbot: Slackbot, user: str, message: Message, button: str) -> str:
    """What `user` is told who presses `button` of `message`."""
    answer = await slackbot.slack.press(user, message, button)
    return (await answer.later()).shown


async def paused(slackbot: Slackbot, channel: str = ML) -> bool:
    """Whether `list` says so."""
    return "paused" in (await slackbot.type("list", channel=channel)).shown


class TestPeopleOfTheWorkspace:
    """Members of a channel may change what it gets."""

    async def test_whoever_is_in_a_channel_may_change_it(self, slackbot: Slackbot) -> None:
        told = await why(slackbot, BEN)
        assert "paused" in await pressed(slackbot, BEN, told, "Pause 1")
        assert await paused(slackbot)

    async def test_guests_who_are_in_it_may_too(self, slackbot: Slackbot) -> None:
        slackbot.slack.user(EVE, "eve", guest=True)
        await slackbot.slack.join(EVE, ML)
        assert "paused" in await pressed(slackbot, EVE, await why(slackbot, EVE), "Pause 1")

    async def test_who_only_looks_at_a_public_channel_may_look_and_change_nothing(
        self, slackbot: Slackbot
    ) -> None:
        slackbot.slack.user(EVE, "eve")
        told = await why(slackbot, EVE)
        assert "tea" in told.shown
        assert ONLY_MANAGERS in await pressed(slackbot, EVE, told, "Pause 1")
        assert not await paused(slackbot)

    @pytest.mark.parametrize("line", ["share 2512.99001", "check"])
    async def test_nor_may_they_let_the_bot_post_or_enter_there(self, slackbot: Slackbot, line: str) -> None:
        await card(slackbot)
        await slackbot.slack.leave(BEN, VISION)
        reply = await slackbot.type(f"{line} channel:{VISION}", user=BEN)
        assert "Only people in #vision may do that." in reply.shown
        assert slackbot.slack.called("conversations.join") == []

    async def test_who_left_may_change_nothing_from_that_moment_on(self, slackbot: Slackbot) -> None:
        told = await why(slackbot, BEN)
        assert "paused" in await pressed(slackbot, BEN, told, "Pause 1")
        await slackbot.slack.leave(BEN, ML)
        assert ONLY_MANAGERS in await pressed(slackbot, BEN, told, "Pause 1")

    async def test_a_form_that_they_had_open_changes_nothing_either(self, slackbot: Slackbot) -> None:
        form = await (await slackbot.slack.command(ANN, ML, "subscribe")).modal()
        await slackbot.slack.leave(ANN, ML)
        await slackbot.slack.submit(form, {"Query": "diffusion"})
        await slackbot.settled()
        assert "Nothing is subscribed" in await listed(slackbot, ML)

    async def test_of_a_channel_that_became_private_who_is_not_in_it_sees_nothing_at_once(
        self, slackbot: Slackbot
    ) -> None:
        slackbot.slack.channel("C7", "open", members=[BEN])
        await slackbot.type("subscribe diffusion", user=BEN, channel="C7")
        assert "diffusion" in (await slackbot.type("list channel:C7")).shown
        await slackbot.slack.make_private("C7")
        assert "There is no channel C7" in (await slackbot.type("list channel:C7")).shown

    async def test_who_joined_may_from_that_moment_on(self, slackbot: Slackbot) -> None:
        slackbot.slack.user(EVE, "eve")
        told = await why(slackbot, EVE)
        assert ONLY_MANAGERS in await pressed(slackbot, EVE, told, "Pause 1")
        await slackbot.slack.join(EVE, ML)
        await slackbot.settled()
        assert "paused" in await pressed(slackbot, EVE, told, "Pause 1")

    async def test_rights_are_those_of_who_presses_and_not_of_who_asked(self, slackbot: Slackbot) -> None:
        slackbot.slack.user(EVE, "eve")
        mine = await slackbot.type("subscribe tea")
        assert ONLY_MANAGERS in await pressed(slackbot, EVE, mine, "Undo")

    async def test_where_slack_does_not_tell_nothing_changes_and_the_answer_says_why(
        self, slackbot: Slackbot
    ) -> None:
        told = await why(slackbot, BEN)
        slackbot.clock.advance(120_000)
        slackbot.slack.fail_with("users.conversations", "internal_error", times=9)
        shown = await pressed(slackbot, BEN, told, "Pause 1")
        assert UNSURE in shown and "Nothing was changed" in shown and "manage" not in shown
        slackbot.slack.planned.clear()
        assert not await paused(slackbot)

    async def test_what_may_be_seen_by_all_is_shown_though_slack_does_not_tell(
        self, slackbot: Slackbot
    ) -> None:
        slackbot.slack.fail_with("users.conversations", "internal_error", times=9)
        assert "tea" in (await why(slackbot, BEN)).shown

    async def test_their_direct_messages_are_their_own(self, slackbot: Slackbot) -> None:
        assert "✓" in (await slackbot.type("subscribe tea", channel=DIRECT)).shown
        assert "✓" in (await slackbot.type(f"pause channel:{DIRECT}", channel=ML)).shown
        refused = await slackbot.type(f"list channel:{DIRECT}", user=BEN)
        assert "There is no channel D1 that you and I can see." in refused.shown

    async def test_a_conversation_of_people_alone_gets_no_subscription(self, slackbot: Slackbot) -> None:
        slackbot.slack.channel("D7", kind="im", members=[ANN, BEN], bot=False)
        assert "This works only in a channel." in (await slackbot.type("subscribe tea", channel="D7")).shown
        assert slackbot.slack.messages("D7") == []

    async def test_a_private_channel_where_the_bot_is_not_is_its_members_own(
        self, slackbot: Slackbot
    ) -> None:
        reply = await slackbot.type("subscribe tea", channel=SECRET)
        assert "✓" in reply.shown
        assert "Undone" in await pressed(slackbot, ANN, reply, "Undo")


class TestSettings:
    """SLACK_MANAGERS narrows who may change, OPERATORS widens it."""

    async def test_managers_alone_may_change_where_some_are_named(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with slacking(seeded_sqlite, clock, monkeypatch, SLACK_MANAGERS=BEN) as bot:
            refused = (await bot.type("subscribe tea")).shown
            assert ONLY_MANAGERS in refused and NAMED in refused
            assert NAMED in (await bot.type("help subscribe")).shown
            assert "✓" in (await bot.type("subscribe tea", user=BEN)).shown
            assert "✓" in (await bot.type("subscribe tea", channel=DIRECT)).shown
            assert "✓ I can post in #ml" in (await bot.type("check")).shown

    async def test_managers_may_change_only_channels_that_they_are_in(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with slacking(seeded_sqlite, clock, monkeypatch, SLACK_MANAGERS=EVE) as bot:
            bot.slack.user(EVE, "eve")
            bot.slack.channel("C7", "eves", members=[EVE])
            refused = await bot.type(f"subscribe tea channel:{ML}", user=EVE, channel="C7")
            assert ONLY_MANAGERS in refused.shown

    async def test_operators_may_everywhere(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with slacking(
            seeded_sqlite, clock, monkeypatch, SLACK_MANAGERS=BEN, OPERATORS=f"slack:{ANN}"
        ) as bot:
            assert "✓" in (await bot.type("subscribe tea")).shown
            bot.slack.fail_with("users.conversations", "internal_error", times=9)
            assert "✓" in (await bot.type(f"pause channel:{ML}")).shown


class TestStrangers:
    """People of a workspace that shares a channel by Slack Connect."""

    @pytest.fixture
    async def shared(self, slackbot: Slackbot) -> Slackbot:
        """#ml is shared with T9, which has no app, and from which Eve is in it."""
        slackbot.slack.user(EVE, "eve", team="T9")
        await slackbot.slack.share_channel(ML, "T9", EVE)
        return slackbot

    async def said(self, slackbot: Slackbot, text: str) -> str:
        """What Eve is told who says `text` to the bot."""
        await slackbot.slack.mention(EVE, ML, text)
        return (await slackbot.slack.until(lambda: slackbot.slack.private(EVE, ML)))[-1].shown

    async def test_they_may_look(self, shared: Slackbot) -> None:
        await shared.type("subscribe tea")
        assert "tea" in await self.said(shared, "list")

    @pytest.mark.parametrize("line", ["subscribe tea", "pause", "unsubscribe 1", "settings style:compact"])
    async def test_they_change_nothing_by_what_they_say(self, shared: Slackbot, line: str) -> None:
        assert ONLY_MANAGERS in await self.said(shared, line)

    @pytest.mark.parametrize("line", ["share 2512.99001", "check"])
    async def test_they_let_the_bot_post_nothing(self, shared: Slackbot, line: str) -> None:
        assert "Only people in #ml may do that." in await self.said(shared, line)

    async def test_they_change_nothing_by_what_they_press(self, shared: Slackbot) -> None:
        told = await why(shared, EVE)
        assert ONLY_MANAGERS in await pressed(shared, EVE, told, "Pause 1")
        assert not await paused(shared)

    async def test_they_see_no_other_channel(self, shared: Slackbot) -> None:
        assert f"There is no channel {VISION}" in await self.said(shared, f"list channel:{VISION}")

    async def test_their_own_direct_messages_with_the_bot_change_nothing_either(
        self, shared: Slackbot
    ) -> None:
        shared.slack.channel("D7", kind="im", members=[EVE]).teams.add("T9")
        await shared.slack.say(EVE, "D7", "subscribe tea")
        shown = await shared.slack.until(lambda: [m for m in shared.slack.messages("D7") if m.bot])
        assert "Only people who can manage your chat with me" in shown[-1].shown

    async def test_the_channels_own_people_may_change_it_as_before(self, shared: Slackbot) -> None:
        await shared.slack.mention(BEN, ML, "subscribe tea")
        assert "✓" in (await shared.slack.until(lambda: shared.slack.private(BEN, ML)))[-1].shown


class TestTwoWorkspaces:
    """Nothing of one can be seen or changed from the other."""

    @pytest.fixture
    async def both(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[Slackbot]:
        """T1 and T2 have the app, and in both somebody subscribed #ml."""
        async with slacking(seeded_sqlite, clock, monkeypatch, installs=True) as bot:
            for team, query in (("T1", "tea"), ("T2", "coffee")):
                await bot.install(team)
                user, channel = THEIRS[team]
                assert "✓" in (await bot.type(f"subscribe {query}", user=user, channel=channel)).shown
            yield bot

    async def test_each_has_subscriptions_and_cards_of_its_own(self, both: Slackbot) -> None:
        await both.publish(item("2512.99001", "Tea"), item("2512.99002", "Coffee"))
        assert [("Tea" in shown, "Coffee" in shown) for shown in both.posted(ML)] == [(True, False)]
        assert [("Tea" in shown, "Coffee" in shown) for shown in both.posted(ML2)] == [(False, True)]
        assert "coffee" not in (await both.type("list")).shown

    @pytest.mark.parametrize("line", ["list", "pause", "subscribe milk", "unsubscribe 1", "check"])
    async def test_a_channel_of_the_other_one_is_as_one_that_is_not_there(
        self, both: Slackbot, line: str
    ) -> None:
        reply = await both.type(f"{line} channel:{ML2}")
        assert f"There is no channel {ML2} that you and I can see." in reply.shown
        assert "paused" not in (await both.type("list", user=ANN2, channel=ML2)).shown

    async def test_a_button_does_what_it_says_in_the_workspace_of_who_presses(self, both: Slackbot) -> None:
        undo = await both.type("subscribe milk", user=ANN2, channel=ML2)
        copied = both.slack.write(ANN, ML, "copied")  # a press that carries what the other's button carries
        copied.blocks = undo.blocks
        assert "Undone" not in await pressed(both, ANN, copied, "Undo")
        assert "milk" in (await both.type("list", user=ANN2, channel=ML2)).shown

    async def test_what_a_button_only_names_does_so_too(self, both: Slackbot) -> None:
        pause = Action(label="Pause", command="pause", arguments={"which": "1"})
        kept = await both.app.commands.encode(Reply(headline="T2's", controls=(pause,)), 1)
        copied = both.slack.write(ANN, ML, "copied")
        copied.blocks = [{"block_id": "b", **block} for block in render.private(kept)["blocks"]]
        assert "paused in #ml" in await pressed(both, ANN, copied, "Pause")
        assert await paused(both)
        assert "paused" not in (await both.type("list", user=ANN2, channel=ML2)).shown

    async def test_a_channel_that_both_share_is_one_of_each(self, both: Slackbot) -> None:
        await both.slack.share_channel(ML, "T2", ANN2)
        await both.slack.invite(ML, by=ANN2, team="T2")
        assert "coffee" not in (await both.type(f"list channel:{ML}", user=ANN2, channel=ML2)).shown
        assert "✓" in (await both.type("subscribe milk", user=ANN2, channel=ML)).shown
        await both.publish(item("2512.99001", "Tea"), item("2512.99002", "Milk"))
        assert [message.team for message in both.slack.messages(ML) if "Tea" in message.shown] == ["T1"]
        assert [message.team for message in both.slack.messages(ML) if "Milk" in message.shown] == ["T2"]
        told = await both.slack.press(ANN2, both.slack.messages(ML, "T1")[-1], "Why / pause…")
        assert ONLY_MANAGERS in await pressed(both, ANN2, await told.later(), "Pause 1")

    @pytest.mark.parametrize("organisation", [None, "E1"])
    async def test_whose_bot_is_spoken_to_says_who_is_a_stranger(
        self, both: Slackbot, organisation: str | None
    ) -> None:
        await both.slack.share_channel(ML, "T2", ANN2, "UBOTT2")
        both.slack.workspaces["T1"].enterprise = organisation
        said = {"type": "app_mention", "channel": ML, "ts": "1.2", "team": "T1"}
        for bot, allowed in (("T1", True), ("T2", False)):
            text, theirs = f"<@UBOT{bot}> subscribe milk", {"user_team": organisation or "T1"}
            await both.slack.event("T1", {**said, "user": ANN, "text": text, **theirs})
            await both.settled()
            assert (ONLY_MANAGERS not in both.slack.private(ANN, ML)[-1].shown) is allowed

    async def test_an_organisation_is_known_by_what_it_installed(self, both: Slackbot) -> None:
        both.slack.workspaces["T2"].enterprise = "E2"
        await both.install("T2")
        await both.slack.share_channel(ML, "T2", ANN2, "UBOTT2")
        said = {"type": "app_mention", "channel": ML, "ts": "1.2", "user": ANN2, "user_team": "E2"}
        await both.slack.event("T1", {**said, "text": "<@UBOTT2> subscribe milk"})
        await both.settled()
        assert "✓" in both.slack.private(ANN2, ML)[-1].shown

    async def test_home_shows_the_channels_of_the_persons_own_workspace(self, both: Slackbot) -> None:
        await both.slack.open_home(ANN2)
        await both.slack.until(lambda: both.slack.homes)
        home = both.slack.home(ANN2).shown
        assert "coffee" in home and "tea" not in home
