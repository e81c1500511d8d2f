"""How an operator names channels."""

import pytest

from bot.chat.places import elsewhere, place, written
from bot.models import Channel, ChannelKey


def named(name: str) -> Channel | None:
    return place(name, platform="home", workspace="local")


@pytest.mark.parametrize("name", ["#vision", "vision", " Vision ", "#VISION"])
def test_an_own_channel_has_one_name_however_it_is_typed(name: str) -> None:
    key = ChannelKey(platform="home", workspace="local", id="#vision")
    assert named(name) == Channel(key=key, name="#vision")


@pytest.mark.parametrize("name", ["webhook:ML", "Webhook:ML"])
def test_a_channel_of_another_platform_is_called_by_its_id(name: str) -> None:
    key = ChannelKey(platform="webhook", workspace="webhook", id="ML")
    assert named(name) == elsewhere("webhook", "ML") == Channel(key=key, name="ML")


def test_a_workspace_is_named_where_a_platform_has_several() -> None:
    channel = named("Chat:T1/C1")
    assert channel and channel.key == ChannelKey(platform="chat", workspace="T1", id="C1")
    assert written(channel.key, embedded="home") == "chat:T1/C1"


@pytest.mark.parametrize(
    "name",
    ["", "#", "two words", "chat:/C1", "chat:T1/", "webhook:", ":ml", "webhook:two words", "#a/b", "x" * 81],
)
def test_anything_else_names_none(name: str) -> None:
    assert named(name) is None


@pytest.mark.parametrize("name", ["#vision", "webhook:ml"])
def test_a_channel_is_written_as_it_is_read(name: str) -> None:
    channel = named(name)
    assert channel and written(channel.key, embedded="home") == name
