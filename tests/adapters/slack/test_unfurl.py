"""Links to papers that people post: shown as our card, where the settings say so."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import MINUTE
from tests.adapters.slack.stage import known
from tests.fakes.clock import FakeClock
from tests.fakes.slack import text_of
from tests.fakes.slackbot import ANN, BEN, ML, VISION, Slackbot, Transport, slacking

TEA, COFFEE = "https://huggingface.co/papers/2512.00001", "https://huggingface.co/papers/2512.00002"


@pytest.fixture
async def showing(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> AsyncIterator[Slackbot]:
    """A bot that shows links to papers, and knows three."""
    async with slacking(seeded_sqlite, clock, monkeypatch, transport, SLACK_UNFURL="on") as bot:
        await known(bot, "Tea", "Coffee", "Cocoa")
        yield bot


async def shown(slackbot: Slackbot, channel: str, *urls: str, user: str = ANN) -> list[str]:
    """Which of `urls`, posted by `user`, are shown as cards."""
    before = len(slackbot.slack.unfurls)
    await slackbot.slack.share_link(user, channel, *urls)
    await slackbot.restart()  # which sees to its end whatever was begun
    return [unfurl.url for unfurl in slackbot.slack.unfurls[before:]]


LINKS = [
    TEA,
    "http://huggingface.co/papers/2512.00001?utm=x#community",
    "https://www.huggingface.co/papers/2512.00001",
    "https://arxiv.org/abs/2512.00001",
    "https://arxiv.org/abs/2512.00001v3",
    "https://arxiv.org/pdf/2512.00001",
    "https://arxiv.org/pdf/2512.00001v1.pdf",
    "https://www.arxiv.org/html/2512.00001v2",
]


@pytest.mark.parametrize("url", LINKS)
async def test_a_link_to_a_paper_is_shown_as_its_card(showing: Slackbot, url: str) -> None:
    assert await shown(showing, ML, url) == [url]
    (unfurl,) = showing.slack.unfurls
    read = text_of(unfurl.blocks)
    assert read.startswith("Tea\n") and "Ana Ruiz" in read and "Why / pause…" in read


NOTHING = [
    "https://arxiv.org/abs/2512.77777",
    "https://arxiv.org/abs/cs/0112017",
    "https://arxiv.org/list/cs.CL/recent",
    "https://huggingface.co/meta-llama/Llama-3",
    "https://huggingface.co/papers",
    "https://arxiv.org/abs/",
    "https://huggingface.co/papers/trending",
]


@pytest.mark.parametrize("url", NOTHING)
async def test_what_is_no_paper_that_we_know_stays_as_it_is(showing: Slackbot, url: str) -> None:
    assert await shown(showing, ML, url) == []
    assert not showing.slack.called("chat.unfurl")
    assert not showing.slack.called("chat.postMessage") and not showing.slack.privates


async def test_nothing_is_shown_unless_the_settings_say_so(slackbot: Slackbot) -> None:
    await known(slackbot, "Tea")
    assert await shown(slackbot, ML, TEA) == []
    assert not slackbot.slack.called("chat.unfurl")


async def test_two_links_are_shown_and_of_three_none(showing: Slackbot) -> None:
    assert await shown(showing, ML, TEA, COFFEE) == [TEA, COFFEE]
    assert await shown(showing, VISION, TEA, COFFEE, "https://arxiv.org/abs/2512.00003") == []


async def test_the_paper_is_not_shown_again_in_the_channel_for_half_an_hour(showing: Slackbot) -> None:
    assert await shown(showing, ML, TEA)
    assert await shown(showing, ML, "https://arxiv.org/abs/2512.00001", user=BEN) == []
    assert await shown(showing, VISION, TEA) == [TEA]
    assert await shown(showing, ML, TEA) == []
    showing.clock.advance(31 * MINUTE)
    assert await shown(showing, ML, TEA) == [TEA]


async def test_nothing_that_a_bot_posts_is_shown(showing: Slackbot) -> None:
    showing.slack.user("U8", "rss", is_bot=True)
    for user in ("UBOTT1", "U8"):
        assert await shown(showing, ML, TEA, user=user) == []
    assert await shown(showing, ML, TEA) == [TEA]


async def test_what_is_still_being_written_is_shown_to_its_writer_and_again_when_it_is_posted(
    showing: Slackbot,
) -> None:
    await showing.slack.share_link(ANN, ML, TEA, composer=True)
    await showing.slack.share_link(ANN, ML, TEA, composer=True)
    await showing.slack.until(lambda: len(showing.slack.unfurls) == 2)
    assert showing.slack.called("chat.unfurl")[0].arguments["source"] == "composer"
    assert await shown(showing, ML, TEA) == [TEA]


@pytest.mark.parametrize("code", ["missing_scope", "cannot_unfurl_url", "cannot_find_message", "ratelimited"])
async def test_where_slack_does_not_let_us_nothing_is_said_nor_counted_as_shown(
    showing: Slackbot, code: str
) -> None:
    showing.slack.fail_with("chat.unfurl", code)
    assert await shown(showing, ML, TEA) == []
    assert [message.user for message in showing.slack.messages(ML)] == [ANN]
    showing.clock.advance(MINUTE)
    assert await shown(showing, ML, TEA) == [TEA]


async def test_its_buttons_answer_privately_and_leave_it_alone(showing: Slackbot) -> None:
    await showing.type("subscribe tea")
    await shown(showing, ML, TEA)
    (unfurl,) = showing.slack.unfurls
    for user in (ANN, BEN):
        reply = await (await showing.slack.press(user, unfurl, "Why / pause…")).reply()
        assert reply.only_for == user
        assert "I have not posted it in #ml" in reply.shown and "matched: tea" in reply.shown
    assert not (await showing.slack.press(ANN, unfurl, "PDF")).messages
