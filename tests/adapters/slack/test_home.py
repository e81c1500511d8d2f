"""App Home: what comes to a person's channels, and what they can do about it there."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.slack.stage import hastily, known, listed, locked, paper, slowly
from tests.fakes.clock import FakeClock
from tests.fakes.slack import View
from tests.fakes.slackbot import ANN, BEN, DIRECT, ML, VISION, Slackbot, Transport, slacking


async def home(slackbot: Slackbot, user: str = ANN) -> View:
    """The home that `user` sees who opens it now."""
    asked = len(slackbot.slack.called("views.publish"))
    await slackbot.slack.open_home(user)
    await slackbot.slack.until(lambda: len(slackbot.slack.called("views.publish")) > asked)
    return await slackbot.slack.until(
        lambda: slackbot.slack.homes.get((slackbot.slack.users[user].team, user))
    )


async def shows(slackbot: Slackbot, *words: str, user: str = ANN) -> None:
    """Wait until the home of `user` shows all of `words`."""

    def shown() -> bool:
        return all(word in slackbot.slack.home(user).shown for word in words)

    try:
        await slackbot.slack.until(shown)
    except AssertionError:
        raise AssertionError(slackbot.slack.home(user).shown) from None


async def six_channels_and_sixty_subscriptions(slackbot: Slackbot) -> None:
    for number in range(6):
        channel = f"C9{number}"
        slackbot.slack.channel(channel, f"topic-{number}", members=[ANN])
        for word in range(10):
            await slackbot.type(f"subscribe word{number}{word}", channel=channel)
        slackbot.clock.advance(60_000)


# What it shows


async def test_it_opens_as_often_as_one_likes(slackbot: Slackbot) -> None:
    shown = [(await home(slackbot)).shown for _ in range(35)]
    assert not [one for one in shown if "commands in a minute" in one]


async def test_it_begins_by_saying_how_to_begin(slackbot: Slackbot) -> None:
    view = await home(slackbot)
    assert "Nothing is subscribed in your channels yet." in view.shown
    assert view.labels == ["Subscribe…"]


async def test_it_lists_the_subscriptions_of_the_channels_that_the_person_is_in(slackbot: Slackbot) -> None:
    await slackbot.type('subscribe "world model"')
    await slackbot.type("subscribe diffusion", channel=VISION)
    await slackbot.slack.leave(BEN, VISION)
    anns, bens = (await home(slackbot)).shown, (await home(slackbot, BEN)).shown
    assert "2 subscriptions in 2 channels of yours." in anns
    assert all(word in anns for word in ("#ml", '"world model"', "#vision", "diffusion"))
    assert '"world model"' in bens and "#vision" not in bens and "diffusion" not in bens


async def test_it_lists_what_comes_to_the_person_alone_to_nobody_else(slackbot: Slackbot) -> None:
    await slackbot.slack.say(ANN, DIRECT, "subscribe tea")
    await slackbot.slack.until(lambda: "✓" in slackbot.slack.messages(DIRECT)[-1].shown)
    assert "tea" in (await home(slackbot)).shown
    assert "tea" not in (await home(slackbot, BEN)).shown


async def test_it_lists_what_was_posted_lately(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe tea")
    await slackbot.publish(paper(1, "A world of tea"), paper(2, "Coffee"))
    shown = (await home(slackbot)).shown
    assert "Posted lately" in shown and "A world of tea · #ml" in shown and "Coffee" not in shown


async def test_sixty_subscriptions_come_in_pages(slackbot: Slackbot) -> None:
    await six_channels_and_sixty_subscriptions(slackbot)
    view = await home(slackbot)
    seen = view.shown
    for page in range(2, 7):
        await slackbot.slack.press(ANN, view, "Next")
        await shows(slackbot, f"{page} of 6")
        view = slackbot.slack.home(ANN)
        seen += view.shown
    assert all(f"word{n}{m}" in seen for n in range(6) for m in range(10))
    assert "Next" not in view.labels and "Previous" in view.labels
    assert not [call.error for call in slackbot.slack.called("views.publish") if call.error]


# What can be done there


async def test_a_subscription_is_paused_resumed_edited_and_removed_there(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion", channel=VISION)
    view = await home(slackbot)
    await slackbot.slack.press(ANN, view, "Pause")
    await shows(slackbot, "paused", "Resume")
    await slackbot.slack.press(ANN, slackbot.slack.home(ANN), "Resume")
    await shows(slackbot, "Pause")
    form = await (await slackbot.slack.press(ANN, slackbot.slack.home(ANN), "Edit")).modal()
    done = await slackbot.slack.submit(form, {"Query": "tea"})
    assert done.top is None
    await shows(slackbot, "✓ 1 is now tea")
    await slackbot.slack.press(ANN, slackbot.slack.home(ANN), "Remove")
    await slackbot.slack.until(lambda: "Remove" not in slackbot.slack.home(ANN).labels)
    assert "Nothing is subscribed" in await listed(slackbot, VISION)
    await slackbot.slack.press(ANN, slackbot.slack.home(ANN), "Undo")
    await slackbot.slack.until(lambda: "Remove" in slackbot.slack.home(ANN).labels)
    assert "tea" in await listed(slackbot, VISION)


async def test_what_comes_to_the_person_alone_is_changed_there_too(slackbot: Slackbot) -> None:
    await slackbot.slack.say(ANN, DIRECT, "subscribe tea")
    await slackbot.slack.until(lambda: "✓" in slackbot.slack.messages(DIRECT)[-1].shown)
    await slackbot.slack.press(ANN, await home(slackbot), "Pause")
    await shows(slackbot, "paused since")


async def test_subscribe_there_is_for_the_person_alone(slackbot: Slackbot) -> None:
    form = await (await slackbot.slack.press(ANN, await home(slackbot), "Subscribe…")).modal()
    await slackbot.slack.submit(form, {"Query": "tea"})
    await shows(slackbot, "✓ your chat with me now gets papers matching tea")
    assert "Nothing is subscribed" in await listed(slackbot, ML)


async def test_a_form_that_is_wrong_there_is_marked(slackbot: Slackbot) -> None:
    form = await (await slackbot.slack.press(ANN, await home(slackbot), "Subscribe…")).modal()
    done = await slackbot.slack.submit(form, {"Query": "tea OR"})
    assert "tea ▸OR◂" in done.errors["Query"]


async def test_who_left_the_channel_meanwhile_changes_nothing_there(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion", channel=ML)
    view = await home(slackbot, BEN)
    await slackbot.slack.leave(BEN, ML)
    await slackbot.settled()
    await slackbot.slack.press(BEN, view, "Remove")
    await shows(slackbot, "Only people who can manage", user=BEN)
    assert "diffusion" in await listed(slackbot, ML)


async def test_nobody_reaches_the_direct_messages_of_somebody_else(slackbot: Slackbot) -> None:
    await slackbot.slack.say(ANN, DIRECT, "subscribe tea")
    await slackbot.slack.until(lambda: "✓" in slackbot.slack.messages(DIRECT)[-1].shown)
    reply = await slackbot.type(f"list channel:{DIRECT}", user=BEN)
    assert "There is no channel" in reply.shown and "tea" not in reply.shown


async def test_another_bot_process_answers_what_stands_there(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion")
    view = await home(slackbot)
    await slackbot.restart()
    await slackbot.slack.press(ANN, view, "Pause")
    await shows(slackbot, "paused since")


# What goes wrong


@pytest.mark.parametrize("code", ["invalid_arguments", "invalid_blocks", "view_too_large"])
async def test_a_home_that_slack_refuses_is_shown_as_plain_text(slackbot: Slackbot, code: str) -> None:
    await slackbot.type("subscribe diffusion")
    slackbot.slack.fail_with("views.publish", code)
    await slackbot.slack.open_home(ANN)
    await slackbot.slack.until(lambda: slackbot.slack.homes)
    await shows(slackbot, "1 subscription in #ml.", "diffusion")


@pytest.mark.parametrize("method", ["views.open", "views.update"])
async def test_whatever_view_is_refused_a_readable_one_takes_its_place(
    slackbot: Slackbot, method: str
) -> None:
    await hastily(slackbot)
    front = await slackbot.type("list")
    await slowly(slackbot)
    slackbot.slack.fail_with(method, "invalid_arguments")
    view = await (await slackbot.slack.press(ANN, front, "Subscribe…")).modal()
    await slackbot.slack.until(lambda: "Bring papers" in view.shown)


async def test_a_home_waits_as_long_as_slack_wants_and_then_shows_how_things_stand(
    slackbot: Slackbot,
) -> None:
    await slackbot.type("subscribe diffusion")
    slackbot.slack.fail_with("views.publish", "ratelimited", retry_after=7)
    await slackbot.slack.open_home(ANN)
    await slackbot.slack.until(lambda: slackbot.slack.limited)
    await slackbot.type("list")
    assert len(slackbot.slack.called("views.publish")) == 1
    slackbot.clock.advance(7_000)
    await slackbot.slack.until(lambda: slackbot.slack.homes)
    await shows(slackbot, "diffusion")


async def test_a_home_opens_while_the_store_is_busy(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion")
    async with locked(slackbot):
        assert "diffusion" in (await home(slackbot)).shown


async def test_the_messages_tab_is_no_home(slackbot: Slackbot) -> None:
    await slackbot.slack.open_home(ANN, "messages")
    await slackbot.type("list")
    assert not slackbot.slack.called("views.publish")


# Two workspaces


@pytest.fixture
async def two(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> AsyncIterator[Slackbot]:
    """A bot in the workspaces T1 and T2."""
    async with slacking(seeded_sqlite, clock, monkeypatch, transport, installs=True) as bot:
        for team in ("T1", "T2"):
            await bot.install(team)
        yield bot


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack_sdk 3.48 with aiohttp 3.14
async def test_workspaces_see_nothing_of_each_other(two: Slackbot) -> None:
    await two.type("subscribe tea")
    await two.type("subscribe coffee", user="U1T2", channel="C1T2")
    ones, others = (await home(two)).shown, (await home(two, "U1T2")).shown
    assert "tea" in ones and "coffee" not in ones
    assert "coffee" in others and "tea" not in others
    await known(two, "Tea")


async def test_a_form_that_takes_long_does_not_stay_at_one_moment(slackbot: Slackbot) -> None:
    await hastily(slackbot)
    await slackbot.type("subscribe diffusion", channel=VISION)
    form = await (await slackbot.slack.press(ANN, await home(slackbot), "Edit")).modal()
    await slowly(slackbot)
    done = await slackbot.slack.submit(form, {"Query": "tea"})
    assert done.top and "One moment" in done.top.shown
    waits = done.top
    await slackbot.slack.until(lambda: "✓ 1 is now tea" in waits.shown)
    await shows(slackbot, "✓ 1 is now tea", "Pause")


async def test_a_form_that_is_late_to_open_says_why_there_is_none(slackbot: Slackbot) -> None:
    await hastily(slackbot)
    await slackbot.type("subscribe diffusion", channel=VISION)
    view = await home(slackbot)
    await slackbot.slack.leave(ANN, VISION)
    await slowly(slackbot)
    waits = await (await slackbot.slack.press(ANN, view, "Edit")).modal()
    await slackbot.slack.until(lambda: "There is no channel" in waits.shown)
