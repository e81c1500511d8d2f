"""`search`: what is stored, newest first."""

import pytest

from bot.chat.command import Who
from bot.chat.message import Item, Span
from tests.bot.commands.reading import lines, says, titles
from tests.bot.commands.rig import BOB, Rig, actions_of, paper


async def fourteen(rig: Rig) -> None:
    for ago in range(14):
        one = paper(f"2511.000{ago:02}", f"A world model {ago}", upvotes=ago, authors=("Ada Lee", "Bo Li"))
        await rig.store(one, ago=2 * ago)
    await rig.store(paper("2511.00099", "Something else"), ago=40)


async def test_a_search_says_how_many_papers_match_and_how_often_they_come(rig: Rig) -> None:
    await fourteen(rig)
    reply = await rig.type('search "world model"')
    assert reply.headline == '14 papers match "world model"'
    assert says(reply) == "Last 30 days: 14 papers, about 3 a week."
    assert titles(reply) == [f"A world model {ago}" for ago in range(5)]
    assert (reply.page, reply.replace) == ((1, 3), False)


async def test_a_result_names_people_votes_and_day_and_links_to_the_paper(rig: Rig) -> None:
    await fourteen(rig)
    reply = await rig.type("search model")
    assert lines(reply)[0] == "A world model 0 · Ada Lee, Bo Li · 1 Dec"
    assert lines(reply)[1] == "A world model 1 · Ada Lee, Bo Li · ▲ 1 · 29 Nov"
    first = next(block for block in reply.body if isinstance(block, Item))
    assert first.text[0] == Span(text="A world model 0", url="https://huggingface.co/papers/2511.00000")


async def test_a_result_of_another_year_says_so(rig: Rig) -> None:
    await rig.store(paper(title="Old"), ago=365)
    reply = await rig.type("search old")
    assert (reply.headline, lines(reply)) == ("1 paper matches old", ["Old · 1 Dec 2024"])


async def test_pages_turn_in_place_and_end(rig: Rig) -> None:
    await fourteen(rig)
    second = await rig.press(await rig.type('search "world model"'), "Next")
    assert (second.page, second.replace) == ((2, 3), True)
    assert titles(second) == [f"A world model {ago}" for ago in range(5, 10)]
    third = await rig.press(second, "Next")
    assert titles(third) == [f"A world model {ago}" for ago in range(10, 14)]
    assert not [action for action in actions_of(third) if action.label == "Next"]
    assert titles(await rig.press(third, "Previous")) == titles(second)


async def test_a_page_beyond_the_end_is_the_last(rig: Rig) -> None:
    await fourteen(rig)
    assert (await rig.type('search "world model" page:99')).page == (3, 3)


async def test_what_was_searched_can_be_subscribed_to(rig: Rig) -> None:
    await fourteen(rig)
    reply = await rig.press(await rig.type("preview “world model”"), "Subscribe to this")
    assert reply.headline.startswith('✓ #ml now gets papers matching "world model"')


async def test_anybody_may_search_also_outside_of_channels(rig: Rig) -> None:
    await fourteen(rig)
    reply = await rig.type("search model", None, BOB, rights=Who.ANYONE)
    assert reply.headline == "14 papers match model"
    assert "Share" not in [action.label for action in actions_of(reply)]


async def test_free_text_is_a_search(rig: Rig) -> None:
    await fourteen(rig)
    assert (await rig.type("something else")).headline == "1 paper matches something else"


async def test_old_papers_are_found_though_none_came_lately(rig: Rig) -> None:
    await fourteen(rig)
    reply = await rig.type("search something")
    assert titles(reply) == ["Something else"]
    assert says(reply).startswith("Last 30 days: 0 papers")


async def test_a_mistyped_word_is_spelled(rig: Rig) -> None:
    await rig.fill()
    await rig.store(*(paper(f"2511.{number:05}", "Diffusion") for number in range(3)), ago=29)
    reply = await rig.type("search difusion")
    assert reply.headline == "None of the papers I have matches difusion"
    assert says(reply) == "No paper in 30 days has difusion. Did you mean diffusion (3)?"
    assert (await rig.press(reply, "Use diffusion")).headline == "3 papers match diffusion"


async def test_a_search_in_an_empty_store_finds_nothing(rig: Rig) -> None:
    reply = await rig.type("search diffusion")
    assert reply.headline == "None of the papers I have matches diffusion"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("GPT-4o", 1),
        ("state-of-the-art", 1),
        ("diffusion -survey", 1),
        ("'; DROP TABLE papers --", 0),
        ("100%", 0),
    ],
)
async def test_signs_mean_what_the_query_language_says_and_nothing_to_the_database(
    rig: Rig, query: str, count: int
) -> None:
    await rig.store(
        paper("2511.00001", "GPT-4o is state-of-the-art"),
        paper("2511.00002", "Diffusion"),
        paper("2511.00003", "Diffusion: a survey"),
    )
    assert len(titles(await rig.type(f"search {query}"))) == count


async def test_what_is_only_negative_is_refused(rig: Rig) -> None:
    reply = await rig.type("search -survey")
    assert reply.error
    assert reply.headline.startswith("This only says what to leave out")


async def test_a_paper_listed_again_counts_once_and_by_its_newest_day(rig: Rig) -> None:
    await rig.store(paper("2511.00001", "Diffusion one"), ago=9)
    await rig.store(paper("2511.00002", "Diffusion two"), ago=5)
    await rig.store(paper("2511.00001", "Diffusion one"), ago=1)
    assert sorted(titles(await rig.type("search diffusion"))) == ["Diffusion one", "Diffusion two"]


async def test_hostile_text_is_shown_as_it_is(rig: Rig) -> None:
    await rig.store(paper(title="@everyone <!channel> *diffusion*"))
    assert titles(await rig.type("search diffusion")) == ["@everyone <!channel> *diffusion*"]
