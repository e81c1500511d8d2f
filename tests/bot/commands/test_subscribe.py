"""`subscribe`: what changes, what is answered, and what is advised."""

import asyncio

import pytest

from bot.chat.adapter import Problem
from bot.chat.errors import ChannelUnreachable, Unavailable
from bot.chat.message import Item, Reply
from bot.chat.plain import plain
from bot.commands import rules
from bot.models import Paper
from bot.store import subscriptions
from tests.bot.commands.rig import BOB, Rig, actions_of, paper


def world(count: int, abstract: str, *, first: int = 0, upvotes: int = 0) -> list[Paper]:
    return [
        paper(
            f"2511.{first + place:05}",
            f"Paper {first + place}",
            abstract,
            upvotes=upvotes,
            submitted_at=place,
        )
        for place in range(count)
    ]


async def month(rig: Rig, *papers: Paper) -> None:
    """Store `papers`, and make the store a month old."""
    await rig.fill()
    await rig.store(*papers)


async def canonicals(rig: Rig, channel: str = "#ml") -> list[tuple[int, str]]:
    stored = await rig.stored(channel)
    async with rig.database.read() as connection:
        return [(one.number, one.canonical) for one in await subscriptions.of_channel(connection, stored.id)]


def labels(reply: Reply) -> list[str]:
    return [action.label for action in actions_of(reply)]


async def test_a_subscription_shows_what_it_would_have_brought(rig: Rig) -> None:
    await month(rig, *world(14, "A world model."))
    reply = await rig.type('subscribe "world model"')
    assert [line for line in plain(reply).split("\n") if line] == [
        '✓ #ml now gets papers matching "world model".',
        "Last 30 days: 14 papers, about 3 a week; newest 3:",
        *(f"• Paper {n} (https://huggingface.co/papers/2511.{n:05})" for n in (13, 12, 11)),
    ]
    assert labels(reply) == ["Post these 3 here", "Edit", "Undo"]
    assert await canonicals(rig) == [(1, '"world model"')]


async def test_a_single_paper_is_spoken_of_as_one(rig: Rig) -> None:
    await month(rig, *world(1, "A world model."))
    reply = await rig.type('subscribe "world model"')
    assert "Last 30 days: 1 paper, about 1 a month; it is:" in plain(reply)
    assert labels(reply)[0] == "Post this one here"


async def test_a_fresh_store_says_that_it_cannot_tell_yet(rig: Rig) -> None:
    reply = await rig.type("subscribe diffusion")
    assert plain(reply).endswith("I have no papers of these days yet, so I cannot tell how many that brings.")
    assert labels(reply) == ["Edit", "Undo"]


async def test_every_subscription_is_in_the_audit(rig: Rig) -> None:
    await rig.type("subscribe diffusion")
    (entry,) = await rig.audit()
    assert (entry.what, entry.who_name, entry.after) == ("subscribe", "Ada", "diffusion")


async def test_the_same_query_again_is_named_with_its_number(rig: Rig) -> None:
    await rig.type("subscribe diffusion model")
    reply = await rig.type("add model Diffusion")
    assert reply.headline == "#ml gets papers matching model diffusion already: it is number 1."
    assert "Undo" not in labels(reply)
    assert len(await canonicals(rig)) == len(await rig.audit()) == 1


async def test_two_at_once_make_one_subscription(rig: Rig) -> None:
    both = await asyncio.gather(rig.type("subscribe diffusion"), rig.type("subscribe diffusion", who=BOB))
    assert sorted(reply.headline for reply in both) == [
        "#ml gets papers matching diffusion already: it is number 1.",
        "✓ #ml now gets papers matching diffusion.",
    ]
    assert await canonicals(rig) == [(1, "diffusion")]


async def test_a_number_is_never_used_again(rig: Rig) -> None:
    await rig.type("subscribe diffusion")
    await rig.type("unsubscribe 1")
    await rig.type("subscribe diffusion")
    assert await canonicals(rig) == [(2, "diffusion")]


async def test_only_managers_subscribe(rig: Rig) -> None:
    rig.member()
    reply = await rig.type("subscribe diffusion")
    assert (reply.error, reply.headline) == (True, "Only people who can manage #ml may do that.")
    assert await canonicals(rig) == []


async def test_another_channel_can_be_named_and_its_buttons_stay_there(rig: Rig) -> None:
    reply = await rig.type("subscribe diffusion channel:#vision")
    assert reply.headline == "✓ #vision now gets papers matching diffusion."
    undone = await rig.press(reply, "Undo")
    assert undone.headline == "✓ Undone: #vision gets no papers matching diffusion."


async def test_what_was_read_otherwise_is_said(rig: Rig) -> None:
    reply = await rig.type("subscribe #diffusion")
    assert "Note: dropped the leading #." in plain(reply)


async def test_a_wrong_query_gets_a_caret(rig: Rig) -> None:
    reply = await rig.type("subscribe title:diffusion OR")
    assert reply.error
    assert "title:diffusion OR\n                 ^" in plain(reply)


class TestSeveral:
    """A comma leaves open how many subscriptions are meant."""

    async def test_a_comma_asks_with_both_as_buttons(self, rig: Rig) -> None:
        reply = await rig.type("subscribe cats, dogs")
        assert reply.headline == "One subscription with OR, or two?"
        assert labels(reply) == ["One with OR", "Two"]
        assert await canonicals(rig) == []

    async def test_one_with_or(self, rig: Rig) -> None:
        await rig.press(await rig.type("subscribe cats, dogs"), "One with OR")
        assert await canonicals(rig) == [(1, "cats OR dogs")]

    async def test_one_each_and_both_undone_at_once(self, rig: Rig) -> None:
        await rig.type("subscribe dogs")
        reply = await rig.press(await rig.type("subscribe cats, dogs, birds"), "Three")
        assert await canonicals(rig) == [(1, "dogs"), (2, "cats"), (3, "birds")]
        assert "1 dogs · was there already" in plain(reply)
        await rig.press(reply, "Undo")
        assert await canonicals(rig) == [(1, "dogs")]

    async def test_in_another_channel_it_stays_there(self, rig: Rig) -> None:
        await rig.press(await rig.type("subscribe cats, dogs channel:#vision"), "Two")
        assert await canonicals(rig, "#vision") == [(1, "cats"), (2, "dogs")]


class TestLimits:
    """A channel and a workspace hold so many."""

    async def test_a_full_channel_says_what_to_do(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "IN_CHANNEL", 2)
        await rig.type("subscribe cats")
        await rig.type("subscribe dogs")
        reply = await rig.type("subscribe birds")
        assert plain(reply) == (
            "This channel has 2 subscriptions, the most it can have.\n\n"
            "Remove one with /papers unsubscribe, or join two with OR."
        )

    async def test_a_full_workspace_too(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "IN_WORKSPACE", 1)
        await rig.type("subscribe cats")
        reply = await rig.type("subscribe dogs", "#vision")
        assert reply.headline == "This workspace has 1 subscriptions, the most it can have."

    async def test_of_two_queries_both_or_none_fit(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "IN_CHANNEL", 1)
        reply = await rig.press(await rig.type("subscribe cats, dogs"), "Two")
        assert reply.error
        assert await canonicals(rig) == []


class TestWhereTheBotCannotPost:
    """What is missing is said at once; the subscription stays."""

    async def test_problems_are_shown(self, rig: Rig) -> None:
        rig.chat.problems = [Problem(what="I may not post in #ml.", fix="Invite me with /invite.")]
        reply = await rig.type("subscribe diffusion")
        assert "I may not post in #ml. Invite me with /invite." in plain(reply)
        assert "The subscription stays; its cards wait until that is mended." in plain(reply)
        assert await canonicals(rig) == [(1, "diffusion")]

    async def test_a_platform_that_is_not_switched_on_is_named(self, rig: Rig) -> None:
        shown = plain(await rig.type("subscribe diffusion", platform="gone"))
        assert "No adapter called gone is switched on." in shown and "The subscription stays" in shown

    async def test_a_channel_that_refuses_us_says_why(self, rig: Rig) -> None:
        rig.chat.trouble = ChannelUnreachable("It is archived.")
        assert "It is archived." in plain(await rig.type("subscribe diffusion"))

    async def test_a_platform_that_does_not_answer_is_no_obstacle(self, rig: Rig) -> None:
        rig.chat.trouble = Unavailable("no connection")
        reply = await rig.type("subscribe diffusion")
        assert (reply.error, reply.headline) == (False, "✓ #ml now gets papers matching diffusion.")

    async def test_a_paused_channel_says_that_nothing_comes(self, rig: Rig) -> None:
        await rig.type("pause")
        reply = await rig.type("subscribe diffusion")
        assert "#ml is paused since 1 Dec 2025, 08:00 UTC. To go on: /papers resume" in plain(reply)


class TestAdvice:
    """What to do about a query that brings too much, nothing, or something else."""

    async def test_words_that_mean_less_as_a_phrase(self, rig: Rig) -> None:
        await month(rig, *world(3, "A world model."), *world(6, "A model of the world.", first=3))
        reply = await rig.type("subscribe world model")
        hint = "world model as two words: 9 papers in 30 days; as a phrase: 3."
        assert [block.text for block in reply.body if isinstance(block, Item)][-1] == (hint,)
        assert labels(reply)[:2] == ["Use the phrase", "Keep"]
        changed = await rig.press(reply, "Use the phrase")
        assert changed.headline == '✓ 1 is now "world model".'
        assert (await rig.press(reply, "Keep")).headline == "✓ It stays as it is."

    async def test_a_phrase_that_brings_half_is_not_worth_a_word(self, rig: Rig) -> None:
        await month(rig, *world(3, "A world model."), *world(3, "A model of the world.", first=3))
        assert "as a phrase" not in plain(await rig.type("subscribe world model"))

    async def test_a_loud_query_is_offered_a_quieter_one(self, rig: Rig) -> None:
        await month(rig, *world(90, "Vision.", upvotes=20), *world(90, "Vision.", first=90))
        reply = await rig.type("subscribe vision")
        assert "That is a lot: about 6 a day." in plain(reply)
        changed = await rig.press(reply, "Only ▲ 20 and more: about 3")
        assert changed.headline == "✓ 1 is now vision upvotes>=20."
        assert "Last 30 days: 90 papers, about 3 a day" in plain(changed)

    async def test_a_loud_query_without_upvotes_is_only_told(self, rig: Rig) -> None:
        await month(rig, *world(180, "Vision."))
        reply = await rig.type("subscribe vision")
        assert "That is a lot: about 6 a day." in plain(reply)
        assert labels(reply) == ["Post these 3 here", "Edit", "Undo"]

    async def test_a_misspelt_word(self, rig: Rig) -> None:
        await month(rig, *world(57, "We study diffusion."))
        reply = await rig.type("subscribe difusion")
        assert "No paper in 30 days has difusion. Did you mean diffusion (57)?" in plain(reply)
        changed = await rig.press(reply, "Use diffusion")
        assert changed.headline == "✓ 1 is now diffusion."

    async def test_a_misspelt_word_beside_others_in_a_young_store(self, rig: Rig) -> None:
        await rig.store(*world(2, "We study diffusion."), ago=1)
        reply = await rig.type("subscribe (title:difusion OR difusion) -video")
        text = plain(reply)
        assert "No paper in the 2 days I have so far has title:difusion and difusion." in text
        assert "Did you mean diffusion (2)?" in text
        changed = await rig.press(reply, "Use diffusion")
        assert changed.headline == "✓ 1 is now (title:difusion OR diffusion) -video."

    async def test_words_that_never_meet(self, rig: Rig) -> None:
        await month(rig, *world(2, "Cats."), *world(2, "Dogs.", first=2))
        assert "No paper in 30 days matches cats dogs." in plain(await rig.type("subscribe cats dogs"))

    async def test_another_script(self, rig: Rig) -> None:
        await month(rig, *world(2, "Cats."))
        text = "No paper in 30 days has диффузия. The feed is in English."
        assert text in plain(await rig.type("subscribe диффузия"))


async def test_hostile_and_long_queries_are_answered(rig: Rig) -> None:
    await month(rig, *world(2, "Cats."))
    for text in ('"@everyone <!channel>"', "a" * 490, "x OR " * 60 + "y", "|" * 30, "\u202e\u0000cats"):
        reply = await rig.type(f"subscribe {text}")
        assert "not your fault" not in reply.headline
        assert len(reply.headline) <= 120


class TestNoQuery:
    """What never stands in a title or abstract is not taken for words."""

    @pytest.mark.parametrize("typed", ["agents @ann", "@ann.lee", "agents (@ann OR flow)"])
    async def test_a_person(self, rig: Rig, typed: str) -> None:
        reply = await rig.type(f"subscribe {typed}")
        assert reply.error and "author:" in reply.headline
        assert await canonicals(rig) == []

    @pytest.mark.parametrize("typed", ["recall@10", "pass @1", '"@ann says"', "author:@ann"])
    async def test_an_at_that_names_nobody_stays(self, rig: Rig, typed: str) -> None:
        assert not (await rig.type(f"subscribe {typed}")).error
        assert len(await canonicals(rig)) == 1

    @pytest.mark.parametrize("command", ["subscribe", "search"])
    @pytest.mark.parametrize(
        "typed",
        ["2603.01068", "https://huggingface.co/papers/2603.01068", "like 2603.01068v2", "arxiv: 2603.01068"],
    )
    async def test_a_paper_can_be_shown_or_shared(self, rig: Rig, command: str, typed: str) -> None:
        await rig.store(paper("2603.01068", "A model"))
        reply = await rig.type(f"{command} {typed}")
        assert (reply.error, labels(reply)) == (False, ["Show it", "Share it here"])
        assert reply.headline.startswith("2603.01068 is one paper")
        assert (await rig.press(reply, "Show it")).headline == "A model"
        assert (await rig.press(reply, "Share it")).headline == "Posting that in #ml."
        assert await canonicals(rig) == []

    async def test_nor_is_a_subscription_edited_to_a_paper(self, rig: Rig) -> None:
        await rig.store(paper("2603.01068", "A model"))
        await rig.type("subscribe cats")
        reply = await rig.type("edit 1 2603.01068")
        assert (await rig.press(reply, "Share it")).headline == "Posting that in #ml."

    async def test_a_channel_behind_in_is_asked_about(self, rig: Rig) -> None:
        reply = await rig.type("subscribe threshold:5 agents in #vision")
        assert reply.headline == "Did you mean channel:#vision?"
        assert labels(reply) == ["agents in channel:#vision", "All words: agents in vision"]
        there = await rig.press(reply, "agents in channel")
        assert there.headline == "✓ #vision now gets papers matching agents upvotes>=5."
        here = await rig.press(reply, "All words")
        assert here.headline == "✓ #ml now gets papers matching agents in vision upvotes>=5."

    @pytest.mark.parametrize("typed", ["#diffusion", "to #diffusion", "#diffusion models", "cats #dogs"])
    async def test_a_topic_with_a_hash_is_a_topic(self, rig: Rig, typed: str) -> None:
        assert (await rig.type(f"subscribe {typed}")).headline.startswith("✓ #ml now gets papers")
