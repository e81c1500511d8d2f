"""`why` and `show`: questions about what was posted."""

import pytest

from bot.chat.command import Who
from bot.chat.message import Action, Item, Reply
from bot.clock import HOUR, MINUTE
from tests.bot.commands.outgoing import arrive, leave
from tests.bot.commands.reading import lines, says, titles
from tests.bot.commands.rig import BOB, Rig, actions_of, paper

FLOW = paper("2511.00001", "Flow matching", "We study diffusion.", upvotes=30)


async def posted(rig: Rig, *queries: str) -> None:
    """#ml is subscribed to `queries`, and the paper came."""
    for query in queries:
        await rig.type(f"subscribe {query}")
    await arrive(rig, FLOW)
    await leave(rig)


def labels(reply: Reply) -> list[list[str]]:
    """The buttons of each item."""
    return [[action.label for action in block.actions] for block in reply.body if isinstance(block, Item)]


async def test_why_names_each_subscription_with_the_words_and_fields_that_matched(rig: Rig) -> None:
    await posted(rig, "flow diffusion", "title:matching OR survey", "upvotes>=20", "*", "nothing")
    reply = await rig.type("why 2511.00001")
    assert reply.headline == "Flow matching"
    assert says(reply) == "Posted 1 Dec 2025, 08:00 UTC.\nBrought by:"
    assert lines(reply) == [
        "1 flow diffusion · matched: diffusion, flow (abstract, title)",
        "2 title:matching OR survey · matched: title:matching (title)",
        "3 upvotes>=20 · matched: upvotes>=20",
        "4 * · matched: *",
    ]


async def test_a_card_offers_to_say_why_and_that_to_pause_and_edit(rig: Rig) -> None:
    await rig.type("subscribe flow")
    await arrive(rig, FLOW)
    (card,) = await leave(rig)
    reply = await rig.press(rig.find(card, "Why / pause…"))
    assert labels(reply) == [["Pause 1", "Edit"]]
    assert (await rig.press(reply, "List")).headline.startswith("#ml has 1 subscription")
    edit = (await rig.press(reply, "Edit")).form
    assert edit is not None
    assert dict(edit.values) == {"number": "1", "query": "flow"}


async def test_pausing_from_there_pauses_that_subscription_alone(rig: Rig) -> None:
    await posted(rig, "flow", "diffusion")
    await rig.press(await rig.type("why 2511.00001"), "Pause 2")
    rig.clock.advance(HOUR)
    reply = await rig.type("why 2511.00001")
    assert [line.partition(" · paused since ")[2] for line in lines(reply)] == ["", "1 Dec 2025, 08:00 UTC"]
    assert labels(reply) == [["Pause 1", "Edit"], ["Resume", "Edit"]]
    assert not (await rig.press(reply, "Resume")).error
    assert labels(await rig.type("why 2511.00001")) == [["Pause 1", "Edit"], ["Pause 2", "Edit"]]


async def test_members_learn_why_but_do_not_pause(rig: Rig) -> None:
    await posted(rig, "flow")
    reply = await rig.type("why 2511.00001", who=BOB, rights=Who.ANYONE)
    assert lines(reply) == ["1 flow · matched: flow (title)"]
    assert (await rig.press(reply, "Pause 1", who=BOB, rights=Who.ANYONE)).error


async def test_a_query_that_was_edited_is_named_as_it_was_then(rig: Rig) -> None:
    await posted(rig, "flow")
    await rig.submit("edit", {"number": "1", "query": "agents"})
    assert lines(await rig.type("why 2511.00001")) == ["1 flow · matched: flow (title) · now agents"]


async def test_a_subscription_that_was_removed_is_still_the_reason(rig: Rig) -> None:
    await posted(rig, "flow")
    await rig.type("unsubscribe 1")
    reply = await rig.type("why 2511.00001")
    assert lines(reply) == ["1 flow · matched: flow (title) · removed 1 Dec 2025, 08:00 UTC"]
    assert labels(reply) == [[]]


async def test_what_matched_and_does_not_any_more_says_so(rig: Rig) -> None:
    await posted(rig, "upvotes>=20")
    await rig.store(paper("2511.00001", "Flow matching", upvotes=3))
    (line,) = lines(await rig.type("why 2511.00001"))
    assert line == "1 upvotes>=20 · no longer matches, since the paper has changed"


async def test_what_somebody_asked_for_names_them(rig: Rig) -> None:
    await rig.store(FLOW)
    await rig.type("share 2511.00001", who=BOB)
    assert says(await rig.type("why 2511.00001")) == "It waits to be posted.\nBob asked for it."
    await leave(rig)
    assert says(await rig.type("why 2511.00001")) == "Posted 1 Dec 2025, 08:00 UTC.\nBob asked for it."


async def test_what_was_shared_again_says_by_whom(rig: Rig) -> None:
    await posted(rig, "flow")
    rig.clock.advance(MINUTE)
    await rig.type("share 2511.00001", who=BOB)
    await leave(rig)
    assert "Shared again by Bob, 1 Dec 2025, 08:01 UTC." in says(await rig.type("why 2511.00001"))


async def test_what_was_skipped_says_why_not(rig: Rig) -> None:
    await rig.type("subscribe flow")
    await arrive(rig, FLOW)
    await rig.type("unsubscribe 1")
    assert await leave(rig) == []
    assert says(await rig.type("why 2511.00001")).startswith("It was not posted: nobody wants it any more.")


async def test_what_was_not_posted_here_says_what_matches_it_now(rig: Rig) -> None:
    await rig.store(FLOW)
    never = "I have not posted it in #ml. Of what is subscribed there,"
    assert says(await rig.type("why 2511.00001")) == f"{never} none matches it."
    await rig.type("subscribe flow")
    reply = await rig.type("why https://huggingface.co/papers/2511.00001")
    assert (says(reply), lines(reply)) == (f"{never} these match it now:", ["1 flow · matched: flow (title)"])
    assert "#vision" in says(await rig.type("why 2511.00001", "#vision"))


@pytest.mark.parametrize("line", ["why 2511.00009", "why math/0211159v2"])
async def test_a_paper_that_is_not_stored_has_no_reason(rig: Rig, line: str) -> None:
    await rig.store(FLOW)
    assert (await rig.type(line)).headline.startswith("I have no paper ")


async def show_all(rig: Rig, count: int) -> Action:
    """The button under a message of `count` papers that came together."""
    await rig.type("subscribe flow")
    await arrive(rig, *(paper(f"2511.000{n:02}", f"Flow {n:02}", upvotes=n) for n in range(count)))
    (message,) = await leave(rig)
    return rig.find(message, f"Show all {count}")


async def test_show_all_lists_what_a_message_holds_in_its_order_ten_a_page(rig: Rig) -> None:
    first = await rig.press(await show_all(rig, 23))
    assert (first.headline, first.page, first.replace) == ("23 papers", (1, 3), False)
    assert titles(first) == [f"Flow {n:02}" for n in range(10)]
    assert lines(first)[1] == "Flow 01 · ▲ 1 · matched: flow"
    last = await rig.press(await rig.press(first, "Next"), "Next")
    assert (last.page, last.replace) == ((3, 3), True)
    assert titles(last) == ["Flow 20", "Flow 21", "Flow 22"]
    assert titles(await rig.press(last, "Previous")) == [f"Flow {n}" for n in range(10, 20)]


async def test_each_paper_of_a_message_can_be_asked_about(rig: Rig) -> None:
    reply = await rig.press(await show_all(rig, 4))
    assert (await rig.press(reply, "Why / pause…")).headline == "Flow 00"
    assert [action.label for action in actions_of(reply)] == ["Why / pause…"] * 4


async def test_what_a_message_held_is_shown_though_nobody_wants_it_any_more(rig: Rig) -> None:
    show = await show_all(rig, 4)
    await rig.type("unsubscribe 1")
    assert lines(await rig.press(show))[0] == "Flow 00 · matched: flow"


@pytest.mark.parametrize("line", ["show", "show batch:abc", 'show batch:"" page:2'])
async def test_an_unknown_message_says_so(rig: Rig, line: str) -> None:
    await show_all(rig, 4)
    reply = await rig.type(line)
    assert reply.error
    assert reply.headline == "I no longer know which papers that message held."


async def test_a_message_is_shown_only_in_its_own_channel(rig: Rig) -> None:
    show = await show_all(rig, 4)
    assert (await rig.press(show, channel="#vision")).error
    assert not (await rig.press(show)).error
