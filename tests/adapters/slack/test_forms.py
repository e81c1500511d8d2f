"""Forms: how they open, what they say of wrong fields, and where their answers arrive."""

import pytest

from bot.clock import SECOND
from tests.adapters.slack.stage import cards, hastily, known, listed, locked, paper, slowly
from tests.fakes.slack import View
from tests.fakes.slackbot import ANN, BEN, DIRECT, ML, SECRET, VISION, Slackbot


async def opened(slackbot: Slackbot, line: str, channel: str = ML) -> View:
    """The form that `/papers line` opens for Ann."""
    answer = await slackbot.slack.command(ANN, channel, line)
    return await answer.modal()


async def told(slackbot: Slackbot, channel: str = ML) -> str:
    """The newest that Ann alone was shown in `channel`."""
    return (await slackbot.slack.until(lambda: slackbot.slack.private(ANN, channel)))[-1].shown


# How they open

FORMS = {
    "subscribe": ["Query", "Threshold", "Ping"],
    "subscribe threshold:20": ["Query", "Threshold", "Ping"],
    "edit": ["Number", "Query", "Threshold", "Ping"],
    "settings": ["Zone", "Announce", "Style", "Thread"],
    "search": ["Query"],
    "share": ["Paper"],
}


@pytest.mark.parametrize("line", FORMS)
async def test_a_command_without_what_it_needs_opens_its_form(slackbot: Slackbot, line: str) -> None:
    view = await opened(slackbot, line)
    assert list(view.fields) == FORMS[line]
    assert view.title.lower() == line.split(maxsplit=1)[0]


async def test_a_form_opens_with_what_holds(slackbot: Slackbot) -> None:
    await slackbot.type("settings style:compact zone:Europe/Berlin")
    view = await opened(slackbot, "settings")
    assert view.fields == {"Zone": "Europe/Berlin", "Announce": "on", "Style": "compact", "Thread": "off"}
    await slackbot.type('subscribe "world model" threshold:20 ping:me')
    view = await opened(slackbot, "edit 1")
    assert view.fields == {"Number": "1", "Query": '"world model"', "Threshold": "20", "Ping": "ann"}


# Filled in

FILLED = [
    ("subscribe", {"Query": "diffusion"}, "✓ #ml now gets papers matching diffusion"),
    ("subscribe", {"Query": "a OR b", "Threshold": "20"}, "matching (a OR b) upvotes>=20"),
    ("subscribe", {"Query": "diffusion", "Ping": "me"}, "It notifies ann"),
    ("subscribe", {"Query": "“world model”"}, '✓ #ml now gets papers matching "world model"'),
    ("settings", {"Style": "compact"}, "style: full → compact"),
    ("search", {"Query": "tea"}, "A world model of tea"),
    ("share", {"Paper": "2512.00001"}, "Posting that in #ml"),
]


@pytest.mark.parametrize(("line", "values", "answer"), FILLED)
async def test_a_form_that_was_sent_closes_and_is_answered_privately(
    slackbot: Slackbot, line: str, values: dict[str, str], answer: str
) -> None:
    await known(slackbot, "A world model of tea")
    done = await slackbot.slack.submit(await opened(slackbot, line), values)
    assert (done.action, done.top) == ("", None)
    assert answer in await told(slackbot)
    assert not slackbot.slack.private(BEN, ML)


@pytest.mark.parametrize("channel", [VISION, SECRET, DIRECT])
async def test_a_form_is_answered_where_it_was_opened(slackbot: Slackbot, channel: str) -> None:
    await slackbot.slack.submit(await opened(slackbot, "subscribe", channel), {"Query": "diffusion"})
    assert "now gets papers matching diffusion" in await told(slackbot, channel)
    assert "diffusion" in await listed(slackbot, channel)


async def test_an_answer_goes_into_the_thread_in_which_the_form_was_opened(slackbot: Slackbot) -> None:
    parent = slackbot.slack.write(ANN, ML, "a talk")
    await slackbot.slack.mention(ANN, ML, "<@UBOTT1> subscribe", thread_ts=parent.ts)
    (offer,) = await slackbot.slack.until(lambda: slackbot.slack.private(ANN, ML))
    assert offer.thread_ts == parent.ts
    view = await (await slackbot.slack.press(ANN, offer, "Fill in…")).modal()
    await slackbot.slack.submit(view, {"Query": "diffusion"})
    shown = await slackbot.slack.until(lambda: slackbot.slack.private(ANN, ML)[1:])
    assert "✓ #ml now gets" in shown[0].shown
    assert shown[0].thread_ts == parent.ts


async def test_a_form_of_another_channel_acts_there(slackbot: Slackbot) -> None:
    view = await opened(slackbot, "subscribe channel:vision")
    await slackbot.slack.submit(view, {"Query": "diffusion"})
    assert "✓ #vision now gets papers matching diffusion" in await told(slackbot)
    assert "diffusion" in await listed(slackbot, VISION)
    assert "Nothing is subscribed in #ml" in await listed(slackbot, ML)


async def test_a_field_that_was_emptied_says_so(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion threshold:20 ping:me")
    view = await opened(slackbot, "edit 1")
    await slackbot.slack.submit(view, {"Threshold": "", "Ping": ""})
    await slackbot.slack.until(lambda: "notifies nobody" in slackbot.slack.private(ANN, ML)[-1].shown)
    assert "upvotes" not in await listed(slackbot, ML)


# Spoken to, so that no form can open by itself


async def test_a_mention_is_offered_the_form(slackbot: Slackbot) -> None:
    await slackbot.slack.mention(ANN, ML, "<@UBOTT1> subscribe")
    (offer,) = await slackbot.slack.until(lambda: slackbot.slack.private(ANN, ML))
    assert offer.labels == ["Fill in…"]
    assert "/papers subscribe" in offer.shown
    view = await (await slackbot.slack.press(ANN, offer, "Fill in…")).modal()
    await slackbot.slack.submit(view, {"Query": "diffusion"})
    await slackbot.slack.until(lambda: "✓ #ml" in slackbot.slack.private(ANN, ML)[-1].shown)


async def test_in_direct_messages_the_answer_to_a_form_stays(slackbot: Slackbot) -> None:
    await slackbot.slack.say(ANN, DIRECT, "subscribe")
    (offer,) = await slackbot.slack.until(lambda: cards(slackbot, DIRECT))
    view = await (await slackbot.slack.press(ANN, offer, "Fill in…")).modal()
    await slackbot.slack.submit(view, {"Query": "diffusion"})
    await slackbot.slack.until(lambda: "✓ your chat with me" in cards(slackbot, DIRECT)[-1].shown)


# Wrong

WRONG = [
    ({"Query": "diffusion OR"}, "Query", "diffusion ▸OR◂"),
    ({"Query": "-diffusion"}, "Query", "only says what"),
    ({"Query": "diffusion", "Threshold": "many"}, "Threshold", "number of upvotes"),
    ({"Query": "diffusion", "Ping": "@nobody"}, "Ping", "@nobody"),
]


@pytest.mark.parametrize(("values", "field", "says"), WRONG)
async def test_what_is_wrong_stands_at_its_field(
    slackbot: Slackbot, values: dict[str, str], field: str, says: str
) -> None:
    view = await opened(slackbot, "subscribe")
    done = await slackbot.slack.submit(view, values)
    assert list(done.errors) == [field]
    assert says in done.errors[field]
    assert "Nothing is subscribed" in await listed(slackbot, ML)
    done = await slackbot.slack.submit(view, {"Query": "diffusion", "Threshold": "", "Ping": ""})
    assert done.action == ""


async def test_two_fields_that_are_wrong_are_both_marked(slackbot: Slackbot) -> None:
    view = await opened(slackbot, "subscribe")
    done = await slackbot.slack.submit(view, {"Query": '"open', "Threshold": "x"})
    assert set(done.errors) == {"Query", "Threshold"}
    assert "▸" in done.errors["Query"]


async def test_a_refusal_that_is_no_field_s_is_shown_in_the_form_s_place(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion")
    await slackbot.type("subscribe tea")
    view = await opened(slackbot, "edit 1")
    done = await slackbot.slack.submit(view, {"Query": "tea"})
    assert done.action == "update"
    assert done.top and "#ml has tea already: it is number 2" in done.top.shown


# The database is busy


@pytest.fixture
async def hasty(slackbot: Slackbot) -> Slackbot:
    """The bot, which waits a tenth of a second where it would wait longer."""
    await hastily(slackbot)
    return slackbot


async def test_a_form_opens_while_somebody_writes_to_the_store(hasty: Slackbot) -> None:
    front = await hasty.type("list")
    async with locked(hasty):
        view = await (await hasty.slack.press(ANN, front, "Subscribe…")).modal()
        await hasty.slack.until(lambda: view.fields)


async def test_a_view_without_data_opens_at_once_and_is_filled_when_they_are_there(hasty: Slackbot) -> None:
    front = await hasty.type("list")
    await slowly(hasty)
    view = await (await hasty.slack.press(ANN, front, "Subscribe…")).modal()
    assert "One moment" in view.shown and not view.fields
    hasty.clock.advance(4 * SECOND)
    await hasty.slack.until(lambda: view.fields)
    assert (view.title, list(view.fields)) == ("Subscribe", ["Query", "Threshold", "Ping"])
    await hasty.slack.submit(view, {"Query": "diffusion"})
    assert "diffusion" in await listed(hasty, ML)


async def test_where_no_view_opens_any_more_a_message_offers_it_and_names_the_command(
    hasty: Slackbot,
) -> None:
    await slowly(hasty)
    answer = await hasty.slack.command(ANN, ML, "subscribe threshold:5")
    assert answer.ack == ""
    hasty.clock.advance(4 * SECOND)
    offer = await answer.reply()
    assert offer.labels == ["Fill in…"]
    assert "/papers subscribe" in offer.shown
    view = await (await hasty.slack.press(ANN, offer, "Fill in…")).modal()
    assert view.fields["Threshold"] == "5"


@pytest.mark.parametrize("code", ["expired_trigger_id", "invalid_arguments", "ratelimited", "fatal_error"])
async def test_a_form_that_slack_does_not_open_is_offered(slackbot: Slackbot, code: str) -> None:
    front = await slackbot.type("list")
    slackbot.slack.fail_with("views.open", code, times=2)
    answer = await slackbot.slack.press(ANN, front, "Subscribe…")
    assert (await answer.reply()).labels == ["Fill in…"]


async def test_a_slow_form_says_to_wait_and_then_what_was_done(hasty: Slackbot) -> None:
    view = await opened(hasty, "subscribe")
    async with locked(hasty):
        done = await hasty.slack.submit(view, {"Query": "diffusion"})
        assert done.action == "update" and done.top and "One moment" in done.top.shown
    await hasty.slack.until(lambda: "✓ #ml now gets papers matching diffusion" in view.shown)


async def test_a_view_that_says_to_wait_is_filled_after_the_wait_that_slack_wants(hasty: Slackbot) -> None:
    view = await opened(hasty, "subscribe")
    async with locked(hasty):
        hasty.slack.fail_with("views.update", "ratelimited", retry_after=5)
        await hasty.slack.submit(view, {"Query": "diffusion"})
    await hasty.passing(lambda: "✓ #ml now gets papers matching diffusion" in view.shown)


async def test_a_slow_form_that_was_wrong_comes_back_with_what_was_typed(hasty: Slackbot) -> None:
    view = await opened(hasty, "subscribe")
    await slowly(hasty)
    await hasty.slack.submit(view, {"Query": "diffusion OR", "Threshold": "20"})
    await hasty.slack.until(lambda: view.fields)
    assert view.fields == {"Query": "diffusion OR", "Threshold": "20", "Ping": None}
    assert "diffusion ▸OR◂" in view.shown
    await hasty.slack.submit(view, {"Query": "diffusion"})
    assert "diffusion" in await listed(hasty, ML)


async def test_who_closed_the_view_meanwhile_is_told_in_a_message(hasty: Slackbot) -> None:
    view = await opened(hasty, "subscribe")
    async with locked(hasty):
        await hasty.slack.submit(view, {"Query": "diffusion"})
        await hasty.slack.close(view)
    assert "✓ #ml now gets papers matching diffusion" in await told(hasty)


async def test_who_closed_a_form_that_was_wrong_can_open_it_again(hasty: Slackbot) -> None:
    view = await opened(hasty, "subscribe")
    await slowly(hasty)
    await hasty.slack.submit(view, {"Query": "diffusion OR", "Threshold": "20"})
    await hasty.slack.close(view)
    (offer,) = await hasty.slack.until(lambda: hasty.slack.private(ANN, ML))
    assert offer.labels == ["Fill in…"]
    view = await (await hasty.slack.press(ANN, offer, "Fill in…")).modal()
    assert view.fields == {"Query": "diffusion OR", "Threshold": "20", "Ping": None}


# Long ways back


async def test_after_half_an_hour_the_answer_still_finds_the_person(slackbot: Slackbot) -> None:
    view = await opened(slackbot, "subscribe")
    slackbot.clock.advance(31 * 60 * SECOND)
    await slackbot.slack.submit(view, {"Query": "diffusion"})
    assert "✓ #ml now gets" in await told(slackbot)


async def test_where_the_bot_is_not_in_the_channel_the_late_answer_comes_in_direct_messages(
    slackbot: Slackbot,
) -> None:
    view = await opened(slackbot, "subscribe", SECRET)
    slackbot.clock.advance(31 * 60 * SECOND)
    await slackbot.slack.submit(view, {"Query": "diffusion"})
    (said,) = await slackbot.slack.until(lambda: cards(slackbot, DIRECT))
    assert "now gets papers matching diffusion" in said.shown


async def test_a_form_that_was_opened_before_a_restart_works(slackbot: Slackbot) -> None:
    await slackbot.publish(paper(1, "Tea"))
    view = await opened(slackbot, "subscribe channel:vision")
    await slackbot.restart()
    await slackbot.slack.submit(view, {"Query": "diffusion"})
    assert "✓ #vision now gets" in await told(slackbot)
