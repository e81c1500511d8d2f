"""What Slack knows: workspaces, people, channels, messages, views, tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.slack.blocks import Blocks
from tests.fakes.slack.reading import controls, text_of

Kind = Literal["public", "private", "im", "mpim"]
SCOPES = (
    "app_mentions:read,channels:history,channels:join,channels:read,chat:write,commands,groups:history,"
    "groups:read,im:history,im:read,im:write,links:read,links:write,mpim:history,mpim:read,usergroups:read,"
    "users:read"
)
PREFIX: dict[Kind, str] = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


@dataclass(slots=True, kw_only=True)
class User:
    """A person or a bot."""

    id: str
    name: str
    team: str
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    is_bot: bool = False
    deleted: bool = False
    guest: bool = False  # sees no channels but their own


@dataclass(slots=True, kw_only=True)
class Message:
    """What stands in a channel, or what one person alone sees there."""

    ts: str
    channel: str
    team: str  # of the app or person that wrote it
    user: str
    bot: str = ""  # the bot's id, where an app wrote it
    text: str = ""
    blocks: Blocks = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    only_for: str | None = None  # the person that alone sees it
    at: int = 0  # epoch ms, when it was posted
    edits: int = 0
    deleted: bool = False
    sent: dict[str, Any] = field(default_factory=dict)  # the arguments as the app sent them

    @property
    def shown(self) -> str:
        """All that its reader sees: the blocks' words, or the text where it has none."""
        return text_of(self.blocks) if self.blocks else self.text

    @property
    def labels(self) -> list[str]:
        """What can be pressed or chosen in it."""
        return [control.label for control in controls(self.blocks)]

    def as_json(self, *, metadata: bool = True) -> dict[str, Any]:
        """As the Web API and interaction payloads show it."""
        bot = {"bot_id": self.bot, "app_id": "A1"} if self.bot else {}
        shown = {"metadata": self.metadata} if metadata and self.metadata else {}
        thread = {"thread_ts": self.thread_ts} if self.thread_ts else {}
        edited = {"edited": {"user": self.user, "ts": self.ts}} if self.edits else {}
        return {
            "type": "message",
            "user": self.user,
            "team": self.team,
            "ts": self.ts,
            "text": self.text,
            "blocks": self.blocks,
            **bot,
            **thread,
            **edited,
            **shown,
        }


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A channel, private channel, direct message or group of people."""

    id: str
    name: str
    names: dict[str, str] = field(default_factory=dict)  # of workspaces that call it something else
    kind: Kind = "public"
    teams: set[str]
    members: set[str] = field(default_factory=set)
    archived: bool = False
    deleted: bool = False
    created: int = 1_700_000_000  # epoch s
    messages: list[Message] = field(default_factory=list)

    @property
    def is_ext_shared(self) -> bool:
        """Whether another workspace is in it, by Slack Connect."""
        return len(self.teams) > 1

    def standing(self) -> list[Message]:
        """What has not been deleted, oldest first."""
        return [message for message in self.messages if not message.deleted]

    def message(self, ts: str) -> Message | None:
        """What was posted at `ts`."""
        return next((message for message in self.standing() if message.ts == ts), None)


@dataclass(slots=True, kw_only=True)
class Group:
    """People that can be mentioned together."""

    id: str
    handle: str
    name: str = ""
    users: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Workspace:
    """A workspace that has the app, or had it; or, `org_wide`, a whole organisation."""

    id: str
    name: str
    domain: str
    bot_user: str
    bot_id: str
    scopes: set[str]
    token: str = ""  # the newest bot token
    refresh_token: str = ""
    enterprise: str | None = None
    org_wide: bool = False
    installed: bool = True
    groups: list[Group] = field(default_factory=list)

    @property
    def team(self) -> dict[str, Any]:
        """As interaction payloads have it."""
        more = {"enterprise_id": self.enterprise, "enterprise_name": "Org"} if self.enterprise else {}
        return {"id": self.id, "domain": self.domain, **more}


@dataclass(slots=True, kw_only=True)
class Token:
    """A bot token and what became of it."""

    value: str
    team: str
    expires_at: int | None = None  # epoch ms
    refused: str = ""  # the error that it gets from now on


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What opens one view within three seconds."""

    id: str
    team: str
    user: str
    at: int  # epoch ms
    view: str | None = None  # of the press that gave it
    used: bool = False


@dataclass(slots=True, kw_only=True)
class View:
    """A modal that is open, or a home tab."""

    id: str
    team: str
    user: str
    payload: dict[str, Any]  # as the app sent it, with ids
    hash: str
    root: str
    previous: str | None = None
    app_id: str = ""
    bot_id: str = ""
    values: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # block_id, action_id → state
    errors: dict[str, str] = field(default_factory=dict)  # label → what the app said of the last submission
    updates: int = 0

    @property
    def blocks(self) -> Blocks:
        """Its blocks, each with ids."""
        blocks: Blocks = self.payload["blocks"]
        return blocks

    @property
    def title(self) -> str:
        """Of a modal."""
        return str(self.payload.get("title", {}).get("text", ""))

    @property
    def shown(self) -> str:
        """All that its reader sees."""
        return text_of(self.payload)

    @property
    def labels(self) -> list[str]:
        """What can be used in it."""
        return [control.label for control in controls(self.blocks)]

    @property
    def fields(self) -> dict[str, Any]:
        """What its inputs hold: label → text, value of the chosen option, or a list of them."""
        held = {control.label: self.values.get(control.key) for control in controls(self.blocks)}
        return {label: _plain(state) for label, state in held.items() if state is not None}

    def show(self, payload: dict[str, Any], digest: str) -> None:
        """Replace what it shows; an input keeps what it held when its block_id and action_id stay."""
        self.payload, self.hash = payload, digest
        there = {control.key: control.initial() for control in controls(self.blocks)}
        states = {key: initial for key, initial in there.items() if initial is not None}
        self.values = {key: self.values.get(key, initial) for key, initial in states.items()}

    def as_json(self) -> dict[str, Any]:
        """As Slack tells it to the app."""
        state: dict[str, dict[str, Any]] = {}
        for (block, action), value in self.values.items():
            state.setdefault(block, {})[action] = value
        defaults = {"private_metadata": "", "callback_id": "", "external_id": "", "notify_on_close": False}
        return {
            **defaults,
            **self.payload,
            "id": self.id,
            "team_id": self.team,
            "state": {"values": state},
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "app_id": self.app_id,
            "app_installed_team_id": self.team,
            "bot_id": self.bot_id,
        }


def _plain(state: dict[str, Any]) -> Any:
    """What a person would say that an input holds."""
    held = next(value for name, value in state.items() if name != "type")
    match held:
        case {"value": value}:
            return value
        case list():
            return [option["value"] if isinstance(option, dict) else option for option in held]
        case _:
            return held


@dataclass(slots=True, kw_only=True)
class Grant:
    """What somebody approved in the browser."""

    code: str
    workspace: Workspace
    user: str
    scopes: set[str]
    redirect_uri: str  # as it was in the address, "" where it was not
    at: int  # epoch ms
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Link:
    """A response_url."""

    path: str
    team: str
    user: str
    channel: str
    at: int  # epoch ms
    about: Message | None  # the message whose button was pressed
    uses: int = 0
    came: list[Message] = field(default_factory=list)  # what was answered, the acknowledgement included


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfurl:
    """What the app showed for a link."""

    channel: str
    ts: str
    team: str
    url: str
    blocks: Blocks


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of the Web API, as it came."""

    method: str
    team: str
    token: str
    arguments: dict[str, Any]
    at: int  # epoch ms
    error: str = ""  # what was answered; "" for ok


class ApiError(Exception):
    """Slack answers ok: false."""

    def __init__(self, code: str, *messages: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more
        if messages:
            self.more = {**more, "errors": list(messages), "response_metadata": {"messages": list(messages)}}


Make = Callable[[str], str]  # a prefix → a fresh id
