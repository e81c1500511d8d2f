"""Channels as an operator names them. Pure.

`#vision` is one of the embedded platform, `webhook:ml` of another that has one workspace, and
`chat:T1/C1` the channel C1 in the workspace T1 of one that has several.
"""

import re

from bot.models import Channel, ChannelKey

HOW = (
    "Use letters, digits, - and _, as in #vision, or name the platform too, as in webhook:ml, and the "
    "workspace where there are several, as in chat:T1/C1."
)
_OWN = re.compile(r"#?([\w.-]{1,80})")
_OTHER = re.compile(r"([a-z][a-z0-9_-]*):(?:([^\s/]{1,100})/)?([^\s/]{1,200})", re.IGNORECASE)


def place(name: str, *, platform: str, workspace: str) -> Channel | None:
    """The channel that `name` says; None if it says none. `platform` and `workspace` are the embedded ones.

    Of another platform's channel only the id is known here, so it stands for the name. Whether there
    is such a channel is for that platform's adapter to say.
    """
    if own := _OWN.fullmatch(name.strip()):
        shown = f"#{own[1].lower()}"
        return Channel(key=ChannelKey(platform=platform, workspace=workspace, id=shown), name=shown)
    if other := _OTHER.fullmatch(name.strip()):
        return elsewhere(other[1].lower(), other[3], other[2] or "")
    return None


def elsewhere(platform: str, channel: str, workspace: str = "") -> Channel:
    """The channel with the id `channel` of a platform; the one workspace of many is called like itself."""
    key = ChannelKey(platform=platform, workspace=workspace or platform, id=channel)
    return Channel(key=key, name=channel)


def written(key: ChannelKey, *, embedded: str) -> str:
    """How an operator names the channel: what `place` reads."""
    if key.platform == embedded:
        return key.id
    workspace = "" if key.workspace == key.platform else f"{key.workspace}/"
    return f"{key.platform}:{workspace}{key.id}"
