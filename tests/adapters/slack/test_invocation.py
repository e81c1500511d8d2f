"""What Slack's payloads say: who did something, where, and whether it is for the bot."""

from typing import Any

import pytest

from adapters.slack.invocation import Invocation, is_ours, line_of, of_action, of_command, of_event

BOT = "UBOT"
EVENT = {"type": "app_mention", "user": "U1", "channel": "C1", "text": "<@UBOT> list"}
PRESS = {"user": {"id": "U1", "team_id": "T1"}, "channel": {"id": "C1", "name": "ml"}, "container": {}}


def event(**more: Any) -> dict[str, Any]:
    """An event as it comes of a channel that nobody shares, or with `more` in it."""
    return {"event": {**EVENT, **more}, "is_ext_shared_channel": False}


SPOKEN_TO = {
    "<@UBOT> list": "list",
    "  <@UBOT>   list  ": "list",
    "<@UBOT|paperboy> list": "list",
    "<@UBOT>: list": "list",
    "<@UBOT>, list": "list",
    "Hey <@UBOT> list": "list",
    "hello, <@UBOT> list": "list",
    "<@UBOT>": "",
    "<@UBOT>list": "list",
    "<@UBOT> subscribe &lt;think&gt; &amp;amp;": "subscribe <think> &amp;",
    "<@UBOT> subscribe x channel:<#C2|vision>": "subscribe x channel:C2",
    "<@UBOT> subscribe x\ny": "subscribe x\ny",
}
SPOKEN_OF = (
    "",
    "list",
    "ask <@UBOT> to list",
    "thanks <@UBOT>",
    "<@UBOT2> list",
    "<@U1> <@UBOT> list",
    "&lt;@UBOT&gt; list",
    "<!here> <@UBOT> list",
)


@pytest.mark.parametrize(("text", "line"), SPOKEN_TO.items())
def test_a_line_behind_the_bots_name_is_for_it(text: str, line: str) -> None:
    assert line_of(text, BOT) == line


@pytest.mark.parametrize("text", SPOKEN_OF)
def test_what_only_speaks_of_the_bot_is_none_of_its_business(text: str) -> None:
    assert line_of(text, BOT) is None


@pytest.mark.parametrize(
    ("more", "heard"),
    [
        ({}, True),
        ({"subtype": "file_share"}, True),
        ({"subtype": "thread_broadcast", "thread_ts": "1.2"}, True),
        ({"subtype": "channel_join"}, False),
        ({"subtype": "message_changed"}, False),
        ({"subtype": "message_deleted"}, False),
        ({"subtype": "bot_message", "bot_id": "B1"}, False),
        ({"bot_id": "B1"}, False),
        ({"edited": {"user": "U1", "ts": "1.2"}}, False),
        ({"user": "USLACKBOT"}, False),
        ({"user": None}, False),
    ],
)
def test_only_what_people_say_and_say_anew_is_heard(more: dict[str, Any], heard: bool) -> None:
    assert is_ours({**EVENT, **more}) is heard


@pytest.mark.parametrize(
    ("body", "stranger"),
    [
        (event(), False),
        (event(team="T9"), False),  # another workspace of the organisation, in a channel inside of it
        ({**event(user_team="T1", team="T1"), "is_ext_shared_channel": True}, False),
        ({**event(team="T1"), "is_ext_shared_channel": True}, False),
        ({**event(user_team="T2", team="T1"), "is_ext_shared_channel": True}, True),
        ({**event(team="T2"), "is_ext_shared_channel": True}, True),
        ({**event(user_team="E2"), "is_ext_shared_channel": True}, True),
        ({**event(), "is_ext_shared_channel": True}, True),
        (
            {
                **event(user_team="E1"),
                "is_ext_shared_channel": True,
                "authorizations": [{"enterprise_id": "E1", "team_id": "T1"}],
            },
            False,
        ),
        (
            {
                **event(user_team=None, team=None),
                "is_ext_shared_channel": True,
                "authorizations": [{"enterprise_id": None, "team_id": "T1"}],
            },
            True,
        ),
    ],
)
def test_who_speaks_in_a_shared_channel_is_a_stranger_unless_it_is_known_better(
    body: dict[str, Any], stranger: bool
) -> None:
    assert of_event(body, "T1").stranger is stranger


@pytest.mark.parametrize(
    ("team", "enterprise", "stranger"),
    [("T1", None, False), (None, None, False), ("T2", None, True), ("E1", "E1", False), ("E2", "E1", True)],
)
def test_who_presses_from_another_workspace_is_a_stranger(
    team: str | None, enterprise: str | None, stranger: bool
) -> None:
    org = {"id": enterprise} if enterprise else None
    body = {**PRESS, "user": {"id": "U1", "team_id": team}, "enterprise": org}
    assert of_action(body, "T1").stranger is stranger


@pytest.mark.parametrize(
    ("name", "ephemeral", "member"),
    [
        ("ml", False, False),
        ("ml", True, False),  # who only looks at a public channel is answered to alone, too
        ("privategroup-ideas", False, False),  # a public channel that somebody called so
        ("privategroup", False, True),
        ("mpdm-ann--ben-1", False, True),
        ("directmessage", False, True),
    ],
)
def test_a_press_shows_a_member_only_where_nobody_else_can_look(
    name: str, ephemeral: bool, member: bool
) -> None:
    body = {**PRESS, "channel": {"id": "C1", "name": name}, "container": {"is_ephemeral": ephemeral}}
    assert of_action(body, "T1").member is member


def test_what_has_no_name_of_its_own_is_called_by_none() -> None:
    command = {"team_id": "T1", "user_id": "U1", "channel_id": "C1"}
    names = {
        "ml": "#ml",
        "privategroups": "#privategroups",
        "privategroup": "",
        "directmessage": "",
        "mpdm-ann--ben-1": "",
        "": "",
    }
    for name, shown in names.items():
        assert of_command({**command, "channel_name": name}).channel_name == shown


def test_a_view_remembers_where_it_was_opened() -> None:
    at = Invocation(
        team="T1",
        user="U1",
        channel="D1",
        channel_name="#ml",
        member=True,
        response_url="https://hooks.slack.com/1",
        thread="1.2",
        alone=True,
        home=True,
    )
    later = Invocation(team="T1", user="U1", view="V1")
    assert later.at(at.place) == Invocation(
        team="T1",
        user="U1",
        view="V1",
        channel="D1",
        channel_name="#ml",
        was_member=True,
        response_url="https://hooks.slack.com/1",
        thread="1.2",
        alone=True,
        home=True,
    )
    assert later.at("") == later
