"""Two workspaces on one bot neither see nor change what the other one has."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete

from adapters.slack.conversation import ABSENT
from bot.clock import DAY, MINUTE
from bot.store import channels
from bot.store.engine import Database
from bot.store.schema import adapter_state
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.slackbot import ANN, ML, Slackbot, Transport, slacking
from tests.fakes.visitor import visiting

TEA, RICE = item("2512.99001", "A world model of tea"), item("2512.99002", "A theory of rice")
CAT, OTHER_ML = "U1T2", "C1T2"  # of T2
BOTS = {"T1": "<@UBOTT1>", "T2": "<@UBOTT2>"}
PEOPLE = {"T1": ANN, "T2": CAT}
OTHER = {"T1": "T2", "T2": "T1"}
HELLO = "Hello, I bring new papers"


@pytest.fixture
async def two(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> AsyncIterator[Slackbot]:
    """A bot in T1, where #ml follows tea, and in T2, where another #ml follows rice."""
    async with slacking(seeded_sqlite, clock, monkeypatch, transport, installs=True) as bot:
        async with visiting(bot) as visitor:
            for team in ("T1", "T2"):
                assert (await visitor.install(team)).status == 200
        assert "✓" in (await bot.type("subscribe tea")).shown
        assert "✓" in (await bot.type("subscribe rice", CAT, OTHER_ML)).shown
        yield bot


async def test_each_gets_its_own_papers_with_its_own_token(two: Slackbot) -> None:
    await two.publish(TEA, RICE)
    assert ["tea" in shown and "rice" not in shown for shown in two.posted(ML)] == [True]
    assert ["rice" in shown and "tea" not in shown for shown in two.posted(OTHER_ML)] == [True]
    for call in two.slack.calls:
        if call.team:
            assert two.slack.tokens[call.token].team == call.team
            assert call.arguments.get("channel", "").endswith("T2") == (call.team == "T2") or (
                "channel" not in call.arguments
            )


@pytest.mark.parametrize(
    "line", ["list", "settings", "pause", "unsubscribe 1", "subscribe cat", "check", "resume"]
)
async def test_no_command_reaches_a_channel_of_the_other_one(two: Slackbot, line: str) -> None:
    before = (await two.type("list")).shown
    for name in (ML, f"<#{ML}|ml>"):
        reply = await two.type(f"{line} channel:{name}", CAT, OTHER_ML)
        assert "tea" not in reply.shown and "✓" not in reply.shown
    assert (await two.type("list")).shown == before


async def test_lists_homes_and_exports_show_what_is_ones_own(two: Slackbot) -> None:
    for user, channel, own, other in ((ANN, ML, "tea", "rice"), (CAT, OTHER_ML, "rice", "tea")):
        shown = (await two.type("list", user, channel)).shown
        assert own in shown and other not in shown
        await two.slack.open_home(user)
        await two.settled()
        home = two.slack.home(user).shown
        assert own in home and other not in home


async def test_a_button_acts_where_it_is_pressed(two: Slackbot) -> None:
    shown = await two.type("list", CAT, OTHER_ML)
    pressed = await two.slack.press(CAT, shown, "Remove")
    await pressed.reply()
    assert "tea" in (await two.type("list")).shown
    assert "rice" not in (await two.type("list", CAT, OTHER_ML)).shown


async def test_a_channel_that_both_share_has_two_sides(two: Slackbot) -> None:
    await two.slack.share_channel(ML, "T2", CAT)
    reply = await two.type("list", CAT, ML)
    assert "tea" not in reply.shown
    assert "✓" in (await two.type("subscribe rice", CAT, ML)).shown
    shown = (await two.type("list")).shown
    assert "tea" in shown and "rice" not in shown


async def test_one_that_removes_the_app_takes_nothing_from_the_other(two: Slackbot, clock: FakeClock) -> None:
    clock.advance(MINUTE)
    await two.slack.uninstall("T2")
    await two.settled()
    clock.advance(31 * DAY)
    await two.poll()
    await two.publish(TEA)
    assert len(two.posted(ML)) == 1 and "tea" in (await two.type("list")).shown


async def test_one_whose_token_is_of_no_use_does_not_keep_the_other_waiting(two: Slackbot) -> None:
    two.slack.revoke("T2")
    await two.publish(TEA, RICE)
    assert len(two.posted(ML)) == 1 and two.posted(OTHER_ML) == []


async def test_one_that_slack_slows_down_does_not_keep_the_other_waiting(two: Slackbot) -> None:
    two.slack.fail_with("chat.postMessage", "ratelimited", team="T2")
    work = asyncio.create_task(two.publish(TEA, RICE))
    await two.slack.until(lambda: two.posted(ML))
    assert two.posted(OTHER_ML) == []
    await two.passing(lambda: two.posted(OTHER_ML))
    await work


async def test_the_token_of_one_workspace_answers_nobody_in_another(slackbot: Slackbot) -> None:
    slackbot.slack.install("T2")
    answer = await slackbot.slack.command(CAT, OTHER_ML, "subscribe tea")
    await slackbot.slack.mention(CAT, OTHER_ML, "<@UBOTT2> subscribe tea")
    await slackbot.settled()
    assert [message.shown for message in answer.messages] == [ABSENT.headline]
    assert slackbot.slack.private(CAT, OTHER_ML) == answer.messages
    await slackbot.publish(TEA)
    assert slackbot.slack.posts == []


class TestOneEvent:
    """Slack tells once of what happens in a channel that both share, and names either workspace."""

    @pytest.fixture(params=["T1", "T2"])
    async def shared(self, two: Slackbot, request: pytest.FixtureRequest) -> Slackbot:
        """#ml is of both, and both bots are in it; T1 follows tea there, and T2 rice."""
        await two.slack.share_channel(ML, "T2", CAT)
        two.slack.named = request.param
        await two.slack.invite(ML, by=CAT, team="T2")
        assert "✓" in (await two.type("subscribe rice", CAT, ML)).shown
        await two.drain()
        return two

    async def lists(self, bot: Slackbot) -> dict[str, str]:
        """What each workspace is told that #ml gets."""
        return {team: (await bot.type("list", user, ML)).shown for team, user in PEOPLE.items()}

    def brought(self, bot: Slackbot, channel: str = ML) -> set[str]:
        """The workspaces that papers were brought to in `channel`, each its own."""
        words = {"T1": "of tea", "T2": "of rice"}
        return {one.team for one in bot.slack.messages(channel) if one.bot and words[one.team] in one.shown}

    @pytest.mark.parametrize("team", BOTS)
    @pytest.mark.parametrize("asks", PEOPLE)
    async def test_who_is_spoken_to_answers(self, shared: Slackbot, team: str, asks: str) -> None:
        await shared.slack.mention(PEOPLE[asks], ML, f"{BOTS[team]} list")
        await shared.settled()
        (answer,) = shared.slack.private(PEOPLE[asks], ML)[-1:]
        assert ("tea" in answer.shown, "rice" in answer.shown) == (team == "T1", team == "T2")
        assert shared.slack.called("chat.postEphemeral")[-1].team == team

    @pytest.mark.parametrize("team", BOTS)
    async def test_one_changes_what_ones_own_bot_brings_and_no_more(
        self, shared: Slackbot, team: str
    ) -> None:
        user, other = PEOPLE[team], OTHER[team]
        before = await self.lists(shared)
        await shared.slack.mention(user, ML, f"{BOTS[other]} pause")
        await shared.settled()
        assert "Only people who can manage #ml" in shared.slack.private(user, ML)[-1].shown
        assert await self.lists(shared) == before
        sent = await shared.slack.mention(user, ML, f"{BOTS[team]} subscribe milk")
        await shared.slack.redeliver(sent)
        await shared.settled()
        after = await self.lists(shared)
        assert "milk" in after[team] and after[other] == before[other]
        assert ["✓" in said.shown for said in shared.slack.private(user, ML)[-2:]].count(True) == 1

    async def test_who_speaks_of_a_bot_of_another_app_speaks_to_none(self, shared: Slackbot) -> None:
        said = {team: len(shared.slack.private(user, ML)) for team, user in PEOPLE.items()}
        for name in ("<@UBOTT3>", "<@U1T2>"):
            await shared.slack.mention(ANN, ML, f"{name} list {BOTS['T1']} {BOTS['T2']}")
        await shared.settled()
        assert {team: len(shared.slack.private(user, ML)) for team, user in PEOPLE.items()} == said

    async def test_in_a_channel_of_ones_own_nobody_reaches_another_ones_bot(self, shared: Slackbot) -> None:
        shared.slack.channel("C7", "own", members=[ANN])
        await shared.slack.mention(ANN, "C7", f"{BOTS['T2']} subscribe milk {BOTS['T1']}")
        await shared.settled()
        assert shared.slack.private(ANN, "C7") == []

    async def test_each_greets_where_it_is_invited_and_no_other(self, shared: Slackbot) -> None:
        assert [m.team for m in shared.slack.messages(ML) if HELLO in m.shown] == ["T2"]
        await shared.slack.kick(ML)
        await shared.slack.invite(ML, by=ANN, team="T1")
        await shared.drain()
        assert sorted(m.team for m in shared.slack.messages(ML) if HELLO in m.shown) == ["T1", "T2"]

    @pytest.mark.parametrize("team", BOTS)
    async def test_one_that_is_sent_away_waits_and_the_other_does_not(
        self, shared: Slackbot, team: str
    ) -> None:
        await shared.slack.kick(ML, team=team)
        await shared.publish(TEA, RICE)
        assert self.brought(shared) == {OTHER[team]}
        await shared.slack.invite(ML, by=PEOPLE[team], team=team)
        await shared.drain()
        assert self.brought(shared) == {"T1", "T2"}

    async def test_both_wait_while_it_is_archived(self, shared: Slackbot) -> None:
        await shared.slack.archive(ML)
        posts = len(shared.slack.called("chat.postMessage"))
        await shared.publish(TEA, RICE)
        tried = shared.slack.called("chat.postMessage")[posts:]
        assert ML not in [call.arguments["channel"] for call in tried]
        await shared.slack.unarchive(ML)
        await shared.drain()
        assert self.brought(shared) == {"T1", "T2"}

    async def test_what_became_of_it_elsewhere_is_not_believed(self, shared: Slackbot) -> None:
        for kind in ("channel_archive", "group_left", "channel_deleted"):
            await shared.slack.event(shared.slack.named, {"type": kind, "channel": ML})
        await shared.publish(TEA, RICE)
        assert self.brought(shared) == {"T1", "T2"}

    async def test_nor_is_another_ones_leaving_where_slack_does_not_tell(self, shared: Slackbot) -> None:
        shared.slack.fail_with("conversations.info", "internal_error", times=2)
        await shared.slack.event(shared.slack.named, {"type": "channel_left", "channel": ML})
        await shared.publish(TEA, RICE)
        assert self.brought(shared) == {"T1", "T2"}

    async def test_each_calls_it_as_it_does_there(self, shared: Slackbot) -> None:
        shared.slack.channels[ML].names["T2"] = "ours"
        await shared.slack.rename(ML, "theirs")
        before = await self.names(shared)
        assert before == {"T1": "#theirs", "T2": "#ours"}
        await shared.slack.rename(ML, "ours-too", team="T2")
        assert await self.names(shared) == {"T1": "#theirs", "T2": "#ours-too"}

    async def names(self, bot: Slackbot) -> dict[str, str]:
        """What the core calls #ml, by workspace."""
        async with Database(bot.url) as database, database.read() as connection:
            known = await channels.of_platform(connection, "slack")
        return {one.channel.key.workspace: one.channel.name for one in known if one.channel.key.id == ML}

    async def test_a_name_that_cannot_be_asked_for_stays(self, shared: Slackbot) -> None:
        shared.slack.fail_with("conversations.info", "internal_error", team="T2")
        await shared.slack.rename(ML, "theirs")
        assert await self.names(shared) == {"T1": "#theirs", "T2": "#ml"}

    async def test_both_follow_it_to_its_new_id(self, shared: Slackbot) -> None:
        await shared.slack.share_privately(ML, "C77", "T9")
        await shared.publish(TEA, RICE)
        assert self.brought(shared, "C77") == {"T1", "T2"}

    async def test_a_copy_that_one_gets_when_they_part_leaves_the_other_where_it_is(
        self, shared: Slackbot
    ) -> None:
        shared.slack.channel("C88", "copy", team="T2", members=[CAT])
        moved = {"type": "channel_id_changed", "old_channel_id": ML, "new_channel_id": "C88"}
        shared.slack.channels["C88"].teams.add("T9")  # so that it counts as shared
        await shared.slack.event(shared.slack.named, moved)
        await shared.publish(TEA)
        assert self.brought(shared) == {"T1"}

    async def test_a_redelivery_does_nothing_twice_in_either(self, shared: Slackbot) -> None:
        await shared.slack.archive(ML)
        sent = shared.slack.sent[-1]
        shared.slack.channels[ML].archived = False
        for team, user in PEOPLE.items():
            assert "✓" in (await shared.type("check", user, ML)).shown, team
        shared.slack.channels[ML].archived = True
        await shared.slack.redeliver(sent)
        await shared.settled()
        async with Database(shared.url) as database, database.read() as connection:
            known = await channels.of_platform(connection, "slack")
        assert [one.parked_reason for one in known if one.channel.key.id == ML] == [None, None]

    async def test_what_failed_in_one_is_done_there_alone_the_next_time(self, shared: Slackbot) -> None:
        await shared.slack.rename(ML, "theirs")
        sent = shared.slack.sent[-1]
        async with Database(shared.url) as database, database.write() as connection:
            event = f"once:{sent.payload['event_id']}:T2"
            assert (
                await connection.execute(delete(adapter_state).where(adapter_state.c.key == event))
            ).rowcount
        shared.slack.channels[ML].name = "newer"
        await shared.slack.redeliver(sent)
        await shared.settled()
        assert await self.names(shared) == {"T1": "#theirs", "T2": "#newer"}

    async def test_who_leaves_may_change_nothing_from_that_moment_on(self, shared: Slackbot) -> None:
        for team, user in PEOPLE.items():
            elsewhere = "C2" if team == "T1" else "C2T2"
            assert "✓" in (await shared.type(f"settings announce:off channel:{ML}", user, elsewhere)).shown
            await shared.slack.leave(user, ML)
            refused = await shared.type(f"settings announce:on channel:{ML}", user, elsewhere)
            assert "Only people who can manage #ml may do that." in refused.shown


async def test_the_settings_own_bot_hears_what_names_another_workspace(slackbot: Slackbot) -> None:
    slackbot.slack.install("T2")
    await slackbot.slack.share_channel(ML, "T2", CAT, "UBOTT2")
    slackbot.slack.named = "T2"
    assert "✓" in (await slackbot.type("subscribe tea")).shown
    await slackbot.slack.mention(ANN, ML, f"{BOTS['T1']} list")
    await slackbot.slack.rename(ML, "both")
    await slackbot.settled()
    assert "tea" in slackbot.slack.private(ANN, ML)[-1].shown
    assert "#both" in (await slackbot.type(f"list channel:{ML}", channel="C2")).shown
    await slackbot.slack.mention(CAT, ML, f"{BOTS['T2']} list")
    await slackbot.settled()
    assert slackbot.slack.private(CAT, ML) == []
