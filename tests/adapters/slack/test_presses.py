"""What is pressed and chosen: on cards, in answers, in direct messages and threads, also after a restart."""

import re
from dataclasses import replace

import pytest

from bot.chat.contract import Fault
from tests.adapters.slack.stage import cards, known, listed, paper
from tests.fakes.slack import Message
from tests.fakes.slack.reading import controls
from tests.fakes.slackbot import ANN, BEN, DIRECT, ML, QuickSlack, Slackbot

CODE = {"githubRepo": "https://github.com/example/tea"}


async def card(slackbot: Slackbot, channel: str = ML) -> Message:
    """The card of a paper on tea, which `channel` is subscribed to."""
    await slackbot.type("subscribe tea", channel=channel)
    await slackbot.publish(paper(1, "A world of tea", **CODE))
    return cards(slackbot, channel)[-1]


async def digest(slackbot: Slackbot, count: int, channel: str = ML) -> Message:
    """The message of so many papers on tea, which `channel` is subscribed to."""
    await slackbot.type("subscribe tea", channel=channel)
    await slackbot.publish(*(paper(number, f"Tea {number}") for number in range(1, count + 1)))
    return cards(slackbot, channel)[-1]


def entry(where: Message, title: str) -> str:
    """The entry of a menu there that is about the paper called `title`."""
    options = (option for control in controls(where.blocks) for option in control.options)
    return next(option for option in options if option.split(" · ")[0] == title)


async def pressed(slackbot: Slackbot, where: Message, label: str, user: str = ANN) -> Message:
    """What `user` is answered who presses `label` there."""
    return await (await slackbot.slack.press(user, where, label)).reply()


# Cards


async def test_a_card_has_three_controls(slackbot: Slackbot) -> None:
    assert (await card(slackbot)).labels == ["PDF", "Code", "Why / pause…"]


@pytest.mark.parametrize("label", ["PDF", "Code"])
async def test_a_link_is_acknowledged_and_nothing_else(slackbot: Slackbot, label: str) -> None:
    shown = await card(slackbot)
    calls = len(slackbot.slack.calls)
    answer = await slackbot.slack.press(BEN, shown, label)
    await slackbot.type("list")
    assert not answer.messages
    assert not [call for call in slackbot.slack.calls[calls:] if call.method.startswith(("chat.", "views."))]


async def test_why_answers_whoever_presses_and_leaves_the_card_alone(slackbot: Slackbot) -> None:
    shown = await card(slackbot)
    before = shown.shown
    for user in (ANN, BEN):
        reply = await pressed(slackbot, shown, "Why / pause…", user)
        assert (reply.only_for, reply.channel) == (user, ML)
        assert "matched: tea (title)" in reply.shown
        assert reply.labels == ["Pause 1", "Edit", "List"]
    assert (shown.shown, shown.edits, shown.deleted) == (before, 0, False)


async def test_a_subscription_is_paused_from_its_card(slackbot: Slackbot) -> None:
    why = await pressed(slackbot, await card(slackbot), "Why / pause…")
    reply = await pressed(slackbot, why, "Pause 1")
    assert reply.only_for == ANN
    assert "Paused" in reply.shown or "paused" in reply.shown
    await slackbot.publish(paper(2, "More tea"))
    assert len(cards(slackbot, ML)) == 1


async def test_a_press_of_another_process_s_button_works(slackbot: Slackbot) -> None:
    shown = await card(slackbot)
    await slackbot.restart()
    assert "matched: tea" in (await pressed(slackbot, shown, "Why / pause…")).shown


async def test_a_press_about_a_subscription_that_is_gone_says_so(slackbot: Slackbot) -> None:
    why = await pressed(slackbot, await card(slackbot), "Why / pause…")
    await slackbot.type("unsubscribe 1")
    assert "1" in (await pressed(slackbot, why, "Pause 1")).shown
    again = await pressed(slackbot, cards(slackbot, ML)[0], "Why / pause…")
    assert "removed" in again.shown and again.labels == ["List"]


async def test_in_a_thread_the_answer_stays_in_it(slackbot: Slackbot) -> None:
    await slackbot.type("settings thread:on")
    shown = await card(slackbot)
    assert shown.thread_ts
    reply = await pressed(slackbot, shown, "Why / pause…")
    assert (reply.thread_ts, reply.only_for) == (shown.thread_ts, ANN)


# Several papers


async def test_show_all_is_private_and_turns_its_pages_in_place(slackbot: Slackbot) -> None:
    shown = await digest(slackbot, 12)
    before = shown.shown
    first = await pressed(slackbot, shown, "Show all 12")
    assert first.only_for == ANN and "1 of 2" in first.shown and "Tea 1" in first.shown
    answer = await slackbot.slack.press(ANN, first, "Next")
    second = await answer.reply()
    assert second is first and "2 of 2" in first.shown
    await slackbot.slack.press(ANN, first, "Previous")
    await slackbot.slack.until(lambda: "1 of 2" in first.shown)
    assert (shown.shown, shown.edits) == (before, 0)
    assert len(slackbot.slack.private(ANN, ML)) == 2  # with the answer to subscribe


async def test_nothing_that_is_pressed_takes_the_place_of_what_all_see(slackbot: Slackbot) -> None:
    shown = await digest(slackbot, 12)
    before, button = shown.shown, shown.blocks[-1]["elements"][0]
    button["value"] += " page:2"
    reply = await pressed(slackbot, shown, "Show all 12")
    assert reply.only_for == ANN and "2 of 2" in reply.shown
    assert (shown.shown, shown.edits) == (before, 0)


async def test_a_line_of_show_all_tells_why(slackbot: Slackbot) -> None:
    every = await pressed(slackbot, await digest(slackbot, 5), "Show all 5")
    answer = await slackbot.slack.choose(ANN, every, entry(every, "Tea 2"))
    assert answer and "Tea 2\n" in (await answer.reply()).shown
    assert "matched: tea (title)" in answer.shown
    assert "5 papers" in every.shown and every.edits == 0


async def test_search_s_results_are_shared_one_after_another(slackbot: Slackbot) -> None:
    await known(slackbot, *(f"Tea {number}" for number in range(1, 6)))
    found = await slackbot.type("search tea")
    for title in ("Tea 1", "Tea 3"):
        answer = await slackbot.slack.choose(ANN, found, entry(found, title))
        assert answer and "Posting that in #ml." in (await answer.reply()).shown
        await slackbot.drain()
        assert title in cards(slackbot, ML)[-1].shown
    assert found.edits == 0


# Answers


async def test_undo_takes_back(slackbot: Slackbot) -> None:
    reply = await slackbot.type("subscribe tea")
    assert (await pressed(slackbot, reply, "Undo")).only_for == ANN
    assert "Nothing is subscribed" in await listed(slackbot, ML)


async def test_edit_opens_the_form_with_what_holds(slackbot: Slackbot) -> None:
    reply = await slackbot.type('subscribe "green tea" threshold:5')
    view = await (await slackbot.slack.press(ANN, reply, "Edit")).modal()
    assert view.fields == {"Number": "1", "Query": '"green tea"', "Threshold": "5", "Ping": None}


async def test_the_newest_are_posted_once_they_are_asked_for(slackbot: Slackbot) -> None:
    await known(slackbot, "Tea 1", "Tea 2")
    reply = await slackbot.type("subscribe tea")
    await pressed(slackbot, reply, "Post these 2 here")
    await slackbot.drain()
    (posted,) = cards(slackbot, ML)
    assert "Tea 1" in posted.shown and "Tea 2" in posted.shown


async def test_a_search_is_subscribed_to(slackbot: Slackbot) -> None:
    await known(slackbot, "Tea")
    found = await slackbot.type("search tea")
    assert "✓ #ml now gets papers matching tea" in (await pressed(slackbot, found, "Subscribe to this")).shown


async def test_who_only_looks_at_the_channel_learns_why_and_changes_nothing(slackbot: Slackbot) -> None:
    shown = await card(slackbot)
    slackbot.slack.user("U9", "eve")
    reply = await pressed(slackbot, shown, "Why / pause…", "U9")
    assert "matched: tea" in reply.shown


# In direct messages


async def test_in_direct_messages_answers_stay_and_pages_turn(slackbot: Slackbot) -> None:
    shown = await digest(slackbot, 12, DIRECT)
    every = await pressed(slackbot, shown, "Show all 12")
    assert every.only_for is None and "1 of 2" in every.shown
    before = len(slackbot.slack.messages(DIRECT))
    await slackbot.slack.press(ANN, every, "Next")
    await slackbot.slack.until(lambda: "2 of 2" in every.shown)
    assert len(slackbot.slack.messages(DIRECT)) == before
    assert "Show all 12" in shown.labels


# What buttons cannot carry


class Narrow(QuickSlack):
    """Its buttons carry next to nothing."""

    limits = replace(QuickSlack.limits, value=30)


async def test_what_a_button_cannot_carry_is_kept_for_it(slackbot: Slackbot) -> None:
    slackbot.kind = Narrow
    await slackbot.restart()
    await known(slackbot, "Tea 1", "Tea 2")
    reply = await slackbot.type('subscribe "tea" OR "another thing that is rather long"')
    values = [element.get("value", "") for element in reply.blocks[-1]["elements"]]
    assert any(re.fullmatch(r"![\w-]{24}", value) for value in values)
    await slackbot.restart()
    view = await (await slackbot.slack.press(ANN, reply, "Edit")).modal()
    assert view.fields["Query"] == '"tea" OR "another thing that is rather long"'
    await pressed(slackbot, reply, "Undo")
    assert "Nothing is subscribed" in await listed(slackbot, ML)


async def test_a_button_that_is_not_known_any_more_says_what_to_do(slackbot: Slackbot) -> None:
    slackbot.kind = Narrow
    await slackbot.restart()
    reply = await slackbot.type("subscribe tea")
    for element in reply.blocks[-1]["elements"]:
        element["value"] = "!" + "x" * 24
    assert "too old" in (await pressed(slackbot, reply, "Undo")).shown


# Ways back


async def test_a_press_is_done_once(slackbot: Slackbot) -> None:
    await known(slackbot, "Tea 1", "Tea 2")
    reply = await slackbot.type("subscribe tea")
    await slackbot.slack.press(ANN, reply, "Post these 2 here")
    await slackbot.slack.redeliver()
    await slackbot.drain()
    assert len(cards(slackbot, ML)) == 1


@pytest.mark.parametrize("where", ["ephemeral", "card"])
async def test_an_answer_whose_response_url_does_not_work_is_still_private(
    slackbot: Slackbot, where: str
) -> None:
    shown = await card(slackbot)
    if where == "ephemeral":
        shown = await pressed(slackbot, shown, "Why / pause…")
    before = len(slackbot.slack.messages(ML))
    link = len(slackbot.slack.links)
    await slackbot.slack.fail(Fault.MISSING, place="response_url")
    await slackbot.slack.press(ANN, shown, shown.labels[-1])
    await slackbot.slack.until(lambda: slackbot.slack.called("chat.postEphemeral"))
    assert len(slackbot.slack.links) == link + 1
    assert len(slackbot.slack.messages(ML)) == before
