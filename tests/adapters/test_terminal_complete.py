"""What a typed line means, and what Tab offers for one that is being typed."""

import pytest

from adapters.terminal.complete import Offer, Question, Table
from adapters.terminal.receive import Help, Intent, Join, Press, Quit, Typed, Unknown, meant, place
from tests.adapters.terminal_stage import FEED_ADD, HELP, SETTINGS, SHOW, SUBSCRIBE

TABLE = Table(
    word="papers",
    commands=(FEED_ADD, SUBSCRIBE, SETTINGS, HELP, SHOW),
    channels=("#general", "#vision"),
)


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("", None),
        ("  ", None),
        ("/papers subscribe diffusion", Typed("subscribe diffusion")),
        ("/Papers  list ", Typed("list")),
        ("/papers", Typed("")),
        ("subscribe diffusion", Typed("subscribe diffusion")),
        ("/subscribe diffusion", Typed("/subscribe diffusion"[1:])),
        ("world models", Typed("world models")),
        ("7", Press(7)),
        ("[12]", Press(12)),
        ("7 papers", Typed("7 papers")),
        ("9" * 30, Typed("9" * 30)),
        ("/join #vision", Join("#vision")),
        ("/join", Join("")),
        ("/help query", Help("query")),
        ("/quit", Quit()),
        ("exit", Quit()),
        ("/", Unknown("")),
        ("/jion #vision", Unknown("jion")),
        ("٣", Typed("٣")),
    ],
)
def test_a_line_means(line: str, intent: Intent | None) -> None:
    assert meant(line, word="papers", names={"subscribe", "settings"}) == intent


@pytest.mark.parametrize(
    ("name", "platform", "workspace", "shown"),
    [
        ("#vision", "terminal", "local", "#vision"),
        ("Vision", "terminal", "local", "#vision"),
        ("webhook:ml", "webhook", "webhook", "ml"),
    ],
)
def test_a_channel_is_named_as_here_or_by_its_platform(
    name: str, platform: str, workspace: str, shown: str
) -> None:
    channel = place(name)
    assert channel is not None
    assert (channel.key.platform, channel.key.workspace, channel.name) == (platform, workspace, shown)


@pytest.mark.parametrize("name", ["", "#", "#two words", "a:b c", ":x", "x:", "#\x1b[2J", "#" + "x" * 100])
def test_what_is_no_name_of_a_channel_is_none(name: str) -> None:
    assert place(name) is None


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("/", ["/papers ", "/join ", "/help ", "/quit"]),
        ("/pa", ["/papers "]),
        ("/papers ", ["subscribe ", "settings ", "help ", "feed add "]),  # unlisted ones last
        ("/papers s", ["subscribe ", "settings "]),
        ("/papers SUB", ["subscribe "]),
        ("sett", ["settings "]),
        ("/papers feed", ["feed add "]),
        ("/join #v", ["#vision"]),
        ("/papers settings ", ["style:", "zone:"]),
        ("/papers settings style:full ", ["zone:"]),
        ("/papers settings style:c", ["compact "]),
        ("/papers subscribe ch", ["channel:"]),
        ("/papers sh", []),  # buttons type it
        ("/nonsense ", []),
    ],
)
def test_tab_offers(line: str, completed: list[str]) -> None:
    assert [offer.text for offer in TABLE.offers(line) if isinstance(offer, Offer)] == completed


@pytest.mark.parametrize(
    ("line", "param", "prefix", "replaces"),
    [
        ("/papers subscribe diffusion mo", "query", "diffusion mo", 12),
        ("subscribe ", "query", "", 0),
        ("/papers subscribe channel:#ml world", "query", "world", 5),
        ("/papers subscribe channel:#m", "channel", "#m", 2),
        ('/papers subscribe channel:"#two w', "channel", "#two w", 7),
    ],
)
def test_the_core_is_asked_for_values(line: str, param: str, prefix: str, replaces: int) -> None:
    (question,) = [offer for offer in TABLE.offers(line) if isinstance(offer, Question)]
    assert (question.param, question.prefix, question.replaces) == (param, prefix, replaces)


def test_a_suggested_value_with_spaces_is_quoted_only_behind_a_name() -> None:
    named, free = (
        Question(command="subscribe", param="x", prefix="", replaces=0, quoted=quoted)
        for quoted in (True, False)
    )
    assert named.offer("two words").text == '"two words"'
    assert free.offer("two words").text == "two words"


def test_nothing_is_suggested_where_a_named_value_parts_the_free_words() -> None:
    assert not [o for o in TABLE.offers("subscribe a channel:#ml b") if isinstance(o, Question)]


def test_of_a_choice_the_core_is_not_asked_too() -> None:
    assert all(isinstance(offer, Offer) for offer in TABLE.offers("/papers settings style:"))
