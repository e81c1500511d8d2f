"""Message → what Rich draws. Pure; nothing in a message is read as markup or as a control of the terminal."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.rule import Rule
from rich.style import Style
from rich.text import Text

from adapters.terminal.layout import Clipped, Columns, Flow, Hung, rows
from adapters.terminal.limits import ADDRESS, LINE, PARAGRAPH, SENTENCE, TITLE_LINES, WIDEST
from bot.chat.message import (
    Action,
    Block,
    Card,
    Control,
    Item,
    Link,
    Menu,
    Message,
    Para,
    Person,
    Piece,
    Place,
    Pre,
    Reply,
    Span,
    When,
)
from bot.chat.message import Text as Spans
from bot.chat.plain import harmless, page_line, plain_text, stats_line
from bot.chat.shorten import cut, cut_text
from bot.clock import SECOND

_BREAKS = re.compile("[\t\n]")
SAFE_IN_ADDRESS = "%/:=&?~#+!$,;'@()*[]"
LAST_MOMENT = 253_370_764_800_000  # epoch ms: the year 9999 begins, and calendars end with it
NUMBER = {"plain": "bold cyan", "primary": "bold green", "danger": "bold red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What drawing depends on besides the message."""

    number: Callable[[Action], int]  # what presses an action
    zone: tzinfo | None = None  # of the reader; None: the machine's own
    links: bool = True  # the terminal follows links behind text (OSC 8)


def posted(channel: str, at: int, message: Message, look: Look) -> RenderableType:
    """`message` as it is posted in `channel` at `at` (epoch ms)."""
    where = Text.assemble((line(channel), "bold cyan"), (f" · {_local(at, look.zone):%H:%M}", "dim"))
    return _narrow(Group(_Heading(where), drawn(message, look), Text()))


def answered(reply: Reply, look: Look) -> RenderableType:
    """`reply` as the person who asked sees it: set off by a bar, a red one for an error."""
    mark, style = ("✗ ", "red") if reply.error else ("│ ", "dim")
    return _narrow(Group(Hung(drawn(reply, look), mark, "│ ", style), Text()))


def echoed(channel: str, typed: str) -> RenderableType:
    """`typed` as it would stand behind the prompt in `channel`."""
    return Text(f"{line(channel)} › {_mono(typed)}", "bold")


def drawn(message: Message, look: Look) -> RenderableType:
    """`message` itself."""
    return Group(*_parts(message, look))


def line(text: str) -> str:
    """`text` on one line, with nothing in it that steers a terminal."""
    return cut(" ".join(harmless(text).split()), LINE)


def address(url: str) -> str | None:
    """`url` as it may stand behind a link or in the open: plain ASCII, http(s), of a length that works."""
    safe = quote(url.strip(), safe=SAFE_IN_ADDRESS, errors="replace")
    return safe if safe.lower().startswith(("https://", "http://")) and len(safe) <= ADDRESS else None


@dataclass(frozen=True, slots=True)
class _Heading:
    """A line that says where and when, drawn on to the edge where lines have one."""

    text: Text

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text if options.no_wrap else Rule(self.text, align="left", style="dim")


def _narrow(content: RenderableType) -> RenderableType:
    return Constrain(content, WIDEST)


def _local(at: int, zone: tzinfo | None) -> datetime:
    """The moment `at` (epoch ms) on the clocks of `zone`; what no calendar holds, as the nearest it does."""
    return datetime.fromtimestamp(min(max(at, 0), LAST_MOMENT) / SECOND, UTC).astimezone(zone)


def _parts(message: Message, look: Look) -> Iterator[RenderableType]:
    if not _said_by_body(message):
        yield Text(line(message.headline), "bold" if message.body else "")
    for place, block in enumerate(message.body):
        if place and (isinstance(block, Card) or isinstance(message.body[place - 1], Card)):
            yield Text()
        yield _block(block, look)
    if message.file:
        yield Text(f"{line(message.file[0])} ({len(message.file[1]):,} bytes)", "dim")
    if message.page:
        yield Text(page_line(message), "dim")
    if message.controls and message.body and isinstance(message.body[-1], Card):
        yield Text()
    yield from _controls(message.controls, look)


def _said_by_body(message: Message) -> bool:
    """Whether the body begins with what the headline says, so that it need not be said twice."""
    headline = line(message.headline)
    start = headline.partition("…")[0].rstrip()
    match message.body:
        case (Card(title=title), *_) | (Item(text=(Span(text=title, url=str()), *_)),):
            title = line(title)
            return bool(title and start) and (title.startswith(start) or headline.startswith(title))
        case (Para(text=text), *_):
            return line(_plain(text)).startswith(start)
        case _:
            return not headline


def _mono(text: str) -> str:
    return _BREAKS.sub(" ", harmless(text))  # one character, one column, one line


def _plain(text: Spans) -> str:
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in text)


def _block(block: Block, look: Look) -> RenderableType:
    match block:
        case Para(text=text):
            return _text(cut_text(text, PARAGRAPH, _drawn_plain), look)
        case Pre(text=text):
            return Columns(rows(text.split("\n"), _mono))
        case Item(text=text, actions=actions):
            pieces = (_sentence(text, look), *(_action(action, look) for action in actions))
            return Hung(Text("  ").join(pieces), "• ", "  ")
        case Card():
            return Group(*_card(block, look))


def _card(card: Card, look: Look) -> Iterator[RenderableType]:
    """Title, byline, the sentence, numbers, controls; what a card has not takes no line."""
    yield Clipped(_linked(line(card.title), card.url, look, "bold"), TITLE_LINES)
    if not look.links and (url := address(card.url)):
        yield _whole(url)
    if card.byline:
        yield Text(line(card.byline), "dim")
    for part, style in ((card.summary, ""), (stats_line(card), "dim")):
        if part:
            yield _sentence(part, look, style)
    yield from _controls(card.controls, look)


def _controls(controls: tuple[Control, ...], look: Look) -> Iterator[RenderableType]:
    """Controls side by side; menus, and addresses in the open, on lines of their own."""
    side: list[Text] = []
    own: list[RenderableType] = []
    for control in controls:
        match control:
            case Action():
                side.append(_action(control, look))
            case Link(label=label, url=url) if look.links:
                side.append(_linked(f"{line(label)} ↗", url, look, "cyan"))
            case Link(label=label, url=url):
                own.append(_whole(f"{line(label)}: {address(url) or 'no usable address'}"))
            case Menu(placeholder=placeholder, options=options):
                label_first = Text(f"{line(placeholder)}:", "dim")
                own.append(Flow((label_first, *(_action(action, look) for action in options))))
    yield from (Flow(tuple(side)), *own) if side else own


def _action(action: Action, look: Look) -> Text:
    return Text.assemble((f"[{look.number(action)}]", NUMBER[action.style]), " ", line(action.label))


def _linked(text: str, url: str, look: Look, style: str) -> Text:
    safe = address(url) if look.links else None
    return Text(text, Style.parse(style) + Style(link=safe))


def _whole(text: str) -> Text:
    """An address in the open: torn over two lines it could not be followed."""
    return Text(text, "dim", no_wrap=True, overflow="ignore")


def _sentence(spans: Spans, look: Look, style: str = "") -> Text:
    """`spans` on one line, which a window may wrap."""
    drawn = _text(cut_text(spans, SENTENCE, _drawn_plain), look, style)
    return Text(" ").join(drawn.split("\n"))


def _drawn_plain(piece: Piece) -> str:
    return plain_text((piece,))


def _text(spans: Spans, look: Look, style: str = "") -> Text:
    drawn = Text(style=style)
    for span in spans:
        drawn.append_text(_span(span, look))
    return drawn


def _span(span: Piece, look: Look) -> Text:
    match span:
        case str():
            return Text(harmless(span))
        case Person(name=name) | Place(name=name):
            return Text(line(name), "bold")
        case When(at=at):
            moment = _local(at, look.zone)
            return Text(f"{moment.day} {moment:%b %Y, %H:%M}")
        case Span():
            return _look_of(span, look)


def _look_of(span: Span, look: Look) -> Text:
    safe = address(span.url) if span.url else None
    style = Style(
        bold=span.bold or None,
        dim=False if span.bold else None,  # what matched stands out of a dim line
        color="cyan" if span.code else None,
        underline=True if safe else None,
        link=safe if look.links else None,
    )
    in_the_open = f" ({safe})" if safe and not look.links and safe != span.text else ""
    return Text(harmless(span.text) + in_the_open, style)
