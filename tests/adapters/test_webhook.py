"""The webhook adapter keeps every promise of the port, in each shape, and shows text as it was written."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from adapters.webhook import discord, slack
from adapters.webhook.adapter import NAME, WebhookAdapter
from adapters.webhook.errors import GONE, REFUSED, raise_for
from adapters.webhook.limits import TIMEOUT
from adapters.webhook.render import render
from adapters.webhook.settings import Hook, WebhookSettings
from bot.chat.contract import HTTP_FAULTS, AdapterContract, Fault, MemoryHost, Rig
from bot.chat.errors import ChannelUnreachable, MessageRefused, RateLimited
from bot.chat.http import Answer
from bot.chat.message import Action, Card, Item, Link, Message, Para, Pre, Span, When
from bot.chat.places import elsewhere
from bot.chat.plain import harmless
from bot.chat.samples import HOSTILE, messages
from bot.clock import SystemClock
from bot.models import Channel, ChannelKey
from bot.settings import SettingsError, load
from tests.fakes.clock import START, FakeClock
from tests.fakes.webhooks import CHECKS, TOKEN, WebhookServer, nested

SHAPES = ("json", "slack", "discord")
TITLE = "Learning_to_[MASK]: A* Search, `code` and ~tilde~ with snake_case_names"
CARD = Card(
    title=TITLE,
    url="https://example.org/p/1",
    byline="Ana Ruiz",
    summary=("A *bold* claim: ", Span(text="use_these", bold=True), " [see](https://evil.example/) || x"),
    stats=("▲ 12",),
    matched=("claim",),
    thumbnail="https://cdn.example/a b (1).png",
    controls=(Link(label="PDF", url="https://example.org/1.pdf"), Action(label="Why", command="why")),
)
POST = Message(headline=f"{TITLE} · matched: claim", body=(CARD,))


def settings(urls: str) -> WebhookSettings:
    return load(WebhookSettings, urls=urls, _env_file=None)


def hook(shape: str) -> Hook:
    return settings(f"ml={shape}+https://hooks.example/{TOKEN}").urls[0]


class WebhookRig(Rig):
    """A webhook and the server behind it."""

    secrets = (TOKEN,)

    def __init__(self, server: WebhookServer, adapter: WebhookAdapter, channel: Channel) -> None:
        self.server, self.adapter, self.channel = server, adapter, channel

    def accepted(self) -> Sequence[object]:
        return self.server.taken

    def tries(self) -> int:
        return self.server.requests

    async def fail(self, fault: Fault) -> None:
        await self.server.fail(fault)

    async def mend(self) -> None:
        await self.server.up()

    async def connections(self) -> int:
        await self.server.closed()
        return len(self.server.connected())


@asynccontextmanager
async def webhook_rig(shape: str, patience: timedelta = TIMEOUT) -> AsyncIterator[WebhookRig]:
    async with WebhookServer() as server:
        wanted = settings(server.address(shape))
        adapter = WebhookAdapter(wanted, MemoryHost(), SystemClock(), timeout=patience)
        async with adapter:
            yield WebhookRig(server, adapter, elsewhere(NAME, wanted.urls[0].name))


class TestJson(AdapterContract):
    """Our own shape."""

    faults = HTTP_FAULTS

    def rig(self) -> Any:
        return webhook_rig("json", self.patience)


class TestSlackShape(AdapterContract):
    """What Slack's incoming webhooks take."""

    faults = HTTP_FAULTS - {Fault.GARBLED}  # any body goes with a 200

    def rig(self) -> Any:
        return webhook_rig("slack", self.patience)


class TestDiscordShape(AdapterContract):
    """What Discord's webhooks take."""

    faults = HTTP_FAULTS

    def rig(self) -> Any:
        return webhook_rig("discord", self.patience)


# What is posted


async def posted(shape: str, message: Message) -> Any:
    async with webhook_rig(shape) as rig:
        await rig.adapter.post(rig.channel, message, idempotency_key="batch-1")
        return rig.server.taken[0]


@pytest.mark.parametrize("shape", SHAPES)
async def test_every_post_carries_its_key(shape: str) -> None:
    assert (await posted(shape, POST)).headers["Idempotency-Key"] == "batch-1"


async def test_our_own_shape_holds_the_card_in_plain_text() -> None:
    payload = (await posted("json", POST)).payload
    assert (payload["version"], payload["key"], payload["channel"]) == (1, "batch-1", "ml")
    assert payload["blocks"] == [
        {
            "type": "card",
            "title": TITLE,
            "url": "https://example.org/p/1",
            "byline": "Ana Ruiz",
            "summary": "A *bold* claim: use_these [see](https://evil.example/) || x",
            "stats": "▲ 12 · matched: claim",
            "matched": ["claim"],
            "thumbnail": "https://cdn.example/a%20b%20(1).png",
            "links": [{"label": "PDF", "url": "https://example.org/1.pdf"}],
        }
    ]


async def test_discord_is_asked_to_tell_whether_it_took_the_message_and_to_ping_nobody() -> None:
    received = await posted("discord", POST)
    assert received.query == {"wait": "true"}
    assert received.payload["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_has_to_be_pressed_is_left_out(shape: str) -> None:
    assert "Why" not in json.dumps(render(POST, hook(shape), key="k", zone="UTC"))


# Slack's shape


def slack_text(payload: Any) -> str:
    return "".join(part["text"] for part in nested(payload["blocks"]) if part.get("type") in {"text", "link"})


def test_slack_shows_text_letter_by_letter() -> None:
    payload: Any = slack.render(POST)
    shown = slack_text(payload)
    assert shown.startswith(
        f"{TITLE}\nAna Ruiz\nA *bold* claim: use_these [see](https://evil.example/) || x\n▲ 12"
    )
    assert {"type": "link", "url": CARD.url, "text": TITLE, "style": {"bold": True}} in list(
        nested(payload["blocks"])
    )
    assert payload["blocks"][1]["image_url"] == "https://cdn.example/a%20b%20(1).png"
    assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)


def test_slacks_notification_is_escaped_and_mentions_nobody() -> None:
    assert slack.render(Message(headline="<!channel> a&b"))["text"] == "&lt;!channel&gt; a&amp;b"


def test_no_element_of_slack_is_a_mention_or_markup() -> None:
    for text in HOSTILE.values():
        payload: Any = slack.render(messages(text)["card"])
        kinds = {part["type"] for part in nested(payload["blocks"]) if "type" in part}
        assert kinds <= {"rich_text", "rich_text_section", "text", "link", "image", "date"}


def test_the_same_card_twice_is_shown_twice() -> None:
    card = Card(title="Flow", url="https://example.org/1")
    payload: Any = slack.render(Message(headline="2 new papers", body=(card, card)))
    assert slack_text(payload) == "2 new papersFlowFlow"


def test_a_list_is_one_block_of_slack_and_a_headline_stands_above_it() -> None:
    items = tuple(Item(text=(f"paper {number}",)) for number in range(60))
    payload: Any = slack.render(Message(headline="60 new papers", body=items))
    assert [block["elements"][0]["type"] for block in payload["blocks"]] == [
        "rich_text_section",
        "rich_text_list",
    ]
    assert len(payload["blocks"][1]["elements"][0]["elements"]) == 60


# Discord's shape


def read(markup: str) -> str:
    """What Discord shows of text without links: escapes taken off."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", markup)


def test_a_title_of_discord_stands_as_its_author_wrote_it_and_is_linked() -> None:
    embed: Any = discord.render(POST)["embeds"]
    assert (embed[0]["title"], embed[0]["url"]) == (TITLE, CARD.url)
    assert embed[0]["thumbnail"] == {"url": "https://cdn.example/a%20b%20(1).png"}
    assert embed[0]["description"] == (
        "Ana Ruiz\nA \\*bold\\* claim: **use\\_these** \\[see\\](https\\://evil.example/) \\|\\| x\n"
        "▲ 12 · matched: claim\n[PDF](https://example.org/1.pdf)"
    )


@given(st.text())
def test_discord_shows_text_as_it_was_written(text: str) -> None:
    assert read(discord.escape(harmless(text))) == harmless(text)


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("# one\n> two\n- three\n1. four\n -# five", "\\# one\n\\> two\n\\- three\n1\\. four\n \\-# five"),
        ("a - b > c # d 1.5", "a - b > c # d 1.5"),
        ("@everyone <@1> <#2> <t:0> :smile: a: b", "\\@everyone \\<@1> \\<#2> \\<t:0> \\:smile: a: b"),
        (r"back\slash", r"back\\slash"),
    ],
)
def test_discord_reads_no_markup_in_foreign_text(text: str, markup: str) -> None:
    assert discord.escape(text) == markup


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("World Models: at scale", "[World Models: at scale](https://example.org/(x))"),
        ("snake_case", "snake\\_case ([link](https://example.org/(x)))"),
        ("see https://evil.example", "see https\\://evil.example ([link](https://example.org/(x)))"),
    ],
)
def test_a_link_whose_text_would_be_markup_stands_behind_it(text: str, markup: str) -> None:
    item = Item(text=(Span(text=text, url="https://example.org/(x)"),))
    embeds: Any = discord.render(Message(headline="h", body=(item,)))["embeds"]
    assert embeds[0]["description"] == "• " + markup.replace("(x)", "%28x%29")


def test_other_blocks_share_an_embed_of_discord() -> None:
    body = (Para(text=("Since ", When(at=60_000), Span(text=" now ", bold=True))), Pre(text="a```b\n^"), CARD)
    embeds: Any = discord.render(Message(headline="h", body=body, page=(1, 3)))["embeds"]
    assert embeds[0] == {"description": "Since <t:60:f> **now** \n```\na`\u200b``b\n^\n```"}
    assert embeds[1]["title"] == TITLE
    assert embeds[2] == {"description": "page 1 of 3"}


def test_more_cards_than_discord_has_embeds_lose_no_title() -> None:
    cards = tuple(Card(title=f"paper {number}", url="https://example.org") for number in range(15))
    payload = json.dumps(discord.render(Message(headline="15 papers", body=cards)))
    assert all(f"paper {number}" in payload for number in range(15))


# Limits for any text


@pytest.mark.parametrize("shape", SHAPES)
@effort(deadline=None, max_examples=50)
@given(
    text=st.text(alphabet=st.one_of(st.characters(), st.sampled_from("*_`<&|\n ")), max_size=200),
    times=st.integers(1, 30),
)
def test_every_shape_stays_within_its_limits(shape: str, text: str, times: int) -> None:
    for message in messages(text * times).values():
        payload = render(message, hook(shape), key="k", zone="UTC")
        assert list(CHECKS[shape](payload)) == []
        json.dumps(payload, ensure_ascii=False).encode()


@pytest.mark.parametrize("shape", SHAPES)
@effort(deadline=None, max_examples=30)
@given(count=st.integers(4, 300), length=st.integers(1, 300), mark=st.sampled_from("x_ é<"))
def test_of_a_long_list_whole_titles_are_shown_and_the_others_counted(
    shape: str, count: int, length: int, mark: str
) -> None:
    titles = [f"t{number}t".ljust(length - 1, mark) + "." for number in range(count)]
    items = tuple(Item(text=(Span(text=title, url="https://example.org/p/1"),)) for title in titles)
    payload: Any = render(Message(headline=f"{count} papers", body=items), hook(shape), key="k", zone="UTC")
    assert list(CHECKS[shape](payload)) == []
    text = shown(shape, payload)
    whole = sum(title in text for title in titles)
    counted = re.search(r"and (\d+) more +on .*https://huggingface.co/papers\b", text)
    assert whole + (int(counted[1]) if counted else 0) == count
    assert len(re.findall(r"\bt\d+t", text)) == whole and (whole or length > 200)


def shown(shape: str, payload: Any) -> str:
    """All that a person reads in the blocks, with addresses."""
    match shape:
        case "slack":
            parts = list(nested(payload["blocks"]))
            return " ".join(f"{part.get('text', '')} {part.get('url', '')}" for part in parts)
        case "discord":
            return read("\n".join(embed["description"] for embed in payload["embeds"]))
    return str(payload["text"])


def test_rendered_payloads_fit_discords_own_description() -> None:
    jsonschema: Any = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    path = Path(__file__).resolve().parents[2].parent / "shared/specs/discord_openapi.json"
    if not path.exists():
        pytest.skip("the API description is not here")
    described = json.loads(path.read_text("utf-8"))
    schema = {**described, "$ref": "#/components/schemas/IncomingWebhookRequestPartial"}
    for text in HOSTILE.values():
        for message in messages(text).values():
            jsonschema.validate(discord.render(message), schema)


# Errors


@pytest.mark.parametrize("status", sorted(GONE))
def test_a_webhook_that_is_gone_says_what_to_do(status: int) -> None:
    with pytest.raises(ChannelUnreachable) as caught:
        raise_for(Answer(status=status, headers={}, body=b""), "ml", START)
    assert "webhook ml" in caught.value.reason
    assert "WEBHOOK_URLS" in caught.value.reason


@pytest.mark.parametrize("status", sorted(REFUSED))
def test_a_message_that_is_refused_names_the_code(status: int) -> None:
    with pytest.raises(MessageRefused, match=rf"HTTP {status}, invalid_blocks"):
        raise_for(Answer(status=status, headers={}, body=b"invalid_blocks"), "ml", START)


@pytest.mark.parametrize("status", [402, 409, 418, 451, 304, 100])
def test_an_answer_that_nobody_documents_parks_and_loses_nothing(status: int) -> None:
    with pytest.raises(ChannelUnreachable, match=str(status)):
        raise_for(Answer(status=status, headers={}, body=b"..."), "ml", START)


def test_a_forum_asks_for_a_thread_and_not_for_another_message() -> None:
    with pytest.raises(ChannelUnreachable, match="thread_id"):
        raise_for(Answer(status=400, headers={}, body=b'{"code": 220001}'), "ml", START)


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("1", b'{"code":20028,"retry_after":1163.097,"global":false}', 1163.097),
        ("30", b'{"retry_after": 2}', 30),
        ("12", b"slow down", 12),
        ("Mon, 01 Dec 2025 08:02:00 GMT", b"", 120),
        ("", b"", 1),
        ("-5", b'{"retry_after": "soon"}', 1),
        ("nan", b'{"retry_after": NaN}', 1),
        ("Mon, 01 Dec 2025 07:00:00 GMT", b"[]", 1),
    ],
)
def test_the_longer_wait_of_header_and_body_is_kept(header: str, body: bytes, seconds: float) -> None:
    with pytest.raises(RateLimited) as caught:
        raise_for(Answer(status=429, headers={"Retry-After": header}, body=body), "ml", START)
    assert (caught.value.after, caught.value.scope) == (seconds, "channel")


def test_a_limit_of_the_whole_bot_is_told_as_one() -> None:
    with pytest.raises(RateLimited) as caught:
        raise_for(Answer(status=429, headers={}, body=b'{"retry_after": 2, "global": true}'), "ml", START)
    assert caught.value.scope == "bot"


async def test_a_webhook_that_is_no_longer_set_is_a_problem_that_a_person_can_mend() -> None:
    adapter = WebhookAdapter(settings(""), MemoryHost(), FakeClock())
    missing = Channel(key=ChannelKey(platform="webhook", workspace="webhook", id="old"), name="old")
    assert [problem.fix for problem in await adapter.check(missing)] == [
        "Add it to WEBHOOK_URLS, as name=address, and start the bot again."
    ]
    with pytest.raises(ChannelUnreachable, match="no webhook called old"):
        await adapter.post(missing, POST, idempotency_key="k")


async def test_a_start_says_of_no_webhook_that_it_can_be_reached() -> None:
    host = MemoryHost()
    async with WebhookAdapter(settings("ml=https://hooks.example/1"), host, FakeClock()):
        assert host.channels == {}


# Settings


@pytest.mark.parametrize(
    ("address", "shape"),
    [
        ("https://hooks.slack.com/services/T/B/x", "slack"),
        ("https://hooks.slack-gov.com/services/T/B/x", "slack"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("https://PTB.discord.com/api/webhooks/1/x", "discord"),
        ("https://hooks.example/x", "json"),
        ("http://192.168.0.7:8065/hooks/x", "json"),
        ("slack+http://192.168.0.7:8065/hooks/x", "slack"),
        ("discord+https://proxy.example/x", "discord"),
        ("JSON+https://discord.com/api/webhooks/1/x", "json"),
    ],
)
def test_the_shape_is_that_of_the_host_unless_it_is_given(address: str, shape: str) -> None:
    assert settings(f"ml={address}").urls[0].shape == shape


@pytest.mark.parametrize(
    "urls",
    ["a=https://h.example/1, b=https://h.example/2", '["a=https://h.example/1", "b=https://h.example/2"]'],
)
def test_webhooks_are_a_list_of_names_and_addresses(urls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_URLS", urls)
    read = load(WebhookSettings, _env_file=None)
    assert ([hook.name for hook in read.urls], read.configured) == (["a", "b"], True)


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        (f"https://hooks.example/{TOKEN}", "entry 1 is no webhook"),
        (f"a=https://h.example/1,b=ftp://h.example/{TOKEN}", "entry 2 is no webhook"),
        (f"a=https:///{TOKEN}", "entry 1 is no webhook"),
        (f"a=xml+https://h.example/{TOKEN}", "a: there is no shape xml"),
        (f"a=https://h.example/{TOKEN},a=https://h.example/2", "a is named twice"),
        (f'["a=https://h.example/{TOKEN}"', "WEBHOOK_URLS"),
    ],
)
def test_a_wrong_setting_is_named_without_its_secret(urls: str, told: str) -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_URLS") as caught:
        settings(urls)
    assert told in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_no_webhook_is_no_adapter() -> None:
    assert not settings("").configured


def test_the_settings_show_no_secret_and_know_which_they_are() -> None:
    read = settings(f"ml=https://hooks.example/{TOKEN}")
    assert TOKEN not in repr(read) + str(read.urls)
    assert f"/{TOKEN}" in read.secrets


# The page


def test_the_page_shows_the_json_that_is_posted() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/adapters.md").read_text("utf-8")
    found = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert found
    card = Card(
        title="World Models at Scale",
        url="https://huggingface.co/papers/2501.99001",
        byline="Ana Ruiz, Bo Lin · 3 Dec",
        summary=("We train ", Span(text="world models", bold=True), "."),
        stats=("▲ 12",),
        matched=("world model",),
        controls=(
            Link(label="PDF", url="https://arxiv.org/pdf/2501.99001"),
            Action(label="Why", command="why"),
        ),
    )
    headline = "World Models at Scale · matched: world model"
    message = Message(headline=headline, body=(card,), topics=("world model",))
    assert json.loads(found[1]) == render(message, hook("json"), key="Zk3v9QmX2bT7wR1c", zone="UTC")


def test_the_page_names_every_file_of_the_adapter() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs/adapters.md").read_text("utf-8")
    files = {path.name for path in (root / "adapters/webhook").glob("*.py")}
    told = set(re.findall(r"^\| `(\w+\.py)`", page, re.MULTILINE))
    assert told - files == {"receive.py"}
    assert files - told == {"__init__.py", "discord.py", "slack.py", "lines.py"}
