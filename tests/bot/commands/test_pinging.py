"""Who is notified: themselves, or a group that their platform lets them name, and nobody else."""

import pytest

from bot.chat.errors import Unavailable
from bot.chat.message import Message, Person, Ping, Span
from bot.chat.plain import plain
from bot.models import SubscriptionId
from bot.store import subscriptions
from tests.bot.commands.outgoing import arrive, leave
from tests.bot.commands.rig import ADA, BOB, Rig, actions_of, paper

ME = Ping(kind="user", id=ADA.id)
TEAM = Ping(kind="group", id="S1", name="@ml-team")
CAT, DOG = paper("2512.00001", "A cat"), paper("2512.00002", "A dog")


async def pings(rig: Rig, channel: str = "#ml") -> dict[int, Ping | None]:
    """Whom each subscription of `channel` notifies."""
    stored = await rig.stored(channel)
    async with rig.database.read() as connection:
        return {one.number: one.ping for one in await subscriptions.of_channel(connection, stored.id)}


def labels(message: Message) -> list[str]:
    return [action.label for action in actions_of(message)]


class TestAsking:
    """`ping:` of `subscribe` and `edit`."""

    async def test_me_is_who_asks(self, rig: Rig) -> None:
        reply = await rig.type('subscribe "world model" ping:me')
        assert reply.headline == '✓ #ml now gets papers matching "world model". It notifies Ada.'
        assert await pings(rig) == {1: ME}
        await rig.type("subscribe cats ping:@me", who=BOB)
        assert (await pings(rig))[2] == Ping(kind="user", id=BOB.id)

    async def test_a_group_is_asked_of_the_platform(self, rig: Rig) -> None:
        rig.chat.groups["@ml-team"] = Ping(kind="group", id="S1")
        assert "It notifies @ml-team." in (await rig.type("subscribe cats ping:@ml-team")).headline
        rig.chat.groups["<S2>"] = Ping(kind="group", id="S2", name="@vision")
        assert "It notifies @vision." in (await rig.type("subscribe dogs ping:<S2>")).headline
        assert await pings(rig) == {1: TEAM, 2: Ping(kind="group", id="S2")}

    @pytest.mark.parametrize("line", ["subscribe cats ping:@bob", "edit 1 ping:@bob"])
    async def test_who_cannot_be_named_is_an_error_that_says_who_can(self, rig: Rig, line: str) -> None:
        await rig.type("subscribe dogs")
        reply = await rig.type(line)
        assert reply.error
        assert reply.headline == (
            "There is nobody called @bob whom you may have notified: say me, a group, or none."
        )
        form = (await rig.submit("subscribe", {"query": "cats", "ping": "@bob"})).form
        assert form is not None and set(form.errors) == {"ping"}
        assert await pings(rig) == {1: None}

    async def test_nobody_signs_up_others_whatever_the_platform_says(self, rig: Rig) -> None:
        rig.chat.groups |= {person.name: Ping(kind="user", id=person.id) for person in (ADA, BOB)}
        assert (await rig.type("subscribe cats ping:Bob")).error
        assert not (await rig.type("subscribe cats ping:Ada")).error
        assert await pings(rig) == {1: ME}

    async def test_a_platform_that_does_not_answer_changes_nothing(self, rig: Rig) -> None:
        rig.chat.trouble = Unavailable("no connection")
        reply = await rig.type("subscribe cats ping:@ml-team")
        assert reply.headline == "The chat platform does not answer just now."
        assert await pings(rig) == {}

    async def test_a_platform_that_cannot_notify_says_so(self, rig: Rig) -> None:
        reply = await rig.type("subscribe cats ping:me", platform="other")
        assert plain(reply) == (
            "I cannot notify anybody in #ml: other has no way to.\n\nSay it without ping:"
        )
        assert not (await rig.type("subscribe cats ping:none", platform="other")).error

    async def test_the_form_asks_only_where_it_can_be_done(self, rig: Rig) -> None:
        (command,) = (one for one in rig.commands.table if one.name == "subscribe")
        assert [param.name for param in command.fields("chat")] == ["query", "threshold", "ping"]
        assert [param.name for param in command.fields("other")] == ["query", "threshold"]

    async def test_where_no_platform_can_it_is_not_spoken_of(self, rig: Rig) -> None:
        alone = Rig(database=rig.database, clock=rig.clock, chat=rig.other)
        (command,) = (one for one in alone.commands.table if one.name == "subscribe")
        assert "ping" not in [param.name for param in command.fields("other")]
        assert "ping" not in plain(await alone.type("help subscribe"))
        assert "I cannot notify anybody in #ml" in plain(await alone.type("subscribe cats ping:me"))

    async def test_several_queries_all_notify(self, rig: Rig) -> None:
        reply = await rig.press(await rig.type("subscribe cats, dogs ping:me threshold:20"), "Two")
        assert await pings(rig) == {1: ME, 2: ME}
        assert "1 cats upvotes>=20 · notifies Ada" in plain(reply)

    async def test_what_is_subscribed_already_notifies_from_now_on(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        rig.clock.advance(1000)
        reply = await rig.type("subscribe cats ping:me")
        assert reply.headline == (
            "#ml gets papers matching cats already: it is number 1. It now notifies Ada."
        )
        assert (await rig.press(reply, "Undo")).headline == "✓ Undone: 1 notifies nobody again."
        assert await pings(rig) == {1: None}

    async def test_nobody_loses_a_ping_to_who_subscribes_later(self, rig: Rig) -> None:
        await rig.type("subscribe cats ping:me")
        reply = await rig.type("subscribe cats ping:me", who=BOB)
        assert reply.headline.endswith("it is number 1. It notifies Ada.")
        assert "Undo" not in labels(reply)
        assert await pings(rig) == {1: ME}


class TestEditing:
    """It can be changed alone, and is taken back."""

    async def test_alone_it_leaves_the_query(self, rig: Rig) -> None:
        await rig.type("subscribe cats upvotes>=5")
        reply = await rig.type("edit 1 ping:me")
        assert reply.headline == "✓ 1 (cats upvotes>=5) now notifies Ada."
        assert labels(reply) == ["Edit", "Undo"]
        assert (await rig.type("edit 1 ping:me")).headline == "1 (cats upvotes>=5) notifies Ada already."
        assert (await rig.type("edit 1 ping:none")).headline == "✓ 1 (cats upvotes>=5) now notifies nobody."
        assert await pings(rig) == {1: None}

    async def test_another_query_leaves_it(self, rig: Rig) -> None:
        await rig.type("subscribe cats ping:me")
        assert (await rig.type("edit 1 dogs", who=BOB)).headline == "✓ 1 is now dogs."
        assert await pings(rig) == {1: ME}

    async def test_both_at_once_and_undone_at_once(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        rig.clock.advance(1000)
        reply = await rig.type("edit 1 dogs ping:me")
        assert reply.headline == "✓ 1 is now dogs, and notifies Ada."
        undone = await rig.press(reply, "Undo")
        assert plain(undone) == "✓ Undone.\n\n• 1 is cats again.\n• 1 notifies nobody again."
        assert await pings(rig) == {1: None}
        again = await rig.press(reply, "Undo")
        assert "1 is cats already." in plain(again) and "1 notifies nobody already." in plain(again)

    async def test_it_is_in_the_audit(self, rig: Rig) -> None:
        await rig.type("subscribe cats ping:me")
        rig.clock.advance(1000)
        reply = await rig.type("edit 1 ping:none")
        await rig.press(reply, "Undo")
        mine = '{"kind": "user", "id": "U1", "name": "Ada"}'
        assert [(entry.what, entry.before, entry.after) for entry in await rig.audit()] == [
            ("subscribe", None, "cats"),
            ("ping", None, mine),
            ("ping", mine, None),
            ("undo", None, mine),
        ]
        assert await pings(rig) == {1: ME}

    async def test_a_later_change_is_not_undone(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        rig.clock.advance(1000)
        reply = await rig.type("edit 1 ping:me")
        rig.clock.advance(1000)
        await rig.type("edit 1 ping:me", who=BOB)
        assert (await rig.press(reply, "Undo")).headline == (
            "1 was changed once more since: it notifies Bob now."
        )
        await rig.type("unsubscribe 1")
        assert (await rig.press(reply, "Undo")).headline == "Subscription 1 was removed since."

    async def test_undoing_a_subscription_and_a_removal(self, rig: Rig) -> None:
        reply = await rig.type("subscribe cats ping:me")
        assert (await rig.press(reply, "Undo")).headline == "✓ Undone: #ml gets no papers matching cats."
        await rig.type("subscribe cats ping:me")
        rig.clock.advance(1000)
        await rig.press(await rig.type("unsubscribe 2"), "Undo")
        assert await pings(rig) == {2: ME}

    async def test_the_form_holds_it_by_name_and_keeps_it_as_it_is(self, rig: Rig) -> None:
        await rig.type("subscribe cats ping:me")
        form = (await rig.type("edit 1", who=BOB)).form
        assert form is not None and form.values["ping"] == "Ada"
        reply = await rig.submit("edit", {**form.values, "query": "dogs"}, who=BOB)
        assert reply.headline == "✓ 1 is now dogs."
        assert await pings(rig) == {1: ME}

    async def test_an_emptied_field_notifies_nobody(self, rig: Rig) -> None:
        await rig.type("subscribe cats ping:me")
        rig.clock.advance(1000)
        reply = await rig.submit("edit", {"number": "1", "query": "cats", "ping": ""})
        assert await pings(rig) == {1: None}
        await rig.press(reply, "Undo")
        await rig.submit("edit", {"number": "1", "query": "cats"})
        assert await pings(rig) == {1: ME}

    async def test_only_managers(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        rig.member()
        assert (await rig.type("edit 1 ping:me")).error
        assert await pings(rig) == {1: None}


class TestShown:
    """Where it is spoken of, nobody is notified."""

    async def test_in_list_and_why(self, rig: Rig) -> None:
        rig.chat.groups["@ml-team"] = TEAM
        await rig.type("subscribe cat ping:me")
        await rig.type("subscribe dog ping:@ml-team")
        shown = await rig.type("list")
        assert "1 cat · notifies Ada" in plain(shown)
        assert "2 dog · notifies @ml-team" in plain(shown)
        texts = [piece for block in shown.body for piece in getattr(block, "text", ())]
        assert Person(id="U1", name="Ada") in texts and Span(text="@ml-team") in texts
        await rig.store(CAT)
        assert "notifies Ada" in plain(await rig.type(f"why {CAT.id}"))
        assert shown.pings == ()

    async def test_without_one_nothing_is_said(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        assert "notifies" not in plain(await rig.type("list"))


class TestCards:
    """A card notifies those whose live subscriptions brought it."""

    async def test_each_once(self, rig: Rig) -> None:
        rig.chat.groups["@ml-team"] = TEAM
        for line in ("cat ping:me", "title:cat ping:me", "* ping:@ml-team", "dog ping:me"):
            await rig.type(f"subscribe {line}")
        await arrive(rig, CAT)
        (card,) = await leave(rig)
        assert card.pings == (ME, TEAM)

    async def test_also_when_several_leave_as_one(self, rig: Rig) -> None:
        await rig.type("subscribe a2 ping:me", who=BOB)
        await rig.type("subscribe a5 ping:me")
        await rig.type("subscribe paper")
        await arrive(rig, *(paper(f"2512.{n:05}", f"Paper a{n}") for n in range(6)))
        (message,) = await leave(rig)
        assert set(message.pings) == {ME, Ping(kind="user", id=BOB.id)}
        assert len(message.pings) == 2

    async def test_not_for_a_subscription_that_is_paused_or_wants_it_no_longer(self, rig: Rig) -> None:
        await rig.type("subscribe cat ping:me")
        await rig.type("subscribe *")
        await arrive(rig, CAT)
        await rig.type("pause 1")
        (card,) = await leave(rig)
        assert card.pings == ()

    async def test_as_it_is_when_the_card_leaves(self, rig: Rig) -> None:
        await rig.type("subscribe cat ping:me")
        await arrive(rig, CAT)
        await rig.type("edit 1 ping:none")
        (card,) = await leave(rig)
        assert card.pings == ()

    async def test_never_for_what_somebody_asked_for(self, rig: Rig) -> None:
        await rig.store(CAT, DOG)
        reply = await rig.type("subscribe cat OR dog ping:me")
        await rig.press(reply, "Post these 2")
        rig.clock.advance(200_000)
        await rig.type(f"share {CAT.id}")
        messages = await leave(rig)
        assert len(messages) == 3  # the quiet line, the two papers, the one that was shared again
        assert all(message.pings == () for message in messages)

    async def test_never_from_a_papers_text(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await arrive(rig, paper("2512.00003", "@here cat <@U1>", "<!channel> cat @ml-team"))
        (card,) = await leave(rig)
        assert card.pings == ()


async def test_other_options_of_a_subscription_stay(rig: Rig) -> None:
    await rig.type("subscribe cats")
    one = SubscriptionId(1)
    async with rig.database.write() as connection:
        old = await subscriptions.get(connection, one)
        await subscriptions.notify(connection, old, TEAM)
        found = await subscriptions.get(connection, one)
    assert found.ping is not None and found.ping.name == "@ml-team"
