"""What a form says while it is filled in."""

import asyncio

from sqlalchemy import event

from bot.chat.adapter import Problem
from bot.chat.plain import plain
from bot.commands import allowance
from bot.store import subscriptions
from bot.store.engine import Database
from tests.bot.commands.rig import Rig, actions_of, paper


async def month(rig: Rig, count: int = 14) -> None:
    await rig.fill()
    await rig.store(*(paper(f"2512.{n:05}", f"World model {n}", submitted_at=n) for n in range(count)))


def reads(database: Database) -> list[str]:
    """What is read from the database from now on."""
    seen: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_c: object, _u: object, statement: str, _p: object, _x: object, _m: object) -> None:
        seen.append(statement)

    return seen


async def test_it_says_what_the_query_would_have_brought_and_changes_nothing(rig: Rig) -> None:
    await month(rig)
    shown = await rig.preview("subscribe", {"query": '"world model"', "ping": "me"})
    assert shown is not None
    assert plain(shown) == (
        "Last 30 days: 14 papers, about 3 a week; newest 3:\n\n"
        + "\n".join(f"• World model {n} (https://huggingface.co/papers/2512.{n:05})" for n in (13, 12, 11))
    )
    assert actions_of(shown) == []
    assert await rig.audit() == []
    stored = await rig.stored()
    async with rig.database.read() as connection:
        assert await subscriptions.of_channel(connection, stored.id) == []


async def test_advice_stands_below(rig: Rig) -> None:
    await month(rig)
    shown = await rig.preview("subscribe", {"query": "wrold model"})
    assert shown is not None and "Did you mean world (14)?" in plain(shown)
    assert actions_of(shown) == []


async def test_the_threshold_counts(rig: Rig) -> None:
    await month(rig)
    await rig.store(paper("2511.99999", "World model loved", upvotes=20))
    shown = await rig.preview("subscribe", {"query": "world model", "threshold": "20"})
    assert shown is not None and shown.headline == "Last 30 days: 1 paper, about 1 a month; it is:"


async def test_a_wrong_query_gets_its_caret_and_nothing_else(rig: Rig) -> None:
    shown = await rig.preview("subscribe", {"query": "title:diffusion OR"})
    assert shown is not None and shown.error
    assert "title:diffusion OR\n                 ^" in plain(shown)
    assert actions_of(shown) == [] and shown.form is None and "To type" not in plain(shown)
    shown = await rig.preview("subscribe", {"query": "cats", "threshold": "many"})
    assert shown is not None and shown.error


async def test_what_phones_put_in_is_read_as_it_is_when_submitted(rig: Rig) -> None:
    await month(rig)
    shown = await rig.preview("subscribe", {"query": "“world model” –survey"})
    assert shown is not None and "14 papers" in shown.headline


async def test_a_comma_is_asked_about_without_buttons(rig: Rig) -> None:
    shown = await rig.preview("subscribe", {"query": "cats, dogs"})
    assert shown is not None and shown.headline == "One subscription with OR, or two?"
    assert actions_of(shown) == []


async def test_there_is_nothing_to_say_of_nothing(rig: Rig) -> None:
    for name, values in (
        ("subscribe", {}),
        ("subscribe", {"query": "  ", "threshold": "20"}),
        ("edit", {"number": "3"}),
        ("edit", {"query": "3"}),
        ("settings", {"zone": "UTC"}),
        ("nonsense", {"query": "cats"}),
    ):
        assert await rig.preview(name, values) is None


async def test_an_edit_needs_no_subscription_to_be_foreseen(rig: Rig) -> None:
    await month(rig)
    for values in ({"number": "1", "query": "world model"}, {"query": "1 world model"}):
        shown = await rig.preview("edit", values)
        assert shown is not None and "14 papers" in shown.headline
    wrong = await rig.preview("edit", {"query": "1 (cats"})
    assert wrong is not None and "1 (cats\n  ^" in plain(wrong)


async def test_rights_are_those_of_the_command(rig: Rig) -> None:
    rig.member("#vision")
    for values in ({"query": "cats", "channel": "#vision"}, {"query": "cats", "channel": "nowhere"}):
        shown = await rig.preview("subscribe", values)
        assert shown is not None and shown.error
    assert (await rig.preview("subscribe", {"query": "cats"})) is not None


async def test_it_counts_as_no_command(rig: Rig) -> None:
    for _ in range(2 * allowance.COMMANDS):
        assert await rig.preview("subscribe", {"query": "cats"})
    assert not (await rig.type("subscribe cats")).error


async def test_the_papers_are_read_once_for_a_few_seconds(rig: Rig) -> None:
    await month(rig)
    seen = reads(rig.database)
    await asyncio.gather(*(rig.preview("subscribe", {"query": f"world {n}"}) for n in range(5)))
    once = len(seen)
    await rig.preview("edit", {"number": "1", "query": "model"})
    assert len(seen) == once
    await rig.store(paper("2511.99999", "World model of late"))
    rig.clock.advance(10_000)
    shown = await rig.preview("subscribe", {"query": "world model"})
    assert shown is not None and "15 papers" in shown.headline


async def test_a_clock_that_was_set_back_keeps_no_old_papers(rig: Rig) -> None:
    await rig.preview("subscribe", {"query": "cats"})
    await rig.store(paper("2512.00001", "Cats"))
    rig.clock.advance(-3_600_000)
    shown = await rig.preview("subscribe", {"query": "cats"})
    assert shown is not None and "1 paper" in shown.headline


async def test_where_the_store_cannot_be_read_there_is_nothing_to_show(sqlite_rig: Rig) -> None:
    await sqlite_rig.database.engine.dispose()
    async with sqlite_rig.database.write() as connection:
        await connection.exec_driver_sql("DROP TABLE listings")
    assert await sqlite_rig.preview("subscribe", {"query": "cats"}) is None


async def test_the_platform_is_not_asked_for_it(rig: Rig) -> None:
    rig.chat.problems = [Problem(what="I may not post.", fix="Invite me.")]
    rig.chat.trouble = RuntimeError("asked")
    shown = await rig.preview("subscribe", {"query": "cats", "ping": "@team"})
    assert shown is not None and not shown.error
