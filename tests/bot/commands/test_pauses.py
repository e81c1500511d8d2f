"""`pause`, `resume` and `post`: silence, what was missed, and papers that somebody asks for."""

import pytest

from bot.chat.message import Message
from bot.chat.plain import plain
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.views import prepare
from bot.models import Paper
from bot.store import deliveries, outbox, subscriptions
from bot.store.deliveries import Delivery
from tests.bot.commands.rig import BOB, Rig, actions_of, paper

CAT = paper("2512.00001", "A cat", submitted_at=1)
DOG = paper("2512.00002", "A dog", submitted_at=2)
BOTH = paper("2512.00003", "A cat and a dog", submitted_at=3)


def labels(message: Message) -> list[str]:
    return [action.label for action in actions_of(message)]


async def rows(rig: Rig, state: str | None = None) -> list[Delivery]:
    """The papers that are planned, sent or skipped in #ml."""
    stored = await rig.stored()
    async with rig.database.read() as connection:
        found = [await deliveries.of_paper(connection, stored.id, one.id) for one in (CAT, DOG, BOTH)]
    return [row for row in found if row and state in (None, row.state)]


async def plan(rig: Rig, *papers: Paper) -> None:
    """What a poll does that brings `papers` to everybody who wants anything."""
    async with rig.database.write() as connection:
        _, changes = await subscriptions.changes_since(connection, 0)
        wanted = [(parse(change.canonical), change.id) for change in changes]
        pairs = [(one.id, id_) for one in papers for query, id_ in wanted if matches(query, prepare(one))]
        await outbox.plan(connection, pairs, rig.clock.now())


async def settle(rig: Rig, state: str) -> None:
    """All that waits was sent, or skipped."""
    ids = [row.id for row in await rows(rig, "pending")]
    async with rig.database.write() as connection:
        await deliveries.set_rows(connection, ids, state=state, tried_at=rig.clock.now())


async def pause_and_publish(rig: Rig, line: str, *papers: Paper) -> None:
    """Pause by typing `line`; a second later `papers` are listed."""
    await rig.type(line)
    rig.clock.advance(1000)
    await rig.store(*papers)
    await plan(rig, *papers)
    rig.clock.advance(1000)


class TestPause:
    """Silence because a person said so."""

    @pytest.mark.parametrize(
        "typed", ["1 day", "for 2 weeks", "3d", "1 for a week", "until Friday", "tomorrow", "1 till 5 May"]
    )
    async def test_it_has_no_end_date_and_says_so(self, rig: Rig, typed: str) -> None:
        await rig.type("subscribe cat")
        reply = await rig.type(f"pause {typed}")
        assert (reply.error, reply.headline) == (True, "A pause has no end date: /papers resume ends it.")
        assert [entry.what for entry in await rig.audit()] == ["subscribe"]

    async def test_words_about_time_are_a_query_like_others(self, rig: Rig) -> None:
        await rig.type("subscribe day trading")
        assert (await rig.type("pause day trading")).headline == "✓ 1 (day trading) is paused in #ml."

    async def test_a_paused_channel_says_how_to_go_on_and_how_to_end_it(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        reply = await rig.type("pause")
        assert plain(reply) == (
            "✓ #ml is paused.\n\nNothing comes until /papers resume. To end it for good: /papers unsubscribe"
        )
        assert labels(reply) == ["Resume"]

    async def test_while_paused_nothing_is_planned(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await pause_and_publish(rig, "stop", CAT)
        assert await rows(rig) == []

    async def test_again_does_no_harm_and_keeps_the_moment(self, rig: Rig) -> None:
        await rig.type("pause")
        rig.clock.advance(60_000)
        reply = await rig.type("pause all")
        assert plain(reply).startswith("#ml is paused already.\n\nSince 1 Dec 2025, 08:00 UTC.")
        assert [entry.what for entry in await rig.audit()] == ["pause"]

    async def test_one_of_them_by_number_and_another_by_query(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await rig.type("subscribe dog")
        reply = await rig.type("pause 1")
        assert plain(reply) == (
            "✓ 1 (cat) is paused in #ml.\n\n"
            "Nothing comes until /papers resume 1. To end it for good: /papers unsubscribe 1"
        )
        assert (await rig.type("pause cat")).headline == "1 (cat) is paused already."
        assert (await rig.type("pause 1 2")).headline == "✓ 1 and 2 are paused in #ml."
        assert (await rig.type("resume 1 2")).headline == "✓ 1 and 2 are no longer paused in #ml."

    async def test_what_is_not_there_cannot_be_paused(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await rig.type("unsubscribe 1")
        assert (
            await rig.type("pause 1")
        ).headline == "Subscription 1 (cat) was removed: nothing comes for it."
        assert (await rig.type("pause 2")).headline == "#ml has no subscription number 2."

    async def test_only_managers_pause_and_resume(self, rig: Rig) -> None:
        rig.member(who=BOB)
        assert (await rig.type("pause", who=BOB)).error
        await rig.type("pause")
        assert (await rig.type("resume", who=BOB)).error
        assert (await rig.stored()).paused_at is not None

    async def test_another_channel_can_be_named(self, rig: Rig) -> None:
        reply = await rig.type("pause channel:#vision")
        assert (await rig.stored("#vision")).paused_at is not None
        assert (await rig.press(reply, "Resume")).headline == "✓ #vision gets papers again."


class TestResume:
    """Nothing from the past comes by itself."""

    async def test_it_offers_what_was_missed_as_one_message(self, rig: Rig) -> None:
        await rig.store(BOTH)
        await rig.type("subscribe cat")
        rig.clock.advance(1000)
        await pause_and_publish(rig, "pause", CAT, DOG)
        reply = await rig.type("resume")
        assert plain(reply) == (
            "✓ #ml gets papers again.\n\nYou missed 1 paper while paused.\n\n"
            "• A cat (https://huggingface.co/papers/2512.00001)"
        )
        assert await rows(rig) == []
        assert (await rig.press(reply, "Post it here")).headline == "✓ Posting 1 paper in #ml."
        (row,) = await rows(rig, "pending")
        assert (row.subject, row.asked_by) == (CAT.id, "Ada")

    async def test_several_are_offered_newest_first(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await pause_and_publish(rig, "pause", CAT, BOTH)
        reply = await rig.type("resume")
        assert [line for line in plain(reply).split("\n") if line][1:] == [
            "You missed 2 papers while paused.",
            "• A cat and a dog (https://huggingface.co/papers/2512.00003)",
            "• A cat (https://huggingface.co/papers/2512.00001)",
        ]
        assert labels(reply) == ["Post them here"]

    async def test_nothing_missed_is_said(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await rig.type("pause")
        assert plain(await rig.type("resume")) == (
            "✓ #ml gets papers again.\n\nYou missed nothing while paused."
        )

    async def test_again_does_no_harm(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        assert (await rig.type("resume")).headline == "#ml is not paused."
        assert (await rig.type("resume 1")).headline == "1 (cat) is not paused."
        assert [entry.what for entry in await rig.audit()] == ["subscribe"]

    async def test_what_was_waiting_and_skipped_because_of_the_pause_was_missed_too(self, rig: Rig) -> None:
        await rig.store(CAT)
        await rig.type("subscribe cat")
        await plan(rig, CAT)
        rig.clock.advance(1000)
        await rig.type("pause")
        await settle(rig, "skipped")
        assert "You missed 1 paper while paused." in plain(await rig.type("resume"))

    async def test_what_still_waits_comes_by_itself(self, rig: Rig) -> None:
        await rig.store(CAT)
        await rig.type("subscribe cat")
        await plan(rig, CAT)
        await rig.type("pause")
        assert "You missed nothing while paused." in plain(await rig.type("resume"))
        assert len(await rows(rig, "pending")) == 1

    async def test_what_was_posted_here_was_not_missed(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await pause_and_publish(rig, "pause 1", CAT)
        await rig.type("post papers:2512.00001")
        await settle(rig, "sent")
        assert "You missed nothing while paused." in plain(await rig.type("resume 1"))

    async def test_one_subscription_looks_for_its_own_query_alone(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await rig.type("subscribe dog")
        await pause_and_publish(rig, "pause 1", CAT, DOG)
        reply = await rig.type("resume 1")
        assert reply.headline == "✓ 1 (cat) is no longer paused in #ml."
        assert rig.find(reply, "Post").arguments == {"papers": "2512.00001"}

    async def test_a_channel_leaves_its_paused_subscriptions_paused(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await rig.type("subscribe dog")
        await rig.type("pause 2")
        await pause_and_publish(rig, "pause", CAT, DOG)
        reply = await rig.type("resume")
        assert rig.find(reply, "Post").arguments == {"papers": "2512.00001"}
        assert "2 (dog) is paused." in plain(reply)
        assert "2512.00002" in rig.find(await rig.press(reply, "Resume"), "Post").arguments["papers"]

    async def test_a_paused_channel_stays_silent_though_a_subscription_is_resumed(self, rig: Rig) -> None:
        await rig.type("subscribe cat")
        await rig.type("pause 1")
        await rig.type("pause")
        assert "#ml is paused since" in plain(await rig.type("resume 1"))

    async def test_very_many_papers_are_offered_with_one_button(self, rig: Rig) -> None:
        await rig.type("subscribe *")
        await rig.type("pause")
        many = [paper(f"2512.1{n:04}", f"Paper {n}", submitted_at=n) for n in range(400)]
        await rig.store(*many)
        reply = await rig.type("resume")
        assert "You missed 400 papers while paused." in plain(reply)
        assert len(reply.body) == 11
        assert (await rig.press(reply, "Post them here")).headline == "✓ Posting 400 papers in #ml."


class TestPost:
    """Papers that somebody asks to see here."""

    async def test_they_leave_as_one_message_that_names_who_asked_and_what_matched(self, rig: Rig) -> None:
        await rig.store(CAT, DOG, BOTH)
        await rig.type("subscribe dog")
        await rig.press(await rig.type("subscribe cat OR dog"), "Post these 3 here")
        found = await rows(rig, "pending")
        assert [row.subject for row in found] == [CAT.id, DOG.id, BOTH.id]
        assert len({row.together for row in found}) == 1
        assert {row.asked_by for row in found} == {"Ada"}
        assert [match.words for match in found[2].matches] == ["dog", "cat OR dog"]
        assert rig.woken[-1] == (await rig.stored()).id

    async def test_only_what_is_subscribed_now_counts_as_a_match(self, rig: Rig) -> None:
        await rig.store(CAT)
        await rig.type("subscribe a cat")
        await rig.type("unsubscribe 1")
        await rig.press(await rig.type("subscribe cat"), "Post this one here")
        (row,) = await rows(rig, "pending")
        assert [match.words for match in row.matches] == ["cat"]

    async def test_what_was_posted_here_is_named_instead(self, rig: Rig) -> None:
        await rig.store(CAT, DOG)
        await rig.type("subscribe cat")
        await plan(rig, CAT)
        await settle(rig, "sent")
        reply = await rig.press(await rig.type("subscribe cat OR dog"), "Post these 2 here")
        assert plain(reply) == (
            "✓ Posting 1 paper in #ml.\n\nPosted here already:\n\n"
            "• A cat (https://huggingface.co/papers/2512.00001)"
        )

    async def test_pressed_twice_it_posts_once(self, rig: Rig) -> None:
        await rig.store(CAT)
        reply = await rig.type("subscribe cat")
        await rig.press(reply, "Post this one here")
        await rig.press(reply, "Post this one here", who=BOB)
        assert len(await rows(rig)) == 1
        await settle(rig, "sent")
        again = await rig.press(reply, "Post this one here")
        assert again.headline == "There is nothing new to post in #ml."

    async def test_what_was_given_up_is_not_called_posted(self, rig: Rig) -> None:
        await rig.store(CAT)
        reply = await rig.type("subscribe cat")
        await plan(rig, CAT)
        await settle(rig, "dead")
        assert "Tried before, and given up:" in plain(await rig.press(reply, "Post this one here"))

    async def test_unknown_papers_are_refused(self, rig: Rig) -> None:
        for ids in ("2512.99999", "nonsense", '"1; DROP"'):
            assert (await rig.type(f"post papers:{ids}")).error
        assert await rows(rig) == []

    async def test_only_managers_post(self, rig: Rig) -> None:
        await rig.store(CAT)
        rig.member(who=BOB)
        reply = await rig.type("subscribe cat")
        assert (await rig.press(reply, "Post this one here", who=BOB)).error
        assert await rows(rig) == []
