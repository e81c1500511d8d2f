"""Servers behind webhooks: they refuse what Slack, Discord and we ourselves refuse."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.faulty import FaultyServer

TOKEN = "B0AAAA-s3cr3t-t0k3n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A post that was taken."""

    name: str
    shape: str
    query: dict[str, str]
    headers: dict[str, str]
    payload: dict[str, Any]


class WebhookServer(FaultyServer):
    """Takes posts at `/<shape>/<name>/<token>` and answers as the place of that shape does."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Received] = []
        self.answers = asyncio.Event()  # while it is clear, what was taken waits for its answer
        self.answers.set()
        self.app.router.add_post("/{shape}/{name}/{token}", self._post)

    def address(self, shape: str, name: str = "ml") -> str:
        """An entry of WEBHOOK_URLS."""
        return f"{name}={shape}+{self.url}/{shape}/{name}/{TOKEN}"

    async def _post(self, request: web.Request) -> web.StreamResponse:
        name, shape = request.match_info["name"], request.match_info["shape"]
        payload = await request.json()

        def take() -> web.Response:
            problems = list(CHECKS[shape](payload))
            if problems:
                return web.json_response({"message": problems, "code": 50035}, status=400)
            received = Received(
                name=name,
                shape=shape,
                query=dict(request.query),
                headers=dict(request.headers),
                payload=payload,
            )
            self.taken.append(received)
            body = json.dumps({"id": str(len(self.taken))}) if shape == "discord" else "ok"
            return web.Response(text=body)

        answer = await self.answer(request, name, take)
        await self.answers.wait()
        return answer


def slack_problems(payload: dict[str, Any]) -> Iterator[str]:
    """Why Slack would answer invalid_blocks."""
    blocks = payload["blocks"]
    if not 1 <= len(payload["text"]) <= 3_000:
        yield "text"
    if not 1 <= len(blocks) <= 50:
        yield f"{len(blocks)} blocks"
    texts = [found["text"] for found in nested(blocks) if "text" in found]
    if not all(texts) or max(map(len, texts), default=0) > 3_000 or sum(map(len, texts)) > 13_000:
        yield "text in blocks"
    if any(found["elements"] == [] for found in nested(blocks) if "elements" in found):
        yield "no elements"


def discord_problems(payload: dict[str, Any]) -> Iterator[str]:
    """Why Discord would answer Invalid Form Body."""
    embeds = payload["embeds"]
    if not 1 <= len(payload["content"]) <= 2_000:
        yield "content"
    if len(embeds) > 10 or not all(embed.get("title") or embed.get("description") for embed in embeds):
        yield "embeds"
    titles = [embed.get("title", "") for embed in embeds]
    descriptions = [embed.get("description", "") for embed in embeds]
    if any(len(title) > 256 for title in titles) or any(len(text) > 4_096 for text in descriptions):
        yield "embed too long"
    if sum(map(len, titles + descriptions)) > 6_000:
        yield "embeds too long together"


def json_problems(payload: dict[str, Any]) -> Iterator[str]:
    """We take anything with a version."""
    if payload["version"] != 1:
        yield "version"


def nested(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in `value`, at any depth."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nested(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nested(inner)


CHECKS = {"slack": slack_problems, "discord": discord_problems, "json": json_problems}
