"""`edit`, `unsubscribe` and `undo`: queries change, numbers stay, and what waits goes along."""

import asyncio

from bot.chat.plain import plain
from bot.clock import DAY
from bot.models import PaperId
from bot.store import channels, deliveries, outbox, subscriptions
from bot.store.deliveries import Delivery
from tests.bot.commands.reading import lines, says
from tests.bot.commands.rig import BOB, Rig, actions_of, paper

CAT = paper("2512.00001", "A cat")
DOG = paper("2512.00002", "A dog")


async def asked(rig: Rig) -> dict[int, str]:
    stored = await rig.stored()
    async with rig.database.read() as connection:
        return {one.number: one.canonical for one in await subscriptions.of_channel(connection, stored.id)}


async def bring(rig: Rig, number: int, *ids: PaperId) -> None:
    """Plan `ids` for everybody who asks what subscription `number` asks."""
    stored = await rig.stored()
    async with rig.database.write() as connection:
        wanted = {one.number: one for one in await subscriptions.of_channel(connection, stored.id)}
        await outbox.plan(connection, [(one, wanted[number].query_id) for one in ids], rig.clock.now())


async def skip(rig: Rig) -> None:
    """What a claim does to papers that no live subscription wants."""
    stored = await rig.stored()
    async with rig.database.write() as connection:
        rows = (await deliveries.open_in(connection, [stored.id])).get(stored.id, [])
        unwanted = [row.id for row in rows if row.kind == "paper" and not row.live_matches]
        await deliveries.set_rows(connection, unwanted, state="skipped", tried_at=rig.clock.now())


async def delivery(rig: Rig, of: PaperId) -> Delivery:
    stored = await rig.stored()
    async with rig.database.read() as connection:
        found = await deliveries.of_paper(connection, stored.id, of)
    assert found is not None
    return found


async def told(rig: Rig, *typed: str) -> None:
    """What Ada types, a second apart."""
    for line in typed:
        reply = await rig.type(line)
        assert not reply.error, f"{line}: {reply.headline}"
        rig.clock.advance(1000)


class TestEdit:
    """Another query, the same number."""

    async def test_the_number_stays(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("subscribe dogs")
        reply = await rig.type('edit 1 "big cats"')
        assert reply.headline == '✓ 1 is now "big cats".'
        assert await asked(rig) == {1: '"big cats"', 2: "dogs"}
        entry = (await rig.audit())[-1]
        assert (entry.what, entry.before, entry.after) == ("edit", "cats", '"big cats"')

    async def test_it_shows_what_the_new_query_brings(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.store(CAT, DOG)
        reply = await rig.type("edit number:1 query:dog")
        assert "In the one day I have so far: 1 paper, about 1 a day; it is:" in plain(reply)
        assert "A dog" in plain(reply)

    async def test_a_query_may_begin_with_a_number(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("edit number:1 query:3d")
        assert await asked(rig) == {1: "3d"}
        await rig.type("edit 1 3 dogs")
        assert await asked(rig) == {1: "3 dogs"}

    async def test_a_query_that_the_channel_has_is_refused_with_its_number(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("subscribe dogs")
        reply = await rig.type("edit 2 cats")
        assert plain(reply) == (
            "#ml has cats already: it is number 1.\n\nTo have it only once: /papers unsubscribe 2"
        )
        assert await asked(rig) == {1: "cats", 2: "dogs"}

    async def test_the_same_query_again_changes_nothing(self, rig: Rig) -> None:
        await rig.type("subscribe big cats")
        reply = await rig.type("edit 1 cats big")
        assert reply.headline == "1 is cats big already."
        assert [action.label for action in actions_of(reply)] == ["Edit"]
        assert len(await rig.audit()) == 1

    async def test_without_a_query_the_form_opens_with_the_one_there_is(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        form = (await rig.type("edit 1")).form
        assert form is not None
        assert (form.command, form.values) == ("edit", {"number": "1", "query": "cats"})

    async def test_a_number_that_nobody_has(self, rig: Rig) -> None:
        assert plain(await rig.type("edit 7 cats")) == (
            "#ml has no subscription number 7.\n\n/papers list shows what it has."
        )

    async def test_a_number_that_was_removed(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("unsubscribe 1")
        reply = await rig.type("edit 1 dogs")
        assert reply.headline == "Subscription 1 (cats) was removed."

    async def test_without_a_number_it_is_asked_for(self, rig: Rig) -> None:
        reply = await rig.type("edit cats")
        assert reply.headline == ('Say the number of the subscription first, for example 3 "world model"')

    async def test_a_caret_counts_from_what_was_typed(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        assert "1 (cats\n  ^" in plain(await rig.type("edit 1 (cats"))

    async def test_a_comma_asks_and_the_buttons_know_the_number(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        reply = await rig.type("edit 1 cats, dogs")
        assert reply.headline == "All with OR, or one of them?"
        await rig.press(reply, "All with OR")
        assert await asked(rig) == {1: "cats OR dogs"}

    async def test_the_form_of_a_button_submits(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        reply = await rig.submit("edit", {"number": "1", "query": "dogs"})
        assert reply.headline == "✓ 1 is now dogs."

    async def test_what_waits_forgets_a_query_that_wants_it_no_longer(self, rig: Rig) -> None:
        await rig.store(CAT, DOG)
        await rig.type("subscribe cat OR dog")
        await bring(rig, 1, CAT.id, DOG.id)
        await rig.type("edit 1 dog")
        assert (await delivery(rig, CAT.id)).matches == ()
        assert [match.words for match in (await delivery(rig, DOG.id)).matches] == ["dog"]

    async def test_only_managers_edit(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        rig.member(who=BOB)
        assert (await rig.type("edit 1 dogs", who=BOB)).error
        assert await asked(rig) == {1: "cats"}


class TestUnsubscribe:
    """Nothing is deleted, and everything can be undone."""

    async def test_by_number(self, rig: Rig) -> None:
        await rig.type('subscribe "world model"')
        reply = await rig.type("unsubscribe 1")
        assert reply.headline == '✓ #ml no longer gets papers matching "world model".'
        assert await asked(rig) == {}

    async def test_by_query_however_it_is_written(self, rig: Rig) -> None:
        await rig.type("subscribe big cats")
        await rig.type("remove cats BIG")
        assert await asked(rig) == {}

    async def test_several_at_once_and_undone_at_once(self, rig: Rig) -> None:
        for query in ("cats", "dogs", "birds"):
            await rig.type(f"subscribe {query}")
        reply = await rig.type("unsubscribe #1, 3")
        assert plain(reply) == ("✓ #ml no longer gets papers matching these queries.\n\n• 1 cats\n• 3 birds")
        undone = await rig.press(reply, "Undo")
        assert undone.headline == "✓ Undone."
        assert await asked(rig) == {1: "cats", 2: "dogs", 3: "birds"}

    async def test_twice_does_no_harm(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("unsubscribe 1")
        reply = await rig.type("unsubscribe 1")
        assert (reply.error, reply.headline) == (False, "#ml gets no papers matching cats any more.")
        assert len(await rig.audit()) == 2

    async def test_what_was_never_there_is_refused(self, rig: Rig) -> None:
        reply = await rig.type("unsubscribe cats")
        assert plain(reply) == "#ml has no subscription cats.\n\n/papers list shows what it has."
        reply = await rig.type("unsubscribe nothing here")
        assert reply.headline == "#ml has no subscription nothing here."
        assert reply.error

    async def test_all_is_asked_first(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("subscribe dogs")
        reply = await rig.type("unsubscribe all")
        assert reply.headline == "Remove all 2 subscriptions of #ml?"
        assert len(await asked(rig)) == 2
        await rig.press(reply, "Keep")
        assert len(await asked(rig)) == 2
        await rig.press(reply, "Remove all 2")
        assert await asked(rig) == {}

    async def test_all_of_nothing(self, rig: Rig) -> None:
        assert (await rig.type("unsubscribe all")).headline == "#ml has no subscriptions."

    async def test_without_an_argument_each_has_a_button(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("subscribe dogs")
        reply = await rig.type("unsubscribe")
        assert [action.label for action in actions_of(reply)] == ["Remove", "Remove"]
        await rig.press(actions_of(reply)[1])
        assert await asked(rig) == {1: "cats"}

    async def test_numbers_are_suggested_with_their_queries_and_understood(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        await rig.type("subscribe dogs")
        suggested = await rig.commands.suggest(rig.context(), "unsubscribe", "which", "dog")
        assert list(suggested) == ["2 · dogs"]
        await rig.type(f"unsubscribe {suggested[0]}")
        assert await asked(rig) == {1: "cats"}

    async def test_nothing_is_suggested_where_nothing_is_known(self, rig: Rig) -> None:
        assert list(await rig.commands.suggest(rig.context(None), "unsubscribe", "which", "")) == []
        assert list(await rig.commands.suggest(rig.context(), "edit", "number", "")) == []


class TestUndo:
    """A change is taken back while that makes sense."""

    async def test_a_subscription(self, rig: Rig) -> None:
        reply = await rig.type("subscribe cats")
        assert (await rig.press(reply, "Undo")).headline == "✓ Undone: #ml gets no papers matching cats."
        assert await asked(rig) == {}
        assert (await rig.press(reply, "Undo")).headline == "#ml gets no papers matching cats any more."
        assert [entry.what for entry in await rig.audit()] == ["subscribe", "undo"]

    async def test_a_removal_brings_back_what_was_skipped_because_of_it(self, rig: Rig) -> None:
        await rig.store(CAT)
        await rig.type("subscribe cat")
        await bring(rig, 1, CAT.id)
        rig.clock.advance(1000)
        reply = await rig.type("unsubscribe 1")
        await skip(rig)
        assert (await delivery(rig, CAT.id)).state == "skipped"
        undone = await rig.press(reply, "Undo")
        assert undone.headline == "✓ Undone: #ml gets papers matching cat again."
        assert (await delivery(rig, CAT.id)).state == "pending"
        assert await asked(rig) == {1: "cat"}
        assert (await rig.press(reply, "Undo")).headline == "#ml gets papers matching cat already."

    async def test_a_removal_of_what_is_there_anew_stays(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        reply = await rig.type("unsubscribe 1")
        await rig.type("subscribe cats")
        undone = await rig.press(reply, "Undo")
        assert (undone.error, undone.headline) == (True, "#ml has cats again already: it is number 2.")
        assert await asked(rig) == {2: "cats"}

    async def test_the_older_of_two_removals_stays(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        first = await rig.type("unsubscribe 1")
        await rig.press(first, "Undo")
        rig.clock.advance(1000)
        await rig.type("unsubscribe 1")
        assert (await rig.press(first, "Undo")).error
        assert await asked(rig) == {}

    async def test_an_edit_brings_back_what_it_took_away(self, rig: Rig) -> None:
        await rig.store(CAT, DOG)
        await rig.type("subscribe cat")
        await bring(rig, 1, CAT.id)
        rig.clock.advance(1000)
        reply = await rig.type("edit 1 dog")
        await skip(rig)
        await bring(rig, 1, DOG.id)
        undone = await rig.press(reply, "Undo")
        assert undone.headline == "✓ Undone: 1 is cat again."
        cat, dog = await delivery(rig, CAT.id), await delivery(rig, DOG.id)
        assert (cat.state, [match.words for match in cat.live_matches]) == ("pending", ["cat"])
        assert dog.live_matches == ()
        assert (await rig.press(reply, "Undo")).headline == "1 is cat already."

    async def test_an_edit_does_not_bring_back_what_was_skipped_before_it(self, rig: Rig) -> None:
        await rig.store(CAT)
        await rig.type("subscribe cat")
        await bring(rig, 1, CAT.id)
        await rig.type("pause 1")
        await skip(rig)
        await rig.type("resume 1")
        rig.clock.advance(1000)
        reply = await rig.type("edit 1 dog")
        await rig.press(reply, "Undo")
        assert (await delivery(rig, CAT.id)).state == "skipped"

    async def test_an_edit_that_was_edited_again_stays(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        reply = await rig.type("edit 1 dogs")
        rig.clock.advance(1000)
        await rig.type("edit 1 birds")
        undone = await rig.press(reply, "Undo")
        assert undone.headline == "1 was changed once more since: it is birds now."
        assert await asked(rig) == {1: "birds"}

    async def test_an_edit_of_what_is_gone_or_taken_stays(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        reply = await rig.type("edit 1 dogs")
        await rig.type("subscribe cats")
        assert (await rig.press(reply, "Undo")).headline == "#ml has cats again already: it is number 2."
        rig.clock.advance(1000)
        await rig.type("unsubscribe 1")
        assert (await rig.press(reply, "Undo")).headline == "Subscription 1 was removed since."

    async def test_only_managers_undo(self, rig: Rig) -> None:
        reply = await rig.type("subscribe cats")
        rig.member(who=BOB)
        assert (await rig.press(reply, "Undo", who=BOB)).error
        assert await asked(rig) == {1: "cats"}

    async def test_what_never_was_cannot_be_undone(self, rig: Rig) -> None:
        await rig.type("subscribe cats")
        for line in ("undo which:1 at:5", "undo which:9 at:5", "undo which:1 at:soon", "undo which:1 at:²"):
            assert (await rig.type(line)).error
        assert await asked(rig) == {1: "cats"}

    async def test_pressed_twice_at_once_it_is_done_once(self, rig: Rig) -> None:
        reply = await rig.type("subscribe cats")
        await asyncio.gather(rig.press(reply, "Undo"), rig.press(reply, "Undo", who=BOB))
        assert [entry.what for entry in await rig.audit()] == ["subscribe", "undo"]


class TestTypedUndo:
    """Without a word about what is meant it is the last change here that can be taken back."""

    async def test_the_last_change_and_then_the_one_before(self, rig: Rig) -> None:
        await told(rig, "subscribe cats", "subscribe dogs", "edit 1 birds")
        reply = await rig.type("undo")
        assert (reply.form, reply.headline) == (None, "✓ Undone: 1 is cats again.")
        assert "That was done by Ada, " in says(reply)
        await told(rig, "undo")
        assert await asked(rig) == {1: "cats"}
        await told(rig, "undo")
        assert await asked(rig) == {}

    async def test_several_at_once_come_back_at_once(self, rig: Rig) -> None:
        await told(rig, "subscribe cats", "subscribe dogs", "unsubscribe 1 2", "undo")
        assert await asked(rig) == {1: "cats", 2: "dogs"}

    async def test_what_a_button_has_undone_is_not_the_last_change(self, rig: Rig) -> None:
        await told(rig, "subscribe cats", "edit 1 dogs", "edit 1 cats", "undo", "undo", "undo")
        assert await asked(rig) == {}
        await told(rig, "subscribe cats", "subscribe dogs")
        await rig.press(await rig.type("unsubscribe 3"), "Undo")
        await told(rig, "undo")
        assert await asked(rig) == {2: "cats"}

    async def test_that_of_a_subscription_which_is_named(self, rig: Rig) -> None:
        await told(rig, "subscribe cats", "subscribe dogs", "undo 1")
        assert await asked(rig) == {2: "dogs"}
        assert (await rig.type("undo 7")).headline == "#ml has no subscription number 7."

    async def test_in_the_channel_that_is_named(self, rig: Rig) -> None:
        await told(rig, "subscribe cats", "subscribe dogs channel:#vision")
        reply = await rig.type("undo channel:#ml")
        assert reply.headline == "✓ Undone: #ml gets no papers matching cats."

    async def test_what_an_old_change_would_become_is_asked_first(self, rig: Rig) -> None:
        await told(rig, "subscribe cats")
        rig.clock.advance(DAY)
        question = await rig.type("undo")
        assert question.headline == "The last change here is old. Undo it?"
        assert lines(question) == ["#ml gets no papers matching cats."]
        assert await asked(rig) == {1: "cats"}
        await rig.press(question, "Undo")
        assert await asked(rig) == {}

    async def test_a_pause_is_ended_by_resume(self, rig: Rig) -> None:
        await told(rig, "subscribe cats", "pause")
        assert plain(await rig.type("undo")) == (
            "The last change in #ml is a pause.\n\n/papers resume ends it."
        )
        await told(rig, "resume", "pause 1")
        assert (await rig.type("undo")).error
        await told(rig, "resume 1", "pause", "undo 1")
        assert await asked(rig) == {}

    async def test_where_there_is_nothing_to_undo_it_says_so(self, rig: Rig) -> None:
        for typed in ((), ("subscribe cats", "undo")):
            await told(rig, *typed)
            reply = await rig.type("undo")
            assert (reply.error, reply.form) == (True, None)
            assert reply.headline == "No change of subscriptions in #ml is left to undo."

    async def test_only_managers(self, rig: Rig) -> None:
        await told(rig, "subscribe cats")
        rig.member(who=BOB)
        assert (await rig.type("undo", who=BOB)).error
        assert await asked(rig) == {1: "cats"}


async def test_other_channels_with_the_same_query_are_left_alone(rig: Rig) -> None:
    await rig.store(CAT)
    await rig.type("subscribe cat")
    await rig.type("subscribe cat", "#vision")
    reply = await rig.type("edit 1 dog")
    await rig.press(reply, "Undo")
    async with rig.database.read() as connection:
        other = await channels.find(connection, (await rig.stored("#vision")).channel.key)
        assert other is not None
        assert await deliveries.of_paper(connection, other.id, CAT.id) is None
