"""Channels as an operator names them: `#vision` of the embedded platform, `webhook:ml` of another. Pure."""

import re

from bot.models import Channel, ChannelKey

HOW = "Use letters, digits, - and _, as in #vision, or name the platform too, as in webhook:ml."
_OWN = re.compile(r"#?([\w.-]{1,80})")
_OTHER = re.compile(r"([a-z][a-z0-9_-]*):(\S{1,200})", re.IGNORECASE)


def place(name: str, *, platform: str, workspace: str) -> Channel | None:
    """The channel that `name` says; None if it says none. `platform` and `workspace` are the embedded ones.

    Of another platform's channel only the id is known here, so it stands for the name. Whether there
    is such a channel is for that platform's adapter to say.
    """
    if own := _OWN.fullmatch(name.strip()):
        shown = f"#{own[1].lower()}"
        return Channel(key=ChannelKey(platform=platform, workspace=workspace, id=shown), name=shown)
    if other := _OTHER.fullmatch(name.strip()):
        return elsewhere(other[1].lower(), other[2])
    return None


def elsewhere(platform: str, channel: str) -> Channel:
    """The channel with the id `channel` of a platform that has one workspace, called like itself."""
    return Channel(key=ChannelKey(platform=platform, workspace=platform, id=channel), name=channel)


def written(key: ChannelKey, *, embedded: str) -> str:
    """How an operator names the channel: what `place` reads."""
    return key.id if key.platform == embedded else f"{key.platform}:{key.id}"
