"""What our cards say: a paper, several papers or a notice becomes a message."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.chat.message import (
    HEADLINE,
    Action,
    Card,
    Control,
    Item,
    Link,
    Message,
    Para,
    Person,
    Ping,
    Place,
    Span,
    Text,
)
from bot.chat.plain import as_text, plain_text
from bot.chat.shorten import cut, cut_text
from bot.clock import local_day
from bot.matching.errors import QueryError
from bot.matching.marking import best_sentence, highlight
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.models import Channel, Paper, PaperId, Style
from bot.store.deliveries import Delivery

SUMMARY = 220  # characters of a card's one sentence
NAMED_AUTHORS = 2
NAMED_QUERIES = 3  # of those that a greeting finds
FULL_CARDS = 3  # a message of more papers holds compact lines
EVERYTHING = "*"  # the query that every paper matches
COMPACT_LINES = 10  # then titles alone
TRIAL = Paper(
    id=PaperId("0000.00000"),
    title="A Trial Card, Taken Away at Once",
    abstract="This is a trial, and no such paper exists. Somebody asked whether I can post here.",
    authors=("Paperboy",),
    upvotes=1,
)


def day(of: date, today: date | None = None) -> str:
    """`3 Dec`, with the year where it is not that of `today`."""
    year = f" {of.year}" if today is not None and of.year != today.year else ""
    return f"{of.day} {of:%b}{year}"


def byline(paper: Paper) -> str:
    """`First Author, Second Author and 7 others · Organisation · 3 Dec`."""
    named, others = paper.authors[:NAMED_AUTHORS], len(paper.authors) - NAMED_AUTHORS
    if others == 1:
        named, others = paper.authors[: NAMED_AUTHORS + 1], 0
    authors = ", ".join(named) + (f" and {others} others" if others > 0 else "")
    published = day(paper.published_on) if paper.published_on else ""
    return " · ".join(part for part in (authors, paper.organization, published) if part)


def stats(paper: Paper) -> str:
    """`▲ 12 · 3 comments · ★ 140`; zeros are left out."""
    comments = f"{paper.comments} comment{'s' if paper.comments != 1 else ''}"
    counts = (
        (paper.upvotes, f"▲ {paper.upvotes}"),
        (paper.comments, comments),
        (paper.stars, f"★ {paper.stars}"),
    )
    return " · ".join(text for count, text in counts if count)


def summary(paper: Paper, matched: Sequence[str]) -> Text:
    """One sentence: the one that matched, the match in bold; else the feed's own, else the beginning."""
    queries = _queries(matched)
    sentence = best_sentence(queries, paper.abstract)
    if sentence is None:
        return (cut(paper.ai_summary or paper.abstract, SUMMARY),)
    runs = highlight(queries, sentence)
    return _around_match(tuple(Span(text=text, bold=True) if bold else text for text, bold in runs))


def _around_match(text: Text) -> Text:
    """`text` within the limit, its beginning left out where the match would not show."""
    before = text[0] if text and isinstance(text[0], str) else ""
    match = next((piece.text for piece in text if isinstance(piece, Span)), "")
    if len(before) + len(match) > SUMMARY * 3 // 4:
        kept = before[-(SUMMARY // 3) :]
        text = ("… " + kept[kept.find(" ") + 1 :], *text[1:])
    return cut_text(text, SUMMARY, lambda piece: plain_text((piece,)))


def _queries(matched: Sequence[str]) -> list[Query]:
    """The queries in stored words; one that this version cannot read brings no bold."""
    queries = []
    for words in matched:
        try:
            queries.append(parse(words))
        except QueryError:
            continue
    return queries


def why(paper: Paper) -> Action:
    """The control that tells privately why a card came, and offers to pause."""
    return Action(label="Why / pause…", command="why", arguments={"paper": paper.id})


def paper_card(paper: Paper, matched: Sequence[str] = (), style: Style = "full", *controls: Control) -> Card:
    """A paper as a full card; `controls` take the place of *Why / pause…*."""
    links: list[Control] = [Link(label="PDF", url=paper.pdf_url)]
    if paper.code_url:
        links.append(Link(label="Code", url=paper.code_url))
    return Card(
        title=paper.title,
        url=paper.url,
        byline=byline(paper),
        summary=summary(paper, matched),
        stats=(stats(paper),) if stats(paper) else (),
        matched=_told(matched),
        thumbnail=paper.thumbnail if style == "full" else None,
        controls=(*links, *(controls or (why(paper),))),
    )


def compact(paper: Paper, matched: Sequence[str] = ()) -> Text:
    """`Title · ▲ 12 · matched: world model`, the title linked."""
    upvotes = f"▲ {paper.upvotes}" if paper.upvotes else ""
    rest = [part for part in (upvotes, _matched(matched)) if part]
    return (Span(text=paper.title, url=paper.url), *(" · " + part for part in rest))


def _matched(matched: Sequence[str]) -> str:
    told = _told(matched)
    return f"matched: {', '.join(told)}" if told else ""


def _told(matched: Sequence[str]) -> tuple[str, ...]:
    """Those of `matched` that say something: every paper matches `*`."""
    return tuple(words for words in matched if words != EVERYTHING)


def headline(paper: Paper, matched: Sequence[str]) -> str:
    """`World Models at Scale · matched: world model`, the title first, within a lock screen's room."""
    tail = f" · {_matched(matched)}" if _told(matched) else ""
    if len(tail) > HEADLINE // 2:
        tail = cut(tail, HEADLINE // 2)
    return cut(paper.title, HEADLINE - len(tail)) + tail


def batch_message(
    channel: Channel, rows: Sequence[Delivery], papers: Mapping[PaperId, Paper], now: int
) -> Message:
    """The message in which `rows` leave for `channel` at `now` (epoch ms)."""
    message = _drawn(channel, rows, papers, now)
    return as_text(message, channel.zone) if rows[0].as_text else message


def _drawn(channel: Channel, rows: Sequence[Delivery], papers: Mapping[PaperId, Paper], now: int) -> Message:
    if rows[0].kind == "notice":
        return notice(channel, rows[0].payload or {}, papers)
    shown = [(papers[PaperId(row.subject)], _matches(row)) for row in rows if PaperId(row.subject) in papers]
    message = (
        _signed(_single(channel, *shown[0]), rows[0])
        if len(shown) == 1
        else _several(channel, rows, shown, now)
    )
    return replace(message, pings=_pings(rows))


def _pings(rows: Sequence[Delivery]) -> tuple[Ping, ...]:
    """Whom `rows` notify, each once; what somebody asked for notifies nobody."""
    brought = (match.ping for row in rows if row.asked_by is None for match in row.live_matches)
    return tuple(dict.fromkeys(ping for ping in brought if ping))


def _matches(row: Delivery) -> tuple[str, ...]:
    return tuple(match.words for match in row.live_matches)


def _single(channel: Channel, paper: Paper, matched: tuple[str, ...]) -> Message:
    block: Card | Item = paper_card(paper, matched, channel.style)
    if channel.style == "compact":
        block = Item(text=compact(paper, matched), actions=(why(paper),))
    return Message(headline=headline(paper, matched), body=(block,), topics=matched)


def _signed(message: Message, row: Delivery) -> Message:
    """`message` with who asked for it, where somebody did."""
    by = Para(text=(f"Asked for by {row.asked_by}",))
    return replace(message, body=(*message.body, by)) if row.asked_by else message


def _several(
    channel: Channel, rows: Sequence[Delivery], shown: Sequence[tuple[Paper, tuple[str, ...]]], now: int
) -> Message:
    """Two or three full cards, or a list; *Show all* names the batch, and so shows what did not fit."""
    full = len(shown) <= FULL_CARDS and channel.style != "compact"
    body: tuple[Card | Item, ...] = tuple(
        paper_card(paper, matched, channel.style) for paper, matched in shown
    )
    if not full:
        lines = [Item(text=compact(paper, matched)) for paper, matched in shown[:COMPACT_LINES]]
        titles = [Item(text=(Span(text=paper.title, url=paper.url),)) for paper, _ in shown[COMPACT_LINES:]]
        body = (*lines, *titles)
    show = Action(label=f"Show all {len(shown)}", command="show", arguments={"batch": rows[0].batch or ""})
    topics = dict.fromkeys(words for _, matched in shown for words in matched)
    return Message(
        headline=cut(_reason(channel, rows[0], len(shown), now), HEADLINE),
        body=body,
        controls=(show,),
        topics=tuple(topics),
    )


def _reason(channel: Channel, first: Delivery, count: int, now: int) -> str:
    """Why these papers come together."""
    papers = f"{count} papers"
    cause, _, rest = (first.together or "").partition(":")
    if first.asked_by is not None:
        return f"{papers} for {channel.called}, asked for by {first.asked_by}"
    if cause == "away":
        return f"While I was away, {_days(channel, int(rest), now)}: {papers}"
    if cause == "parked":
        return f"While I could not post here, {_days(channel, int(rest), now)}: {papers}"
    return f"{count} new papers for {channel.called}"


def _days(channel: Channel, since: int, now: int) -> str:
    """`Wed–Mon`, in the channel's zone; dates where a weekday would be ambiguous."""
    first, last = (local_day(at, channel.zone) for at in (since, now))
    if (last - first).days >= 7:
        return f"{day(first)} – {day(last)}"
    return f"{first:%a}–{last:%a}" if first != last else f"{first:%a}"


def notice(channel: Channel, payload: Mapping[str, Any], papers: Mapping[PaperId, Paper]) -> Message:
    """What a notice of the cause that `payload` names says."""
    match payload.get("cause"):
        case "share":
            return _shared(channel, payload, papers)
        case "greeting":
            return _greeting(payload)
        case "parked":
            return _parked(payload)
        case "thread":
            return _thread(date.fromisoformat(payload["day"]))
    return _changed(payload)


def _person(who: Mapping[str, str]) -> Person:
    return Person(id=who["id"], name=who["name"])


def _shared(channel: Channel, payload: Mapping[str, Any], papers: Mapping[PaperId, Paper]) -> Message:
    by = _person(payload["by"])
    paper = papers[PaperId(payload["paper"])]
    message = _single(channel, paper, ())
    return replace(message, body=(*message.body, Para(text=("Shared by ", by))))


def _greeting(payload: Mapping[str, Any]) -> Message:
    lines: tuple[Text, ...] = (
        *_begun(payload["command"], payload.get("wanted", ())),
        ("I read nothing here but my own posts.",),
        ("Who may change what this channel gets: ", payload["managers"]),
    )
    return Message(headline="Hello, I bring new papers", body=tuple(Para(text=line) for line in lines))


def _begun(word: str, wanted: Sequence[str]) -> tuple[Text, Text]:
    """What comes to a channel that the bot is invited to, or how to begin; `word` begins commands."""
    if not wanted:
        what = (
            "I post new papers from Hugging Face's Daily Papers here, once someone subscribes this channel."
        )
        return (what,), ("Start with ", Span(text=f'/{word} subscribe "diffusion model"', code=True), ".")
    named = [piece for words in wanted[:NAMED_QUERIES] for piece in (", ", Span(text=words, code=True))][1:]
    others = len(wanted) - NAMED_QUERIES
    more = f" and {others} more" if others > 0 else ""
    return (
        ("This channel gets papers from Hugging Face's Daily Papers matching ", *named, f"{more}."),
        ("See and change that with ", Span(text=f"/{word} list", code=True), "."),
    )


def _parked(payload: Mapping[str, Any]) -> Message:
    key, name = payload["id"], payload["channel"]
    place = Place(id=key, name=name or "A private channel")
    check = Span(text=f"/{payload['command']} check", code=True)
    return Message(
        headline=cut(f"I cannot post in {place.name[:1].lower()}{place.name[1:]}", HEADLINE),
        body=(
            Para(text=(place, f": {payload['reason']} What waits is kept for 7 days.")),
            Para(text=("Once that is mended, cards come by themselves, or at once with ", check, " there.")),
        ),
    )


def trial(channel: Channel) -> Message:
    """A card that is posted to see whether that works, and taken away at once."""
    return _single(channel, TRIAL, ("trial",))


def _thread(of: date) -> Message:
    """What the papers of a day are replies to."""
    return Message(headline=f"Papers of {of:%a} {day(of)}")


def _changed(payload: Mapping[str, Any]) -> Message:
    """One quiet line for each change that somebody made to the channel's subscriptions."""
    lines = tuple(Para(text=_change(change)) for change in payload["changes"])
    return Message(headline="This channel's subscriptions changed", body=lines)


def _change(change: Mapping[str, Any]) -> Text:
    who, what, query = _person(change["who"]), change["what"], Span(text=change.get("query") or "", code=True)
    rate = f" ({change['rate']})" if change.get("rate") else ""
    match what:
        case "subscribed":
            return (who, " subscribed this channel to ", query, f"{rate}.")
        case "unsubscribed":
            return (who, " unsubscribed this channel from ", query, ".")
        case "edited":
            return (
                who,
                " changed ",
                Span(text=change.get("before") or "", code=True),
                " to ",
                query,
                f"{rate}.",
            )
        case _:
            return (who, f" {what} ", query if change.get("query") else "this channel", ".")
