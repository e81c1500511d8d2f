"""`WEBHOOK_URLS`: where to post, a name and an address each."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, SecretStr, TypeAdapter
from pydantic_settings import NoDecode, SettingsConfigDict
from yarl import URL

from bot.settings import AdapterSettings, CommaList

Shape = Literal["json", "slack", "discord"]

_SHAPES: dict[str, Shape] = {"json": "json", "slack": "slack", "discord": "discord"}
_HOSTS: dict[str, Shape] = {
    "hooks.slack.com": "slack",
    "hooks.slack-gov.com": "slack",
    "discord.com": "discord",
    "discordapp.com": "discord",
    "canary.discord.com": "discord",
    "ptb.discord.com": "discord",
}
_ENTRY = re.compile(r"(?P<name>[\w.-]{1,40})=(?:(?P<shape>[a-z]+)\+)?(?P<url>https?://\S+)", re.IGNORECASE)
_TAKES = "it takes name=address, such as ml=https://hooks.example/x, or ml=slack+https://… for its shape"
_SHORTEST_SECRET = 8  # characters; shorter paths hold no token, and are words of every log
_LIST: TypeAdapter[tuple[str, ...]] = TypeAdapter(CommaList)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook: our name for it, what it takes, and its address, which is a secret."""

    name: str
    shape: Shape
    address: SecretStr

    @property
    def url(self) -> URL:
        """The address, for the request alone."""
        return URL(self.address.get_secret_value())


def hooks(value: object) -> object:
    """The webhooks in the text of the setting. Raises ValueError that names the entry, not its address."""
    if not isinstance(value, str):
        return value
    found = [_hook(number, entry.strip()) for number, entry in enumerate(_LIST.validate_python(value), 1)]
    names = [hook.name for hook in found]
    if len(set(names)) < len(names):
        raise ValueError(
            f"{max(names, key=names.count)} is named twice; each webhook takes a name of its own"
        )
    return tuple(found)


class WebhookSettings(AdapterSettings):
    """The settings of the webhook adapter."""

    model_config = SettingsConfigDict(env_prefix="WEBHOOK_")

    urls: Annotated[tuple[Hook, ...], NoDecode, BeforeValidator(hooks)] = ()

    @property
    def configured(self) -> bool:
        """Whether there is a webhook to post to."""
        return bool(self.urls)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: the addresses, and their paths, which hold the tokens."""
        return tuple(
            secret
            for hook in self.urls
            for secret in (hook.address.get_secret_value(), hook.url.path_qs)
            if len(secret) >= _SHORTEST_SECRET
        )


def _hook(number: int, entry: str) -> Hook:
    found = _ENTRY.fullmatch(entry)
    if not found or not _host(found["url"]):
        raise ValueError(f"entry {number} is no webhook; {_TAKES}")
    shape = (
        _HOSTS.get(_host(found["url"]), "json")
        if found["shape"] is None
        else _SHAPES.get(found["shape"].lower())
    )
    if shape is None:
        raise ValueError(
            f"{found['name']}: there is no shape {found['shape']}; use json+, slack+ or discord+"
        )
    return Hook(name=found["name"], shape=shape, address=SecretStr(found["url"]))


def _host(url: str) -> str:
    """The host of `url`, or nothing where it is no address."""
    try:
        return URL(url).host or ""
    except ValueError:
        return ""
