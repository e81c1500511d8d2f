"""What a form says while it is filled in."""

import pytest

from bot.chat.contract import Fault
from tests.adapters.slack.stage import hastily, known, listed, locked
from tests.fakes.slack import View
from tests.fakes.slackbot import ANN, ML, VISION, Slackbot

BROUGHT = "In the one day I have so far: "


@pytest.fixture
async def form(slackbot: Slackbot) -> View:
    """The form of *subscribe*; the bot knows of two papers on tea and one on coffee."""
    await known(slackbot, "A world of tea", "Tea and more tea", "Coffee")
    return await (await slackbot.slack.command(ANN, ML, "subscribe")).modal()


async def typed(slackbot: Slackbot, view: View, text: str, field: str = "Query") -> None:
    """Ann types `text`, and Slack hears of each letter."""
    assert await slackbot.slack.type_into(view, field, text)


async def updated(slackbot: Slackbot, view: View, times: int) -> None:
    """Wait until the bot has changed `view` so often."""
    await slackbot.slack.until(lambda: view.updates == times)


async def test_what_the_query_would_have_brought_is_told_while_it_is_typed(
    slackbot: Slackbot, form: View
) -> None:
    await typed(slackbot, form, "tea")
    await slackbot.slack.until(lambda: "2 papers" in form.shown)
    assert "A world of tea" in form.shown and "Tea and more tea" in form.shown
    await typed(slackbot, form, "coffee")
    await slackbot.slack.until(lambda: "1 paper," in form.shown)
    assert "A world of tea" not in form.shown
    assert "Nothing is subscribed" in await listed(slackbot, ML)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("tea OR", "tea OR\n     ^"),
        ("-tea", "only"),
        ('"tea', '"tea\n^'),
        ("taa", "No paper"),
        ("茶", "English"),
    ],
)
async def test_what_is_wrong_with_the_query_is_told_while_it_is_typed(
    slackbot: Slackbot, form: View, query: str, says: str
) -> None:
    await typed(slackbot, form, query)
    await slackbot.slack.until(lambda: form.updates)
    assert says in form.shown, form.shown
    assert not form.errors and form is slackbot.slack.views[ANN]


async def test_the_threshold_counts_too(slackbot: Slackbot, form: View) -> None:
    await typed(slackbot, form, "tea")
    await slackbot.slack.until(lambda: "2 papers" in form.shown)
    await typed(slackbot, form, "1000", "Threshold")
    await slackbot.slack.until(lambda: "2 papers" not in form.shown)


async def test_a_query_that_is_emptied_shows_nothing(slackbot: Slackbot, form: View) -> None:
    before = form.shown
    await typed(slackbot, form, "tea")
    await slackbot.slack.until(lambda: form.shown != before)
    await typed(slackbot, form, "")
    await slackbot.slack.until(lambda: form.shown == before)
    assert form.fields["Query"] is None


async def test_fields_keep_what_is_typed_whatever_is_shown_below(slackbot: Slackbot, form: View) -> None:
    slackbot.slack.fill(form, {"Threshold": "7", "Ping": "me"})
    await typed(slackbot, form, "tea")
    await slackbot.slack.until(lambda: form.updates)
    assert form.fields == {"Query": "tea", "Threshold": "7", "Ping": "me"}
    done = await slackbot.slack.submit(form)
    assert done.action == ""
    assert "upvotes>=7" in await listed(slackbot, ML)


async def test_of_fast_letters_the_last_counts_and_none_is_lost(slackbot: Slackbot) -> None:
    await hastily(slackbot)
    await known(slackbot, "A world of tea", "Tea and more tea", "Coffee")
    form = await (await slackbot.slack.command(ANN, ML, "subscribe")).modal()
    await slackbot.slack.fail(Fault.SILENT, place="views.update")  # which takes a second
    for text in ("c", "co", "cof", "coff", "coffe", "coffee"):
        await typed(slackbot, form, text)
    slackbot.slack.fill(form, {"Query": "coffee pot"})  # before anything comes back
    await slackbot.slack.until(lambda: "1 paper," in form.shown and "Coffee" in form.shown)
    assert form.fields["Query"] == "coffee pot"
    assert form.updates == 2


async def test_a_slow_answer_of_slack_does_not_stop_later_ones(slackbot: Slackbot, form: View) -> None:
    slackbot.slack.fail_with("views.update", "ratelimited", retry_after=0)
    await typed(slackbot, form, "tea")
    await slackbot.slack.until(lambda: slackbot.slack.limited)
    await typed(slackbot, form, "coffee")
    await slackbot.slack.until(lambda: "Coffee" in form.shown)


async def test_a_preview_that_slack_does_not_take_leaves_the_form_as_it_is(
    slackbot: Slackbot, form: View
) -> None:
    slackbot.slack.fail_with("views.update", "invalid_arguments")
    await typed(slackbot, form, "tea")
    await slackbot.slack.until(lambda: any(call.error for call in slackbot.slack.called("views.update")))
    assert form.fields["Query"] == "tea"
    await typed(slackbot, form, "coffee")
    await slackbot.slack.until(lambda: "Coffee" in form.shown)
    assert form.fields["Query"] == "coffee"


async def test_the_last_letter_waits_where_slack_wants_it_to(slackbot: Slackbot, form: View) -> None:
    await slackbot.slack.fail(Fault.LIMITED, place="views.update")
    await typed(slackbot, form, "tea")
    await slackbot.passing(lambda: "2 papers" in form.shown)


async def test_a_form_that_was_closed_is_left_alone(slackbot: Slackbot, form: View) -> None:
    await typed(slackbot, form, "tea")
    await slackbot.slack.close(form)
    await slackbot.slack.until(lambda: slackbot.slack.called("views.update"))
    await slackbot.type("list")
    assert not slackbot.slack.views and not slackbot.slack.called("chat.postEphemeral")


async def test_a_busy_store_delays_no_preview(slackbot: Slackbot, form: View) -> None:
    async with locked(slackbot):
        await typed(slackbot, form, "tea")
        await slackbot.slack.until(lambda: "2 papers" in form.shown)


async def test_the_form_of_another_channel_and_of_edit_have_one(slackbot: Slackbot) -> None:
    await known(slackbot, "Tea")
    other = await (await slackbot.slack.command(ANN, ML, "subscribe channel:vision")).modal()
    await typed(slackbot, other, "tea")
    await slackbot.slack.until(lambda: "1 paper," in other.shown)
    await slackbot.type("subscribe diffusion", channel=VISION)
    edit = await (await slackbot.slack.command(ANN, VISION, "edit 1")).modal()
    await typed(slackbot, edit, "tea")
    await slackbot.slack.until(lambda: "1 paper," in edit.shown)
    assert edit.fields == {"Number": "1", "Query": "tea", "Threshold": None, "Ping": None}


async def test_letters_are_cheap(slackbot: Slackbot, form: View) -> None:
    await typed(slackbot, form, "te")
    await slackbot.slack.until(lambda: form.updates == 1)
    asked = len(slackbot.slack.calls)
    for number, text in enumerate(("tea", "tea ", "tea o", "tea or", "tea or co"), 2):
        await typed(slackbot, form, text)
        await updated(slackbot, form, number)
    assert {call.method for call in slackbot.slack.calls[asked:]} == {"views.update"}
    assert len(slackbot.slack.calls) == asked + 5
