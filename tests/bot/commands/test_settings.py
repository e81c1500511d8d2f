"""How a channel wants its cards."""

import pytest

from bot.chat.command import Param
from bot.chat.message import Form, Reply
from bot.chat.plain import plain
from bot.commands.settings import options
from tests.bot.commands.rig import ChatStub, OtherStub, Rig

DEFAULTS = {"zone": "UTC", "announce": "on", "style": "full"}


def lines(reply: Reply) -> list[str]:
    return [line for line in plain(reply).replace("• ", "").split("\n") if line][1:]


async def test_settings_alone_shows_what_holds_and_opens_the_form_filled_in(rig: Rig) -> None:
    reply = await rig.type("settings")
    assert reply.headline == "Settings of #ml"
    assert reply.form == Form(command="settings", values=DEFAULTS)
    assert lines(reply) == ["zone: UTC", "announce: on", "style: full", "thread: not set"]
    for again in (await rig.type("?settings"), await rig.press(reply, "Change")):
        assert again.form == reply.form


async def test_settings_are_changed_by_typing_and_noted_with_who_did_it(rig: Rig) -> None:
    reply = await rig.type("settings zone:europe/berlin announce:off style:compact thread:on")
    assert (reply.error, reply.headline) == (False, "✓ #ml has new settings.")
    assert lines(reply)[0] == "zone: UTC → Europe/Berlin"
    channel = (await rig.stored()).channel
    assert (channel.zone, channel.announce, channel.style) == ("Europe/Berlin", False, "compact")
    assert channel.options == {"thread": "on"}
    [entry] = await rig.audit()
    assert (entry.what, entry.who, entry.who_name) == ("settings", "U1", "Ada")
    assert entry.before == "settings zone:UTC announce:on style:full thread:none"
    assert entry.after == "settings zone:Europe/Berlin announce:off style:compact thread:on"


async def test_setting_what_holds_already_changes_and_notes_nothing(rig: Rig) -> None:
    reply = await rig.type("settings zone:UTC thread:none")
    assert (reply.error, reply.headline) == (False, "#ml has these settings already.")
    assert await rig.audit() == []


async def test_undo_brings_back_what_held_before(rig: Rig) -> None:
    await rig.type("settings zone:Asia/Tokyo")
    reply = await rig.type("settings zone:UTC thread:off style:no-picture")
    await rig.press(reply, "Undo")
    channel = (await rig.stored()).channel
    assert (channel.zone, channel.style, channel.options) == ("Asia/Tokyo", "full", {})


async def test_a_form_that_is_submitted_unchanged_changes_nothing(rig: Rig) -> None:
    form = (await rig.type("settings")).form
    assert form is not None
    reply = await rig.submit("settings", {**form.values, "thread": "", "publish": ""})
    assert reply.headline == "#ml has these settings already."


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("settings zone:Europe/Berln", "There is no time zone Europe/Berln. Did you mean Europe/Berlin?"),
        ("settings zone:Mars", "There is no time zone Mars. Name it as in Europe/Berlin or UTC."),
        ("settings zone:Tokio", "There is no time zone Tokio. Did you mean Asia/Tokyo?"),
        ("settings zone:xyzzy", "There is no time zone xyzzy. Name it as in Europe/Berlin or UTC."),
        ("settings announce:maybe", "announce is on or off, not “maybe”."),
        ("settings style:huge", "style is full, compact or no-picture, not “huge”."),
        ("settings thread:maybe", "thread is on, off or none, not “maybe”."),
        ("settings loud", "settings has no use for “loud”; it takes zone:…"),
    ],
)
async def test_a_wrong_setting_says_what_it_takes(rig: Rig, line: str, why: str) -> None:
    reply = await rig.type(line)
    assert reply.error
    assert reply.headline.startswith(why)
    assert await rig.audit() == []


async def test_an_option_of_another_platform_is_refused_by_name(rig: Rig) -> None:
    reply = await rig.type("settings publish:on zone:Asia/Tokyo")
    assert (reply.error, reply.headline) == (
        True,
        "publish is a setting of channels on other; this one is on chat.",
    )
    assert (await rig.stored()).channel.zone == "UTC"
    assert not (await rig.type("settings publish:on", platform="other")).error


async def test_settings_are_for_those_who_manage_the_channel(rig: Rig) -> None:
    rig.member("#vision")
    reply = await rig.type("settings channel:#vision style:compact")
    assert reply.headline == "Only people who can manage #vision may do that."


async def test_settings_of_another_channel_are_shown_and_changed_from_here(rig: Rig) -> None:
    await rig.type("settings style:compact channel:#vision")
    assert (await rig.stored("#vision")).channel.style == "compact"
    assert (await rig.stored("#ml")).channel.style == "full"
    reply = await rig.type("settings channel:#vision")
    assert reply.form is not None
    assert reply.form.values == {**DEFAULTS, "style": "compact", "channel": "#vision"}


async def test_settings_outside_of_a_channel_say_where_to_go(rig: Rig) -> None:
    assert (await rig.type("settings", channel=None)).headline == "This works only in a channel."


async def test_zones_are_suggested_by_their_name_or_city_and_ones_own_first(rig: Rig) -> None:
    async def suggested(prefix: str) -> list[str]:
        return list(await rig.commands.suggest(rig.context(tz="Asia/Tokyo"), "settings", "zone", prefix))

    assert (await suggested("europe/berl")) == ["Europe/Berlin"]
    assert "America/New_York" in await suggested("new y")
    assert (await suggested(""))[0] == "Asia/Tokyo"
    assert len(await suggested("")) == 25


def test_an_option_that_two_platforms_have_is_one_parameter() -> None:
    class Third(ChatStub):
        options = (Param(name="thread", help="threads", choices=("on", "auto"), max_length=900),)

    merged = options((ChatStub(), OtherStub(), Third()))
    assert [(one.name, one.choices, one.ask) for one in merged] == [
        ("thread", ("on", "off", "none", "auto"), True),
        ("publish", ("on", "off", "none"), True),
    ]


async def test_threads_are_offered_where_the_platform_has_them_and_off_until_somebody_wants_them(
    rig: Rig,
) -> None:
    class Threading(OtherStub):
        threads = True
        options = ()

    both = Rig(database=rig.database, clock=rig.clock, other=Threading())
    shown = await both.type("settings", platform="other")
    assert shown.form == Form(command="settings", values={**DEFAULTS, "thread": "off"})
    assert lines(shown)[-1] == "thread: off"
    same = await both.type("settings thread:off", platform="other")
    assert same.headline == "#ml has these settings already."
    reply = await both.type("settings thread:on", platform="other")
    assert lines(reply)[0] == "thread: off → on"
    assert (await both.stored(platform="other")).channel.options == {"thread": "on"}
    wrong = await both.type("settings thread:each", platform="other")
    assert wrong.error and "each" in wrong.headline


async def test_a_shared_option_takes_what_the_channels_own_platform_takes(rig: Rig) -> None:
    class Third(OtherStub):
        options = (Param(name="thread", help="threads", choices=("on", "auto")),)

    both = Rig(database=rig.database, clock=rig.clock, other=Third())
    assert not (await both.type("settings thread:off")).error
    reply = await both.type("settings thread:off", platform="other")
    assert reply.headline == "thread is on or auto here, not “off”."


async def test_an_option_that_takes_any_text_is_cleared_by_none(rig: Rig) -> None:
    class Third(OtherStub):
        options = (Param(name="tags", help="tags of cards"),)

    both = Rig(database=rig.database, clock=rig.clock, other=Third())
    await both.type("settings tags:nlp", platform="other")
    assert (await both.stored(platform="other")).channel.options == {"tags": "nlp"}
    await both.type("settings tags:none", platform="other")
    assert (await both.stored(platform="other")).channel.options == {}


async def test_the_form_asks_only_what_channels_of_that_platform_have(rig: Rig) -> None:
    command = next(command for command in rig.commands.table if command.name == "settings")
    asked = [[field.name for field in command.fields(platform)] for platform in ("chat", "other", "third")]
    own = ["zone", "announce", "style"]
    assert asked == [[*own, "thread"], [*own, "publish"], own]
