"""Slack's messages: shown letter by letter, within the limits of Block Kit, and readable."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from adapters.slack.blocks import as_line
from adapters.slack.limits import OPTION_VALUE, VALUE
from adapters.slack.render import posted, private, unfurl
from adapters.slack.text import caret_line, escape, typed
from bot.cards import headline, paper_card
from bot.chat.message import (
    Action,
    Card,
    Item,
    Link,
    Menu,
    Message,
    Para,
    Person,
    Ping,
    Pre,
    Reply,
    Span,
    When,
)
from bot.chat.samples import HOSTILE, messages
from bot.feeds.items import read_file, read_items
from bot.models import Paper
from tests.adapters.slack_blocks import RICH, kinds, refused, texts
from tests.conftest import SHARED
from tests.fakes.webhooks import nested

TITLE = "Learning_to_[MASK]: A* Search, `code` and ~tilde~ with snake_case_names"
WHY = Action(label="Why / pause…", command="why", value="why paper:2501.1")
CARD = Card(
    title=TITLE,
    url="https://example.org/p/1",
    byline="Ana Ruiz · 3 Dec",
    summary=("A *bold* claim: ", Span(text="use_these", bold=True), " [see](https://evil.example/) || x"),
    stats=("▲ 12",),
    matched=("claim",),
    thumbnail="https://cdn.example/a b (1).png",
    controls=(
        Link(label="PDF", url="https://example.org/1.pdf"),
        Link(label="Code", url="https://code.example/1"),
        WHY,
    ),
)
POST = Message(headline=f"{TITLE} · matched: claim", body=(CARD,))
DATA = SHARED / "data" / "daily_papers.jsonl.gz"


def blocks(message: Message) -> list[Any]:
    found: list[Any] = posted(message)["blocks"]
    assert refused(posted(message)) == []
    return found


def types(message: Message) -> list[str]:
    return [block["type"] for block in blocks(message)]


def said(block: Any) -> str:
    """What a block of text says."""
    return "".join(texts({"blocks": [block]}))


# A card


def test_a_card_is_its_title_facts_beside_the_picture_sentence_and_one_row_of_controls() -> None:
    title, facts, sentence, controls = blocks(POST)
    link = {"type": "link", "url": CARD.url, "text": TITLE, "style": {"bold": True}}
    assert title == {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link]}]}
    assert facts["text"] == {
        "type": "plain_text",
        "text": "Ana Ruiz · 3 Dec\n▲ 12\nmatched: claim",
        "emoji": False,
    }
    assert facts["accessory"] == {
        "type": "image",
        "image_url": "https://cdn.example/a%20b%20(1).png",
        "alt_text": TITLE,
    }
    assert said(sentence) == "A *bold* claim: use_these [see](https://evil.example/) || x"
    assert [(one["action_id"], one["text"]["text"]) for one in controls["elements"]] == [
        ("link:0", "PDF"),
        ("link:1", "Code"),
        ("do:2", "Why / pause…"),
    ]
    assert controls["elements"][2]["value"] == WHY.value


def test_a_card_without_a_picture_has_its_facts_in_small_lines_around_the_sentence() -> None:
    shown = blocks(replace(POST, body=(replace(CARD, thumbnail=None),)))
    assert [block["type"] for block in shown] == ["rich_text", "context", "rich_text", "context", "actions"]
    assert [said(shown[place]) for place in (1, 3)] == ["Ana Ruiz · 3 Dec", "▲ 12 · matched: claim"]


def test_a_card_of_which_nothing_is_known_has_no_picture_beside_nothing() -> None:
    card = Card(title="Flow", url="https://example.org/1", thumbnail="https://cdn.example/a.png")
    assert types(Message(headline="Flow", body=(card,))) == ["rich_text"]


def test_the_text_of_a_message_is_its_headline_escaped() -> None:
    payload = posted(Message(headline="<!channel> a&b", body=(CARD,)))
    assert payload["text"] == "&lt;!channel&gt; a&amp;b"
    assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)


def test_a_private_answer_says_nothing_of_previews_and_an_unfurled_card_has_blocks_alone() -> None:
    assert set(private(POST)) == {"text", "blocks"}
    assert unfurl(CARD) == {"blocks": blocks(POST)}


@pytest.mark.parametrize(
    "picture", [None, "", "data:image/png;base64,x", "cdn.example/a.png", "https://x.example/" + "a" * 3_100]
)
def test_a_picture_that_slack_would_refuse_is_left_out(picture: str | None) -> None:
    shown = posted(replace(POST, body=(replace(CARD, thumbnail=picture),)))
    assert "image" not in kinds(shown) and refused(shown) == []


def test_cards_of_one_message_are_parted_by_lines_below_the_headline() -> None:
    shown = blocks(Message(headline="2 new papers", body=(CARD, CARD)))
    assert said(shown[0]) == "2 new papers"
    assert [block["type"] for block in shown].count("divider") == 1


def test_only_pings_mention_below_the_title() -> None:
    pings = (Ping(kind="user", id="U1"), Ping(kind="group", id="S1"))
    shown = blocks(replace(POST, pings=pings))
    assert said(shown[0]) == TITLE
    assert shown[1]["elements"][0]["elements"] == [
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": " "},
        {"type": "usergroup", "usergroup_id": "S1"},
    ]


# Text


def test_a_moment_is_shown_in_the_readers_zone_and_a_person_by_name_alone() -> None:
    shown = blocks(
        Message(headline="x", body=(Para(text=(Person(id="U1", name="Ada"), " ", When(at=86_400_000))),))
    )
    person, _, moment = shown[1]["elements"][0]["elements"]
    assert person == {"type": "text", "text": "Ada"}
    assert moment == {
        "type": "date",
        "timestamp": 86_400,
        "format": "{date_short_pretty} at {time}",
        "fallback": "2 Jan 1970, 00:00 UTC",
    }


@pytest.mark.parametrize("at", [-1, 0, 10**30])
def test_no_moment_is_beyond_what_slack_knows(at: int) -> None:
    assert blocks(Message(headline="x", body=(Para(text=(When(at=at),)),)))


def test_text_stands_in_rich_text_where_plain_text_would_show_an_entity_as_a_character() -> None:
    assert as_line(("a & b < c",)) == "a & b < c"
    assert as_line(("a &lt; b",)) is None
    shown = blocks(replace(POST, body=(replace(CARD, byline="A &amp; B"),)))
    assert shown[1]["type"] == "rich_text" and said(shown[1]) == "A &amp; B"


def test_a_caret_is_shown_in_monospace() -> None:
    shown = blocks(Reply(headline="This ends after OR.", body=(Pre(text="a OR\n   ^"),), error=True))
    assert shown[1]["elements"][0]["type"] == "rich_text_preformatted"


def test_a_headline_that_only_begins_the_first_paragraph_is_not_shown_twice() -> None:
    whole = "word " * 40
    shown = blocks(Reply(headline="word word…", body=(Para(text=(whole,)),)))
    assert [said(block) for block in shown] == [whole]


def test_a_short_answer_is_not_bold_and_a_heading_is() -> None:
    alone, above = (blocks(Message(headline="x", body=body))[0] for body in ((), (Para(text=("y",)),)))
    assert "style" not in json.dumps(alone) and "bold" in json.dumps(above)


def test_a_title_stands_first_also_where_something_follows_its_card() -> None:
    shown = blocks(replace(POST, body=(CARD, Para(text=("Shared by ", Person(id="U1", name="Ada"))))))
    assert said(shown[0]) == TITLE and said(shown[-1]) == "Shared by Ada"


# Lists and controls


def act(label: str, value: str = "") -> Action:
    return Action(label=label, command="x", value=value or f"x {label}")


def items(count: int, *actions: Action, text: str = "paper") -> tuple[Item, ...]:
    return tuple(
        Item(
            text=(f"{number} ", Span(text=text, code=True)),
            actions=tuple(replace(action, value=f"{action.value} {number}") for action in actions),
        )
        for number in range(1, count + 1)
    )


def test_lines_without_actions_are_one_list() -> None:
    assert types(Message(headline="x", body=items(60))) == ["rich_text", "rich_text"]


def test_few_lines_have_their_buttons_below_them() -> None:
    assert types(Message(headline="x", body=items(2, act("Pause"), act("Edit")))) == [
        "rich_text",
        *("rich_text", "actions") * 2,
    ]


def test_each_of_many_lines_has_its_actions_behind_a_menu_at_its_end() -> None:
    shown = blocks(Message(headline="x", body=items(10, act("Edit"), act("Pause"), act("Remove"))))
    assert [block["type"] for block in shown[1:]] == ["section"] * 10
    assert shown[1]["text"]["text"] == "1 paper"
    assert [option["value"] for option in shown[3]["accessory"]["options"]] == [
        "x Edit 3",
        "x Pause 3",
        "x Remove 3",
    ]


def test_lines_of_several_lists_of_one_message_look_the_same() -> None:
    some = items(2, act("Edit"), act("Pause"))
    shown = types(Message(headline="x", body=(*some, Para(text=("#other",)), *some)))
    assert shown == ["rich_text", "section", "section", "rich_text", "section", "section"]


def test_a_line_with_a_long_value_has_buttons_also_among_many() -> None:
    several = list(items(10, act("Edit"), act("Pause")))
    several[4] = replace(several[4], actions=(act("Edit", "v" * 151), act("Pause")))
    shown = blocks(Message(headline="x", body=tuple(several)))
    assert [block["type"] for block in shown].count("actions") == 1


def test_a_line_with_a_moment_is_as_short_as_the_others() -> None:
    several = list(items(10, act("Edit"), act("Pause")))
    several[2] = replace(several[2], text=("3 a*b*", " · paused since ", When(at=86_400_000)))
    line = blocks(Message(headline="x", body=tuple(several)))[3]
    assert (line["text"]["type"], line["text"]["text"]) == ("plain_text", "3 a*b*")
    date = "<!date^86400^{date_short_pretty} at {time}|2 Jan 1970, 00:00 UTC>"
    assert line["fields"] == [{"type": "mrkdwn", "text": f"paused since {date}", "verbatim": True}]


@pytest.mark.parametrize("text", [("*by* ", When(at=0)), (When(at=0), " a"), ("a", " <b> ", When(at=0))])
def test_a_moment_among_what_may_be_markup_is_an_element_of_its_own(text: tuple[str | When, ...]) -> None:
    lines = items(10, act("Edit"), act("Pause"))
    assert "date" in kinds(
        {"blocks": blocks(Message(headline="x", body=(*lines, Item(text=text, actions=lines[0].actions))))}
    )


def test_many_lines_with_the_same_one_action_share_one_menu() -> None:
    lines = items(10, act("Why / pause…"), text="A title")
    shown = blocks(Message(headline="x", body=lines))
    assert [block["type"] for block in shown] == ["rich_text", "rich_text", "actions"]
    (menu,) = shown[2]["elements"]
    assert (menu["placeholder"]["text"], len(menu["options"])) == ("Why / pause…", 10)
    assert menu["options"][9] == {
        "text": {"type": "plain_text", "text": "10 A title", "emoji": False},
        "value": "x Why / pause… 10",
    }


def test_what_does_not_fit_is_counted() -> None:
    payload = posted(Message(headline="x", body=items(500, text="word " * 20)))
    assert refused(payload) == []
    shown = texts(payload)
    assert shown[-1] == f"and {500 - (len(shown) - 2) // 2} more"


def test_controls_stand_in_rows_of_five() -> None:
    controls = tuple(act(f"Do {number}") for number in range(7))
    rows = blocks(Message(headline="x", controls=controls))[1:]
    assert [len(row["elements"]) for row in rows] == [5, 2]


def test_a_menu_is_a_select_or_buttons_where_a_value_is_too_long_for_one() -> None:
    short, long = act("A", "a" * OPTION_VALUE), act("B", "b" * (OPTION_VALUE + 1))
    select, buttons = (
        blocks(Message(headline="x", controls=(Menu(placeholder="Pick", options=options),)))[1]["elements"]
        for options in ((short, short), (short, long))
    )
    assert [one["type"] for one in select] == ["static_select"]
    assert [one["action_id"] for one in buttons] == ["do:0", "do:1"]


def test_a_value_is_whole_or_not_there() -> None:
    whole, none = blocks(
        Message(headline="x", controls=(act("A", "a" * VALUE), act("B", "b" * (VALUE + 1))))
    )[1]["elements"]
    assert len(whole["value"]) == VALUE and "value" not in none


def test_styles_are_passed_on() -> None:
    controls = (replace(act("A"), style="primary"), replace(act("B"), style="danger"), act("C"))
    (row,) = blocks(Message(headline="x", controls=controls))[1:]
    assert [one.get("style") for one in row["elements"]] == ["primary", "danger", None]


def test_controls_and_page_are_there_however_long_the_message_is() -> None:
    shown = blocks(Message(headline="x", body=(CARD,) * 60, controls=(act("Next"),), page=(1, 3)))
    assert [said(block) for block in shown[-3:]] == ["…", "Next", "page 1 of 3"]


# Any text


def within(message: Message) -> None:
    payload = posted(message)
    assert refused(payload) == []
    rich = [block for block in payload["blocks"] if block["type"] == "rich_text"]
    assert kinds({"blocks": rich}) <= RICH
    mentions = [found for found in nested(rich) if found.get("type") in {"user", "usergroup"}]
    assert len(mentions) == len(message.pings)
    json.dumps(payload, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_every_message_around_hostile_text_is_within_the_limits(name: str) -> None:
    for message in messages(HOSTILE[name]).values():
        within(message)


@given(st.text(max_size=400), st.integers(1, 40))
@effort(max_examples=50)  # of each of the messages
def test_every_message_around_any_text_is_within_the_limits(text: str, times: int) -> None:
    for message in messages(text * times).values():
        within(message)


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=200))
def test_a_title_is_shown_as_it_was_written(title: str) -> None:
    card = replace(CARD, title=title)
    assert said(blocks(Message(headline=f"{title} · x", body=(card,)))[0]) == title


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    if not DATA.exists():
        pytest.skip("the real feed's data are not here")
    return [entry.paper for entry in read_items(read_file(DATA))]


def test_every_real_paper_is_within_the_limits_and_has_its_whole_title(papers: list[Paper]) -> None:
    for paper in papers:
        words = (paper.title.split()[0].strip('":'), "*")
        message = Message(headline=headline(paper, words), body=(paper_card(paper, words),))
        payload = posted(message)
        assert refused(payload) == [] and texts(payload)[0] == paper.title


def read_case(case: str) -> list[Paper]:
    file = SHARED / "cases" / "inputs" / case / "day.json"
    if not file.exists():
        pytest.skip("the shared inputs are not here")
    entries = json.loads(file.read_text("utf-8"))
    return [entry.paper for entry in read_items([{**entry, "day": "2025-01-07"} for entry in entries])]


def test_the_given_sentence_full_of_entities_keeps_its_match() -> None:
    for paper in read_case("18"):
        payload = posted(
            Message(headline=headline(paper, ("diffusion",)), body=(paper_card(paper, ("diffusion",)),))
        )
        assert refused(payload) == []
        bold = [one["text"] for one in nested(payload["blocks"]) if one.get("style") == {"bold": True}]
        assert bold == [paper.title, "diffusion"]


def test_the_given_title_of_markup_is_shown_as_it_is() -> None:
    for paper in read_case("19"):
        payload = posted(Message(headline=headline(paper, ()), body=(paper_card(paper),)))
        links = [one for one in nested(payload["blocks"]) if one.get("type") == "link"]
        assert [(one["text"], one["url"]) for one in links] == [(paper.title, paper.url)]
        assert "\\" not in texts(payload)[0]


def test_the_given_bad_pictures_are_left_out() -> None:
    payloads = [posted(Message(headline=one.title, body=(paper_card(one),))) for one in read_case("20")]
    assert all(refused(payload) == [] for payload in payloads)
    assert sum("image" in kinds(payload) for payload in payloads) == 1


# What people typed


@given(st.text())
def test_what_slack_escaped_is_read_as_it_was_typed(text: str) -> None:
    assert typed(escape(text)) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("upvotes&gt;=20 &amp;amp; a&lt;b", "upvotes>=20 &amp; a<b"),
        ("see <http://example.com|example.com>", "see example.com"),
        ("<http://Node.js|Node.js> <https://example.com/|example.com>", "Node.js example.com"),
        ("why <https://arxiv.org/abs/2501.1?a=1&amp;b=2>", "why https://arxiv.org/abs/2501.1?a=1&b=2"),
        ("<https://arxiv.org/abs/2501.1|https://arxiv.org/abs/2501.1>", "https://arxiv.org/abs/2501.1"),
        ("why <https://arxiv.org/abs/2501.1|World Models>", "why https://arxiv.org/abs/2501.1"),
        ("<mailto:a@b.c|a@b.c> <mailto:a@b.c>", "a@b.c a@b.c"),
        ("by <@U1|ann> or <@W2>", "by @ann or @W2"),
        ("x in <#C1|ml>", "x in channel:C1"),
        ("<#C2|> and <#C3>, please", "channel:C2 and channel:C3 , please"),
        ('-<#C1|ml> "<#C2|>"', '-#ml "#C2"'),
        ("list channel:<#C1|ml>", "list channel:C1"),
        ("x ping:<!subteam^S1|@nlp> y", "x ping:S1 y"),
        ("x PING:<@U1>", "x PING:U1"),
        ("<!subteam^S1|@nlp> <!subteam^S2>", "@nlp @S2"),
        ("<!here> <!channel|@channel> <!everyone>", "@here @channel @everyone"),
        ("title:<#C1|ml>", "title:#ml"),
        ("a <b> c <", "a <b> c <"),
    ],
)
def test_what_slack_rewrote_is_read_as_it_was_typed(text: str, read: str) -> None:
    assert typed(text) == read


@pytest.mark.parametrize(
    ("pre", "line"),
    [
        ("title:diffusion OR\n                 ^", "title:diffusion ▸OR◂"),
        ("diffusion OR \n             ^", "diffusion OR ▸here◂"),
        ("flow or x\n     ^", "flow ▸or◂ x"),
        ("\n^", "▸here◂"),
        ("no caret", ""),
        ("a\nb\n^", ""),
    ],
)
def test_a_caret_in_one_line_marks_the_word(pre: str, line: str) -> None:
    assert caret_line(pre) == line
