"""Links to papers, shown as their card below the message: only where `SLACK_UNFURL` is on."""

from collections.abc import Mapping
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


class Unfurls:
    """Answers to messages with links."""

    def __init__(self, api: Api, host: Host, people: People, commands: Commands) -> None:
        self._api, self._host, self._people, self._commands = api, host, people, commands

    async def shared(self, event: Event, team: str, bot: str) -> None:
        """Somebody posted links; ours alone, many at once and those shown lately stay as they are."""
        urls = list(dict.fromkeys(link["url"] for link in event.get("links", ())))
        if event.get("user") == bot or event.get("bot_id") or len(urls) > UNFURL_LINKS:
            return
        at = Invocation(team=team, user=event["user"], channel=event["channel"], member=True)
        cards = {url: card for url in urls if (card := await self._card(at, url)) is not None}
        if cards:
            drawn = {url: render.unfurl(card) for url, card in cards.items()}
            place = {"channel": event["channel"], "ts": event["message_ts"]}
            await self._api.call(team, "chat.unfurl", **place, unfurls=drawn)

    async def _card(self, at: Invocation, url: str) -> Card | None:
        """The card of the paper at `url`; None where there is none, or it was shown in the channel lately."""
        reply = await self._commands.run(await self._people.context(at), CARD, {"paper": url})
        card = next((block for block in reply.body if isinstance(block, Card)), None)
        if card is None or reply.error:
            return None
        async with self._host.once(f"unfurl:{at.team}:{at.channel}:{card.url}", UNFURL_AGAIN) as first:
            return card if first else None
