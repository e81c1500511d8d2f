"""Frozen values that cross rooms; a value of one room lives in that room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NewType

PaperId = NewType("PaperId", str)  # an arXiv id without version, such as 2501.01234 or hep-th/9408099
ChannelId = NewType("ChannelId", int)  # our own number of a channel
SubscriptionId = NewType("SubscriptionId", int)
QueryId = NewType("QueryId", int)
DeliveryId = NewType("DeliveryId", int)

Style = Literal["full", "compact", "no-picture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What was published. Text is plain Unicode: line breaks folded, TeX accents turned to letters."""

    id: PaperId
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    organization: str | None = None
    published_on: date | None = None  # the arXiv date, a calendar date
    submitted_at: int | None = None  # UTC epoch ms; when the community put it on the page
    upvotes: int = 0
    comments: int = 0
    stars: int = 0
    keywords: tuple[str, ...] = ()
    ai_summary: str | None = None
    code_url: str | None = None
    project_url: str | None = None
    thumbnail: str | None = None  # an absolute http(s) address, or nothing

    @property
    def url(self) -> str:
        """Its page on Hugging Face, where it is discussed."""
        return f"https://huggingface.co/papers/{self.id}"

    @property
    def pdf_url(self) -> str:
        """The paper itself, on arXiv."""
        return f"https://arxiv.org/pdf/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A paper as a feed lists it on a day."""

    paper: Paper
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKey:
    """How a platform names a channel. `workspace` is the tenant: a Slack workspace, a Discord guild."""

    platform: str
    workspace: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A place where messages are posted, and how its people want them."""

    key: ChannelKey
    name: str  # as people write it there: "#vision"; nothing where the platform does not tell
    zone: str = "UTC"  # IANA name
    announce: bool = True
    style: Style = "full"
    options: Mapping[str, str] = field(default_factory=dict)  # the adapter's own, by name

    @property
    def called(self) -> str:
        """What it is called within itself."""
        return self.name or "this channel"
