"""Whom a subscription notifies, as its options and the audit hold it."""

import json
from collections.abc import Mapping
from typing import Any

from bot.chat.message import Ping

_KEY = "ping"  # of a subscription's options


def ping_of(options: Mapping[str, Any]) -> Ping | None:
    """Whom the subscription with these `options` notifies."""
    found = options.get(_KEY)
    return Ping(**found) if found else None


def with_ping(options: Mapping[str, Any], ping: Ping | None) -> dict[str, Any]:
    """`options` of a subscription that notifies `ping`."""
    others = {name: value for name, value in options.items() if name != _KEY}
    return others | ({_KEY: _fields(ping)} if ping else {})


def written(ping: Ping | None) -> str | None:
    """`ping` as the audit notes it; None for nobody."""
    return json.dumps(_fields(ping), ensure_ascii=False) if ping else None


def read(text: str | None) -> Ping | None:
    """What `written` wrote."""
    return Ping(**json.loads(text)) if text else None


def _fields(ping: Ping) -> dict[str, str]:
    return {"kind": ping.kind, "id": ping.id, "name": ping.name}
