"""Real papers and awkward text, all the way to a Slack that refuses what is beyond its limits."""

import random
import re

import pytest

from bot.clock import HOUR
from bot.feeds.items import read_file
from tests.adapters.slack.stage import cards, paper
from tests.conftest import SHARED
from tests.fakes.slackbot import ANN, ML, VISION, Slackbot

pytestmark = pytest.mark.parametrize("transport", ["socket"])
REAL = SHARED / "data" / "daily_papers.jsonl.gz"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="the real papers are not on this machine")


def refused(slackbot: Slackbot) -> list[tuple[str, str]]:
    """What Slack did not take."""
    return [(call.method, call.error) for call in slackbot.slack.calls if call.error]


async def everything(slackbot: Slackbot) -> None:
    """Let #ml have every paper as a card, and #vision as short lines."""
    await slackbot.type("subscribe *")
    await slackbot.type("settings style:compact", channel=VISION)
    await slackbot.type("subscribe *", channel=VISION)


async def all_of_it_is_taken(slackbot: Slackbot) -> None:
    """Ask for whatever shows papers. Raises AssertionError where Slack took any of it not."""
    for line in ("list", "today", "trending", "search the", "help all", "settings", "why 2512.00001"):
        for channel in (ML, VISION):
            assert (await slackbot.slack.command(ANN, channel, line)).ack is not None
    for channel in (ML, VISION):
        for message in cards(slackbot, channel):
            for label in {"Why / pause…", next((one for one in message.labels if "Show all" in one), "")}:
                if label in message.labels:
                    await (await slackbot.slack.press(ANN, message, label)).reply()
    await slackbot.slack.open_home(ANN)
    await slackbot.slack.until(lambda: slackbot.slack.homes)
    assert refused(slackbot) == []


@needs_real
@pytest.mark.parametrize("seed", range(3))
async def test_real_papers_are_taken_as_cards_and_in_every_answer(slackbot: Slackbot, seed: int) -> None:
    raw = [one for one in read_file(REAL) if isinstance(one, dict)]
    some = random.Random(seed).sample(raw, 12)
    await everything(slackbot)
    for size in (1, 3, 8):
        await slackbot.publish(*some[:size])
        some = some[size:]
        slackbot.clock.advance(3 * HOUR)
        await slackbot.drain()
    shown = "\n".join(message.shown for message in cards(slackbot, ML))
    assert "8 new papers for #ml" in shown
    await all_of_it_is_taken(slackbot)


AWKWARD = [
    "&<>" * 1_000,
    "<!channel> <!here> <@U1> @everyone <https://evil.example|click>",
    "*bold* _it_ ~no~ `code` ```\n> quote",
    "\u202edesrever \u0000\u0007 \ud83e\udd16" * 40,
    "한국어 논문 " * 200,
    "x" * 9_000,
    "a\nb\r\nc\t" * 300,
    "&amp;&lt;" * 700,
]


@pytest.mark.parametrize("text", AWKWARD)
async def test_awkward_text_is_taken_and_mentions_nobody(slackbot: Slackbot, text: str) -> None:
    await everything(slackbot)
    odd = paper(
        1, text, summary=f"{text}. {text}", ai_summary=text, organization={"name": text, "fullname": text}
    )
    await slackbot.publish(odd, *(paper(number, f"{number} {text}", summary=text) for number in range(2, 7)))
    await all_of_it_is_taken(slackbot)
    for message in cards(slackbot, ML):
        assert not {"user", "usergroup", "broadcast", "channel"} & kinds(message.blocks)
        assert not re.search(r"<[!@#]", message.text)


async def test_a_long_query_fits_wherever_it_is_shown(slackbot: Slackbot) -> None:
    query = " OR ".join(f'title:"{word * 6}"' for word in "abcdefghijklmnopqrst")
    reply = await slackbot.type(f"subscribe {query}")
    assert "✓ #ml now gets" in reply.shown, reply.shown
    view = await (await slackbot.slack.press(ANN, reply, "Edit")).modal()
    assert view.fields["Query"] == query
    await slackbot.publish(paper(1, "aaaaaa"))
    await all_of_it_is_taken(slackbot)


def kinds(blocks: object) -> set[str]:
    """The types of all elements in `blocks`."""
    if isinstance(blocks, list):
        return {kind for one in blocks for kind in kinds(one)}
    if not isinstance(blocks, dict):
        return set()
    return {str(blocks.get("type"))} | {kind for one in blocks.values() for kind in kinds(one)}
