"""What is answered when no command was named."""

import pytest

from bot.chat.command import Command, Context, Values
from bot.chat.message import Para, Reply
from bot.chat.plain import plain
from bot.clock import DAY, HOUR
from bot.commands.front import guess
from bot.matching.parser import parse
from bot.models import DeliveryId, Paper
from bot.store import channels, deliveries, feeds, outbox, subscriptions
from tests.bot.commands.rig import Rig, actions_of, paper


async def subscribe(rig: Rig, *queries: str) -> None:
    channel = await rig.stored()
    async with rig.database.write() as connection:
        for query in queries:
            canonical = parse(query).canonical
            now = rig.clock.now()
            await subscriptions.add(connection, channel.workspace_id, channel.id, canonical, "U1", now)


async def post(rig: Rig, one: Paper) -> None:
    """A card of `one` that left now."""
    channel, now = await rig.stored(), rig.clock.now()
    async with rig.database.write() as connection:
        place = (channel.workspace_id, channel.id)
        await outbox.ask(connection, *place, [(one.id, ())], by="Ada", together="asked:1", now=now)
        row = await deliveries.of_paper(connection, channel.id, one.id)
        assert row is not None
        await deliveries.set_rows(connection, [DeliveryId(row.id)], state="sent", sent_at=now)


async def test_an_empty_channel_is_told_how_to_begin(rig: Rig) -> None:
    reply = await rig.type("")
    assert reply.headline == (
        'Nothing is subscribed here yet. Tell me a topic, e.g. /papers subscribe "diffusion model"'
    )
    assert [action.label for action in actions_of(reply)] == ["Subscribe…", "See today's papers"]
    assert (await rig.press(reply, "Subscribe")).form is not None


async def test_a_feed_that_cannot_be_read_is_spoken_of_until_it_can(rig: Rig) -> None:
    async def failed(reason: str | None) -> None:
        async with rig.database.write() as connection:
            await feeds.put_state(connection, "daily_papers", failure=reason)

    await failed("connection refused")
    away = "The feed cannot be read just now: connection refused. I try again by myself."
    assert away in plain(await rig.type(""))
    assert away in plain(await rig.type("today"))
    await subscribe(rig, "diffusion")
    assert away in plain(await rig.type(""))
    await failed(None)
    assert away not in plain(await rig.type(""))
    assert "try again in a few minutes" in plain(await rig.type("today"))


async def test_the_word_that_is_typed_is_the_one_of_this_installation(rig: Rig) -> None:
    renamed = Rig(database=rig.database, clock=rig.clock, command="lit")
    assert "/lit subscribe" in (await renamed.type("")).headline


async def test_the_front_page_counts_each_paper_once_and_names_the_last_card(rig: Rig) -> None:
    papers = [paper(f"2511.{number:05}", "Diffusion of flow") for number in range(64)]
    for ago in range(32):
        await rig.store(*papers[2 * ago : 2 * ago + 2], ago=ago)
    await subscribe(rig, "diffusion", "title:flow", "upvotes>=5")
    rig.clock.advance(HOUR)
    await post(rig, papers[0])
    rig.clock.advance(DAY)
    reply = await rig.type("  ")
    assert reply.headline == "#ml has 3 subscriptions, about 2 papers a day. Last card: yesterday 09:00."
    assert [action.label for action in actions_of(reply)] == ["Subscribe", "List", "Today", "Help"]


async def test_a_single_paper_is_counted_as_one(rig: Rig) -> None:
    await rig.fill()
    await rig.store(paper("2511.00001", "A cow"), ago=29)
    await subscribe(rig, "cow")
    assert (await rig.type("")).headline == "#ml has 1 subscription, about 1 paper a month."
    await rig.type("unsubscribe 1")
    await subscribe(rig, "cats")
    assert (await rig.type("")).headline == "#ml has 1 subscription, less than one paper a month."


async def test_a_rate_names_the_days_that_it_rests_on_where_those_are_few(rig: Rig) -> None:
    await rig.store(*(paper(f"2511.{number:05}") for number in range(6)), ago=1)
    await subscribe(rig, "*")
    assert (await rig.type("")).headline == (
        "#ml has 1 subscription, about 3 papers a day in the 2 days I have so far."
    )
    await subscribe(rig, "cats")
    await rig.type("unsubscribe 1")
    assert (await rig.type("")).headline == "#ml has 1 subscription, none in the 2 days I have so far."


async def test_where_there_are_no_papers_of_late_there_is_no_rate(rig: Rig) -> None:
    await rig.store(paper(), ago=30)
    await subscribe(rig, "*")
    assert (await rig.type("")).headline == "#ml has 1 subscription."


async def test_the_last_card_is_told_in_the_readers_own_time(rig: Rig) -> None:
    one = paper()
    await rig.store(one)
    await subscribe(rig, "*")
    await post(rig, one)
    assert (await rig.type("", tz="Asia/Tokyo")).headline.endswith("Last card: today 17:00.")
    rig.clock.advance(3 * DAY)
    assert (await rig.type("", tz="Asia/Tokyo")).headline.endswith("Last card: 1 Dec 17:00.")


async def test_the_front_page_says_why_nothing_comes(rig: Rig) -> None:
    await subscribe(rig, "*")
    channel = await rig.stored()
    async with rig.database.write() as connection:
        await channels.pause(connection, channel.id, rig.clock.now())
    assert (await rig.type("")).body == (Para(text=("Everything here is paused.",)),)
    async with rig.database.write() as connection:
        await channels.park(connection, channel.id, "I was removed.", rig.clock.now())
    assert (await rig.type("")).body == (Para(text=("I cannot post here: I was removed.",)),)


async def test_subscriptions_that_are_all_paused_are_said_to_be(rig: Rig) -> None:
    await subscribe(rig, "*")
    channel = await rig.stored()
    async with rig.database.write() as connection:
        every = await subscriptions.of_channel(connection, channel.id)
        await subscriptions.pause(connection, every, rig.clock.now())
    assert (await rig.type("")).headline == "#ml has 1 subscription, all paused."


async def test_a_zone_that_nobody_knows_does_not_matter(rig: Rig) -> None:
    one = paper()
    await rig.store(one)
    await subscribe(rig, "*")
    await post(rig, one)
    assert (await rig.type("", tz="Mars/Olympus")).headline.endswith("Last card: today 08:00.")


async def test_outside_of_channels_the_front_page_says_where_to_go(rig: Rig) -> None:
    reply = await rig.type("", channel=None)
    assert (reply.error, reply.headline) == (True, "This works only in a channel.")


async def test_a_mistyped_command_runs_nothing_and_offers_what_was_meant(rig: Rig) -> None:
    await rig.store(paper(title="Diffusion"))
    reply = await rig.type("subsribe diffusion")
    assert (reply.error, reply.headline) == (True, "There is no command subsribe.")
    run, search = actions_of(reply)
    assert (run.label, search.label) == ("Run: subscribe diffusion", "Search for it")
    assert search.arguments == {"query": "subsribe diffusion"}
    assert (run.command, run.arguments) == ("subscribe", {"query": "diffusion"})


async def test_a_mistyped_command_that_papers_use_as_a_word_is_searched_for(rig: Rig) -> None:
    await rig.store(paper(title="A resumé of settings", abstract="In each Setting we pause."))
    assert (await rig.type("setting")).headline != "There is no command setting."
    assert (await rig.type("setings")).headline == "There is no command setings."
    assert (await rig.type("subscribr %_")).headline == "There is no command subscribr."


async def test_part_of_a_word_in_a_paper_does_not_count_as_a_word(rig: Rig) -> None:
    await rig.store(paper(title="Presettings of models"))
    assert (await rig.type("setting")).headline == "There is no command setting."


async def test_a_mistyped_command_with_unreadable_arguments_offers_its_form(rig: Rig) -> None:
    reply = await rig.type('setings zone:"Europe')
    assert actions_of(reply)[0].form


async def answer(_context: Context, _values: Values) -> Reply:
    return Reply(headline="done")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("subsribe", "subscribe"),
        ("SUBSCIRBE", "subscribe"),
        ("unsubscribed", "unsubscribe"),
        ("unsubscribe", "unsubscribe"),
        ("serach", "search"),
        ("searching", None),
        ("lsit", None),
        ("lists", "list"),
        ("secrets", None),
        ("subscription", None),
        ("/search", "search"),
        ("", None),
    ],
)
def test_words_of_five_letters_within_two_edits_of_a_listed_command_are_guessed(
    word: str, meant: str | None
) -> None:
    names = ("subscribe", "unsubscribe", "list", "search")
    table = [Command(name=name, summary="", handler=answer) for name in names]
    table.append(Command(name="secret", summary="", handler=answer, listed=False))
    found = guess(word, table)
    assert (found.name if found else None) == meant


@pytest.mark.parametrize("words", ["home robots", "post training", "show attend tell", "card games"])
async def test_words_that_begin_like_a_buttons_command_are_searched_for(rig: Rig, words: str) -> None:
    await rig.store(paper(title=f"On {words}"))
    assert f"1 paper matches {words}" in (await rig.type(words)).headline


async def test_the_words_of_other_bots_do_what_they_mean(rig: Rig) -> None:
    assert (await rig.type("follow cats")).headline == "✓ #ml now gets papers matching cats."
    for again in ("unpause", "start"):
        await rig.type("pause")
        assert (await rig.type(again)).headline == "✓ #ml gets papers again."
    assert (await rig.type("unfollow 1")).headline == "✓ #ml no longer gets papers matching cats."
