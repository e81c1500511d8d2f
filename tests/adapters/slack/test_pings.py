"""`ping:`: the only mentions that ever work, and whom they may name."""

from typing import Any

import pytest

from tests.adapters.slack.test_contract import elements
from tests.adapters.slack.test_posting import COFFEE, TEA
from tests.fakes.slack import Group
from tests.fakes.slackbot import ANN, BEN, ML, Slackbot

GROUPS = [Group(id="S1", handle="nlp"), Group(id="S2", handle="Vision-Team")]
ME, NLP = {"type": "user", "user_id": ANN}, {"type": "usergroup", "usergroup_id": "S1"}


@pytest.fixture
async def bot(bot: Slackbot) -> Slackbot:
    """A bot in a workspace with user groups."""
    bot.slack.workspaces["T1"].groups = list(GROUPS)
    await bot.type("settings announce:off")
    return bot


def notified(bot: Slackbot) -> list[list[dict[str, Any]]]:
    """Whom each message in #ml notifies."""
    kinds = {"user", "usergroup", "broadcast", "channel"}
    return [
        [element for element in elements(message.blocks) if element["type"] in kinds]
        for message in bot.slack.messages(ML)
    ]


@pytest.mark.parametrize(
    ("ping", "who"),
    [
        ("me", ME),
        ("@me", ME),
        (f"<@{ANN}|ann>", ME),
        (f"<@{ANN}>", ME),
        ("@nlp", NLP),
        ("nlp", NLP),
        ("@NLP", NLP),
        ("<!subteam^S1|@nlp>", NLP),
        ("<!subteam^S1>", NLP),
        ("@vision-team", {"type": "usergroup", "usergroup_id": "S2"}),
    ],
)
async def test_the_card_notifies_whom_the_subscription_names(bot: Slackbot, ping: str, who: Any) -> None:
    await bot.type(f"subscribe tea ping:{ping}")
    await bot.publish(TEA, COFFEE)
    assert notified(bot) == [[who]]


@pytest.mark.parametrize(
    ("ping", "name"),
    [("me", "ann"), ("<!subteam^S1|@nlp>", "@nlp"), ("<!subteam^S1>", "@nlp"), ("nlp", "@nlp")],
)
async def test_whom_it_names_is_shown_by_name_and_not_notified(bot: Slackbot, ping: str, name: str) -> None:
    reply = await bot.type(f"subscribe tea ping:{ping}")
    assert f"It notifies {name}." in reply.shown
    listed = await bot.type("list")
    assert f"notifies {name}" in listed.shown
    for said in (reply, listed):
        assert not [element for element in elements(said.blocks) if element["type"] in {"user", "usergroup"}]


@pytest.mark.parametrize(
    "ping", [f"<@{BEN}>", f"<@{BEN}|ben>", "@ben", "ben", "<!channel>", "<!here>", "@nobody"]
)
async def test_nobody_signs_up_somebody_else(bot: Slackbot, ping: str) -> None:
    reply = await bot.type(f"subscribe tea ping:{ping}")
    assert "nobody called" in reply.shown
    await bot.publish(TEA)
    assert notified(bot) == []


async def test_what_two_subscriptions_name_is_notified_together_and_each_once(bot: Slackbot) -> None:
    await bot.type("subscribe tea ping:me")
    await bot.type("subscribe world ping:@nlp")
    await bot.type("subscribe model ping:me")
    await bot.publish(TEA)
    (who,) = notified(bot)
    assert sorted(str(one) for one in who) == sorted(map(str, (ME, NLP)))


async def test_edit_changes_it(bot: Slackbot) -> None:
    await bot.type("subscribe world ping:me")
    await bot.type("edit 1 ping:<!subteam^S1|@nlp>")
    await bot.publish(TEA)
    await bot.type("edit 1 ping:none")
    await bot.publish(TEA, COFFEE)
    assert notified(bot) == [[NLP], []]


async def test_without_the_scope_it_says_what_is_missing(bot: Slackbot) -> None:
    bot.slack.workspaces["T1"].scopes.discard("usergroups:read")
    reply = await bot.type("subscribe tea ping:@nlp")
    assert "usergroups:read" in reply.shown
    assert "nothing" in (await bot.type("")).shown.casefold()
    assert "notifies ann" in (await bot.type("subscribe tea ping:me")).shown


async def test_without_a_paid_plan_it_says_that_there_are_no_groups(bot: Slackbot) -> None:
    bot.slack.fail_with("usergroups.list", "plan_upgrade_required")
    assert "paid plans" in (await bot.type("subscribe tea ping:@nlp")).shown


async def test_while_slack_does_not_answer_nothing_changes(bot: Slackbot) -> None:
    bot.slack.fail_with("usergroups.list", "internal_error")
    assert "does not answer" in (await bot.type("subscribe tea ping:@nlp")).shown
    assert "notifies @nlp" in (await bot.type("subscribe tea ping:@nlp")).shown


async def test_a_closed_account_is_in_nobodys_way(bot: Slackbot) -> None:
    await bot.type("subscribe tea ping:me")
    bot.slack.users[ANN].deleted = True
    await bot.publish(TEA)
    assert notified(bot) == [[ME]]


async def test_the_form_asks_for_it_and_marks_it(bot: Slackbot) -> None:
    view = await (await bot.slack.command(ANN, ML, "subscribe")).modal()
    done = await bot.slack.submit(view, {"Query": "tea", "Ping": "@nobody"})
    assert list(done.errors) == ["Ping"]
    assert "nobody called @nobody" in done.errors["Ping"]
    await bot.slack.submit(view, {"Query": "tea", "Ping": "@nlp"})
    await bot.publish(TEA)
    assert notified(bot) == [[NLP]]
