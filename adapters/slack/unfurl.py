"""Links to papers, shown as their card below the message: only where `SLACK_UNFURL` is on."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from adapters.slack import render
from adapters.slack.api import Api
from adapters.slack.invocation import Invocation
from adapters.slack.limits import UNFURL_AGAIN, UNFURL_LINKS
from adapters.slack.people import People
from bot.chat.adapter import Host
from bot.chat.command import Commands
from bot.chat.message import Card

Event = Mapping[str, Any]
CARD = "card"  # the command whose reply holds a paper's card
COMPOSER = "composer"  # the source of what somebody is still writing, and nobody else sees


class Unfurls:
    """Answers to messages with links."""

    def __init__(self, api: Api, host: Host, people: People, commands: Commands) -> None:
        self._api, self._host, self._people, self._commands = api, host, people, commands

    async def shared(self, event: Event, team: str, bot: str) -> None:
        """Somebody posted links; ours alone, many at once and those shown lately stay as they are."""
        urls = list(dict.fromkeys(link["url"] for link in event.get("links", ())))
        if len(urls) > UNFURL_LINKS or await self._by_a_bot(event, team, bot):
            return
        at = Invocation(team=team, user=event["user"], channel=_channel(event), member=True)
        async with AsyncExitStack() as marks:  # which stay only where Slack takes the cards
            cards = {url: card for url in urls if (card := await self._card(at, url, marks)) is not None}
            if cards:
                drawn = {url: render.unfurl(card) for url, card in cards.items()}
                place = {"unfurl_id": event["unfurl_id"], "source": event["source"]}
                await self._api.call(team, "chat.unfurl", **place, unfurls=drawn)

    async def _by_a_bot(self, event: Event, team: str, bot: str) -> bool:
        user = event.get("user") or bot
        return user == bot or "bot_id" in event or await self._people.is_bot(team, user)

    async def _card(self, at: Invocation, url: str, marks: AsyncExitStack) -> Card | None:
        """The card of the paper at `url`; None where there is none, or it was shown in the channel lately.

        It counts as shown once `marks` ends well.
        """
        reply = await self._commands.run(await self._people.context(at), CARD, {"paper": url})
        card = next((block for block in reply.body if isinstance(block, Card)), None)
        if card is None or reply.error:
            return None
        if not at.channel:
            return card
        mark = self._host.once(f"unfurl:{at.team}:{at.channel}:{card.url}", UNFURL_AGAIN)
        return card if await marks.enter_async_context(mark) else None


def _channel(event: Event) -> str:
    """Where the message stands; nowhere while it is being written."""
    return "" if event.get("source") == COMPOSER else str(event["channel"])
