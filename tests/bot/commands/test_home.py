"""`home`: what comes to a person's channels, and nothing of anybody else's."""

from sqlalchemy import insert

from bot.chat.errors import Unavailable
from bot.chat.message import Message, Reply
from bot.chat.plain import plain
from bot.clock import DAY, HOUR, SystemClock
from bot.models import Paper
from bot.store import channels, papers, schema, subscriptions, workspaces
from tests.bot.commands.outgoing import arrive, leave
from tests.bot.commands.reading import lines, says
from tests.bot.commands.rig import ADA, BOB, Rig, actions_of, paper, place

HERE = ("ml", "vision")


async def home(rig: Rig, line: str = "home", channel: str | None = None, **more: object) -> Reply:
    """What Ada sees who opens home outside of channels."""
    return await rig.commands.typed(rig.context(channel, **more), line)  # type: ignore[arg-type]


def labels(message: Message) -> list[str]:
    return [action.label for action in actions_of(message)]


async def post(rig: Rig, *given: Paper) -> None:
    await arrive(rig, *given)
    await leave(rig)


async def fill(rig: Rig, count: int, channel: str = "#ml") -> None:
    stored = await rig.stored(channel)
    async with rig.database.write() as connection:
        for number in range(1, count + 1):
            await subscriptions.add(
                connection, stored.workspace_id, stored.id, f"topic{number}", ADA.id, rig.clock.now()
            )


async def test_subscriptions_stand_below_the_names_of_their_channels(rig: Rig) -> None:
    rig.inside[ADA.id] = HERE
    await rig.type("subscribe dogs", "#vision")
    await rig.type("subscribe cats ping:me")
    await rig.type("subscribe birds")
    shown = await home(rig)
    assert plain(shown) == (
        "3 subscriptions in 2 channels of yours.\n\n"
        "#ml\n\n• 1 cats · notifies Ada\n• 2 birds\n\n"
        "#vision\n\n• 1 dogs"
    )
    assert labels(shown) == ["Edit", "Pause", "Remove"] * 3 + ["Subscribe…"]
    assert not shown.replace


async def test_nothing_is_seen_of_channels_that_one_is_not_in(rig: Rig) -> None:
    rig.inside = {ADA.id: HERE, BOB.id: ("vision",)}
    await rig.type("subscribe cats")
    await post(rig, paper("2512.00001", "A cat"))
    await rig.type("subscribe dogs", "#vision")
    assert "A cat" in plain(await home(rig)) and "cats" in plain(await home(rig))
    seen = plain(await home(rig, who=BOB))
    assert "dogs" in seen and "cat" not in seen and "#ml" not in seen


async def test_nothing_is_seen_of_other_workspaces_whatever_their_channels_are_called(rig: Rig) -> None:
    rig.inside[ADA.id] = HERE
    await rig.type("subscribe cats")
    await post(rig, paper("2512.00001", "A cat"))
    await rig.type("subscribe dogs", workspace="W2")
    first, second = plain(await home(rig)), plain(await home(rig, workspace="W2"))
    assert "cats" in first and "A cat" in first and "dogs" not in first
    assert "dogs" in second and "cat" not in second
    assert "cats" not in plain(await home(rig, platform="other"))


async def test_nothing_is_seen_of_a_workspace_that_the_bot_was_removed_from(rig: Rig) -> None:
    rig.inside[ADA.id] = HERE
    await rig.type("subscribe cats")
    async with rig.database.write() as connection:
        await workspaces.gone(connection, "chat", "W1", rig.clock.now())
    assert (await home(rig)).headline == "Nothing is subscribed in your channels yet."


async def test_ones_own_direct_channel_is_one_of_them(rig: Rig) -> None:
    await rig.type("subscribe cats", "@U1")
    await rig.type("subscribe dogs", "@U2", BOB)
    assert plain(await home(rig)) == "1 subscription in @U1.\n\n@U1\n\n• 1 cats"
    rig.chat.trouble = Unavailable("no connection")
    assert "cats" not in plain(await home(rig))


async def test_the_channel_that_it_is_typed_in_is_one_of_them(rig: Rig) -> None:
    await rig.type("subscribe cats")
    assert "1 cats" in plain(await rig.type("home"))


async def test_with_nothing_it_says_how_to_start(rig: Rig) -> None:
    shown = await home(rig)
    assert plain(shown) == (
        "Nothing is subscribed in your channels yet.\n\n"
        'Tell me a topic in any channel, e.g. /papers subscribe "diffusion model", '
        "or here, for yourself alone."
    )
    form = (await rig.press(shown, "Subscribe…", None)).form
    assert form is not None and form.command == "subscribe"
    done = await rig.submit("subscribe", {**form.values, "query": "cats"}, None)
    assert done.headline == "✓ @U1 now gets papers matching cats."
    assert "1 cats" in plain(done)


class TestPressing:
    """A press acts in its channel, with the rights there, and comes back to the page."""

    async def test_pausing_and_resuming(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await fill(rig, 11)
        await rig.type("subscribe dogs", "#vision")
        second = await home(rig, "home page:2")
        assert lines(second) == ["11 topic11", "1 dogs"]
        paused = await rig.press([a for a in actions_of(second) if a.label == "Pause"][1], channel=None)
        assert paused.headline == "✓ 1 (dogs) is paused in #vision."
        assert (paused.page, paused.replace, paused.error) == ((2, 2), True, False)
        assert "1 dogs · paused since 1 Dec 2025" in plain(paused)
        resumed = await rig.press(paused, "Resume", None)
        assert resumed.headline == "✓ 1 (dogs) is no longer paused in #vision."
        assert resumed.page == (2, 2) and "paused since" not in plain(resumed)

    async def test_removing_and_undoing(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await rig.type("subscribe cats", "#vision")
        removed = await rig.press(await home(rig), "Remove", None)
        assert removed.headline == "✓ #vision no longer gets papers matching cats."
        assert lines(removed) == []
        undone = await rig.press(removed, "Undo", None)
        assert undone.headline == "✓ Undone: #vision gets papers matching cats again."
        assert lines(undone) == ["1 cats"]

    async def test_editing_opens_the_form_alone_and_comes_back_afterwards(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await rig.type("subscribe cats upvotes>=20", "#vision")
        opened = await rig.press(await home(rig), "Edit", None)
        assert opened.form is not None
        assert opened.form.values == {
            "channel": "vision",
            "home-page": "1",
            "number": "1",
            "query": "cats",
            "threshold": "20",
        }
        wrong = await rig.submit("edit", {**opened.form.values, "query": "(cats"}, None)
        assert wrong.form is not None and wrong.form.values["home-page"] == "1"
        done = await rig.submit("edit", {**opened.form.values, "query": "dogs"}, None)
        assert done.headline == "✓ 1 is now dogs upvotes>=20."
        assert "1 dogs upvotes>=20" in lines(done)

    async def test_rights_are_those_in_the_channel(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await rig.type("subscribe cats")
        await rig.type("subscribe dogs", "#vision")
        rig.member("#vision")
        refused = await rig.press(
            [a for a in actions_of(await home(rig)) if a.label == "Remove"][1], channel=None
        )
        assert (refused.error, refused.headline) == (True, "Only people who can manage #vision may do that.")
        assert lines(refused) == ["1 cats", "1 dogs"]

    async def test_a_channel_that_one_has_left_meanwhile_is_not_acted_in(self, rig: Rig) -> None:
        rig.inside[ADA.id] = ("secret",)
        await rig.type("subscribe cats", "#secret")
        pause = rig.find(await home(rig), "Pause")
        rig.inside[ADA.id] = ()
        refused = await rig.press(pause, channel=None)
        assert refused.headline == "There is no channel secret that you and I can see."
        assert lines(refused) == []


class TestPosted:
    """What was posted lately, newest first."""

    async def test_titles_channels_and_moments(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await rig.type("subscribe *")
        await post(rig, paper("2512.00001", "First"))
        rig.clock.advance(HOUR)
        await post(rig, paper("2512.00002", "Second"))
        shown = await home(rig)
        assert lines(shown) == [
            "1 *",
            "Second · #ml · 1 Dec 2025, 09:00 UTC",
            "First · #ml · 1 Dec 2025, 08:00 UTC",
        ]
        assert says(shown).splitlines() == ["#ml", "Posted lately"]

    async def test_only_of_the_last_days(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await rig.type("subscribe *")
        await post(rig, paper("2512.00001", "First"))
        rig.clock.advance(8 * DAY)
        assert lines(await home(rig)) == ["1 *"]

    async def test_they_stay_when_nothing_is_subscribed_any_more(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await rig.type("subscribe *")
        await post(rig, paper("2512.00001", "First"))
        await rig.press(await rig.type("unsubscribe all"), "Remove it")
        shown = await home(rig)
        assert shown.headline == "Nothing is subscribed in your channels just now."
        assert lines(shown) == ["First · #ml · 1 Dec 2025, 08:00 UTC"]

    async def test_ten_of_each_on_a_page(self, rig: Rig) -> None:
        rig.inside[ADA.id] = HERE
        await fill(rig, 21)
        await post(rig, *(paper(f"2512.{n:05}", f"topic1 {n:02}", submitted_at=n) for n in range(13)))
        first, second, third = [await home(rig, f"home page:{n}") for n in (1, 2, 3)]
        assert [len(lines(page)) for page in (first, second, third)] == [20, 13, 1]
        assert (first.page, first.replace) == ((1, 3), True)
        assert labels(second)[-3:] == ["Subscribe…", "Previous", "Next"]
        assert (await home(rig, "home page:9")).page == (3, 3)
        assert (await rig.press(first, "Next", None)).page == (2, 3)


async def test_channels_that_are_silent_say_why(rig: Rig) -> None:
    rig.inside[ADA.id] = HERE
    await rig.type("subscribe cats")
    await rig.type("pause")
    await rig.type("subscribe dogs", "#vision")
    stored = await rig.stored("#vision")
    async with rig.database.write() as connection:
        await channels.park(connection, stored.id, "It is archived.", rig.clock.now())
    assert says(await home(rig)).splitlines() == [
        "#ml · paused since 1 Dec 2025, 08:00 UTC",
        "#vision · I cannot post there: It is archived.",
    ]


async def test_it_is_quick_with_a_thousand_channels(rig: Rig) -> None:
    await many(rig, channels_=1_000, subscribed=500, sent=60)
    rig.inside[ADA.id] = [f"c{number}" for number in range(1_000)]
    began = SystemClock().now()
    shown = await home(rig)
    assert SystemClock().now() - began < 2_000  # it takes about 150 ms
    assert shown.headline == "500 subscriptions in 500 channels of yours."
    assert len(shown.body) == 10 + 10 + 1 + 10


async def many(rig: Rig, *, channels_: int, subscribed: int, sent: int) -> None:
    """Channels, some of them subscribed, which got so many papers each over the last month."""
    now = rig.clock.now()
    given = [paper(f"2512.{number:05}", f"Paper {number}") for number in range(sent)]
    async with rig.database.write() as connection:
        await papers.put(connection, given, now)
        first = await channels.ensure(connection, place("#c0"))
        one = await subscriptions.add(connection, first.workspace_id, first.id, "cats", ADA.id, now)
        of = {"workspace_id": first.workspace_id}
        named = [of | {"key": f"c{n}", "name": f"#c{n}", "options": {}} for n in range(1, channels_)]
        await connection.execute(insert(schema.channels), named)
        keys = [f"c{number}" for number in range(channels_)]
        stored = await channels.among(connection, "chat", "W1", keys)
        same = of | {
            "number": 1,
            "query_id": one.query_id,
            "words": "cats",
            "options": {},
            "created_by": "U1",
        }
        asked = [same | {"channel_id": each.id, "created_at": now} for each in stored if each.id != first.id]
        await connection.execute(insert(schema.subscriptions), asked[: subscribed - 1])
        rows = [
            {
                "workspace_id": one.workspace_id,
                "channel_id": one.id,
                "kind": "paper",
                "subject": each.id,
                "state": "sent",
                "planned_at": now,
                "sent_at": now - place_ * DAY // 2,
            }
            for one in stored[:subscribed]
            for place_, each in enumerate(given)
        ]
        await connection.execute(insert(schema.deliveries), rows)
