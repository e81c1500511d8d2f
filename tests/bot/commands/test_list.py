"""`list`: what a channel gets, and why nothing comes where nothing does."""

from bot.chat.message import Message
from bot.chat.plain import plain
from bot.store import channels, subscriptions
from tests.bot.commands.rig import ADA, Rig, actions_of, paper


def labels(message: Message) -> list[str]:
    return [action.label for action in actions_of(message)]


async def fill(rig: Rig, count: int) -> None:
    """Subscribe #ml to `count` queries."""
    stored = await rig.stored()
    async with rig.database.write() as connection:
        for number in range(1, count + 1):
            await subscriptions.add(
                connection, stored.workspace_id, stored.id, f"topic{number}", ADA.id, rig.clock.now()
            )


async def test_each_subscription_stands_with_its_rate_and_buttons(rig: Rig) -> None:
    await rig.fill()
    await rig.store(*(paper(f"2512.{n:05}", "A world model") for n in range(14)))
    await rig.type('subscribe "world model"')
    reply = await rig.type("list")
    assert plain(reply) == '#ml has 1 subscription.\n\n• 1 "world model" · about 3 a week'
    assert labels(reply) == ["Edit", "Pause", "Remove"]


async def test_a_rate_names_the_days_that_it_rests_on_where_those_are_few(rig: Rig) -> None:
    await rig.type("subscribe *")
    assert plain(await rig.type("list")) == "#ml has 1 subscription.\n\n• 1 *"
    await rig.store(paper("2511.00001"), paper("2511.00002"), ago=1)
    assert plain(await rig.type("list")).splitlines()[2:] == [
        "How often, in the 2 days I have so far:",
        "",
        "• 1 * · about 1 a day",
    ]


async def test_an_empty_channel_is_told_how_to_begin(rig: Rig) -> None:
    reply = await rig.type("ls")
    assert reply.headline == (
        'Nothing is subscribed in #ml yet. Tell me a topic, e.g. /papers subscribe "diffusion model"'
    )
    assert labels(reply) == ["Subscribe…"]


async def test_everybody_may_look_and_only_managers_press(rig: Rig) -> None:
    await rig.type("subscribe cats")
    rig.member()
    reply = await rig.type("list")
    assert labels(reply) == ["Edit", "Pause", "Remove"]
    assert (await rig.press(reply, "Remove")).headline == "Only people who can manage #ml may do that."


async def test_the_edit_button_opens_the_form_as_it_is(rig: Rig) -> None:
    await rig.type("subscribe cats")
    form = (await rig.press(await rig.type("list"), "Edit")).form
    assert form is not None
    assert (form.command, form.values) == ("edit", {"number": "1", "query": "cats"})


async def test_paused_ones_say_since_when_and_can_be_resumed(rig: Rig) -> None:
    await rig.type("subscribe cats")
    await rig.press(await rig.type("list"), "Pause")
    reply = await rig.type("list")
    assert "1 cats · paused since 1 Dec 2025, 08:00 UTC" in plain(reply)
    assert labels(reply) == ["Edit", "Resume", "Remove"]
    await rig.press(reply, "Resume")
    assert "paused" not in plain(await rig.type("list"))


async def test_a_paused_channel_says_so(rig: Rig) -> None:
    await rig.type("subscribe cats")
    await rig.type("pause")
    reply = await rig.type("list")
    assert "#ml is paused since 1 Dec 2025, 08:00 UTC. To go on: /papers resume" in plain(reply)
    assert labels(reply)[-1] == "Resume"


async def test_a_channel_that_cannot_be_reached_says_why_and_what_to_do(rig: Rig) -> None:
    await rig.type("subscribe cats")
    stored = await rig.stored()
    async with rig.database.write() as connection:
        await channels.park(connection, stored.id, "It is archived.", rig.clock.now())
    assert (
        "I cannot post here since 1 Dec 2025, 08:00 UTC: It is archived. What waits is kept for 7 days. "
        "Once that is mended: /papers check"
    ) in plain(await rig.type("list"))


async def test_ten_stand_on_a_page(rig: Rig) -> None:
    await fill(rig, 21)
    first = await rig.type("list")
    assert (first.page, first.replace) == ((1, 3), False)
    assert "• 10 topic10" in plain(first)
    assert "• 11 topic11" not in plain(first)
    second = await rig.press(first, "Next")
    assert (second.page, second.replace) == ((2, 3), True)
    last = await rig.type("list page:9")
    assert last.page == (3, 3)
    assert labels(last)[-1] == "Previous"


async def test_the_list_to_remove_from_turns_its_own_pages(rig: Rig) -> None:
    await fill(rig, 11)
    second = await rig.press(await rig.type("unsubscribe"), "Next")
    assert labels(second) == ["Remove", "Previous"]


async def test_another_channel_can_be_named(rig: Rig) -> None:
    await rig.type("subscribe cats", "#vision")
    reply = await rig.type("list channel:#vision")
    assert reply.headline == "#vision has 1 subscription."
    await rig.press(reply, "Remove")
    assert (await rig.type("list", "#vision")).headline.startswith("Nothing is subscribed in #vision yet.")
