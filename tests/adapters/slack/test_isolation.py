"""Two workspaces on one bot neither see nor change what the other one has."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.slack.conversation import ABSENT
from bot.clock import DAY, MINUTE
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.slackbot import ANN, ML, Slackbot, Transport, slacking
from tests.fakes.visitor import visiting

TEA, RICE = item("2512.99001", "A world model of tea"), item("2512.99002", "A theory of rice")
CAT, OTHER_ML = "U1T2", "C1T2"  # of T2


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
