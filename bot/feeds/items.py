"""From the API's JSON to `Paper`, at the door: what is bad is left out here and nowhere else.

An item that cannot be a paper (no id, no title) is skipped with one log line; a field that is
bad is dropped and the paper kept.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from yarl import URL

from bot.clock import epoch_ms
from bot.logs import get_logger
from bot.models import Listed, Paper, PaperId
from bot.plaintext import shown

FEED = "daily_papers"
LONGEST_URL = 2_000  # characters; what chat platforms take as the address of a picture
LARGEST_COUNT = 2**31 - 1  # what every database can store as an integer
GZIP = b"\x1f\x8b"

_ID = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?=(?:v\d+)?$)", re.ASCII)
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")  # in a web address
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
_PICTURE = (".png", ".jpg", ".jpeg", ".gif", ".webp")

log = get_logger(__name__)

JsonObject = Mapping[str, object]


class BadItem(ValueError):
    """This item is no paper; the message says why."""


class FileUnreadable(Exception):
    """A file of items cannot be read; the message names the file and the line."""


def load(text: str) -> object:
    """The JSON in `text`; raw control characters in strings are allowed. Raises ValueError with a reason."""
    try:
        return json.loads(text, strict=False, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg.removesuffix(' at')} at character {error.pos}") from error
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _integer(digits: str) -> int | None:
    """A number that a database can hold; Python refuses more than 4,300 digits with an error."""
    return int(digits) if len(digits) < 20 else None


def _text(*values: object) -> str | None:
    """The first of `values` that holds text, as a person reads it."""
    texts = (shown(value) for value in values if isinstance(value, str))
    return next(filter(None, texts), None)


def _count(value: object) -> int:
    """A number of people or things; 0 for what is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT:
        return value
    return 0


def _moment(value: object) -> datetime | None:
    """An ISO date and time, as UTC (also where the zone is missing)."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _day(*values: object) -> date | None:
    """The UTC day of the first of `values` that is a moment."""
    moments = (_moment(value) for value in values)
    return next((moment.date() for moment in moments if moment), None)


def _web_url(value: object) -> str | None:
    """An absolute http(s) address, percent-encoded; None for anything else.

    One with a user name in it is none either: it looks like another site than it leads to.
    """
    if not isinstance(value, str) or _UNFIT.search(value.strip()):
        return None
    try:
        url = URL(value.strip())
    except ValueError:
        return None
    sound = url.scheme in ("http", "https") and _HOST.fullmatch(url.raw_host or "") and not url.raw_user
    return str(url) if sound and len(str(url)) <= LONGEST_URL else None


def _picture(item: JsonObject) -> str | None:
    """The thumbnail; older items have it as `mediaUrl`, which may also be a video."""
    media = _web_url(item.get("mediaUrl"))
    is_picture = media and media.lower().endswith(_PICTURE)
    return _web_url(item.get("thumbnail")) or (media if is_picture else None)


def _authors(value: object) -> tuple[str, ...]:
    """Names in order; `hidden` keeps a paper off its author's own profile, not the author off the paper."""
    entries = value if isinstance(value, list) else []
    names = (_text(entry.get("name")) for entry in entries if isinstance(entry, dict))
    return tuple(filter(None, names))


def _organization(*values: object) -> str | None:
    entries = [value for value in values if isinstance(value, dict)]
    return _text(*(entry.get(key) for entry in entries for key in ("fullname", "name")))


def _keywords(value: object) -> tuple[str, ...]:
    words = (_text(word) for word in (value if isinstance(value, list) else []))
    return tuple(dict.fromkeys(filter(None, words)))


def _id(value: object) -> PaperId:
    """An arXiv id, new or old, without its version. Raises BadItem."""
    known = _ID.match(value.strip()) if isinstance(value, str) else None
    if not known:
        raise BadItem("no arXiv id")
    return PaperId(known[0])


def _paper(item: JsonObject, paper: JsonObject) -> Paper:
    title = _text(paper.get("title"), item.get("title"))
    submitted = _moment(paper.get("submittedOnDailyAt"))
    if not title:
        raise BadItem("no title")
    return Paper(
        id=_id(paper.get("id")),
        title=title,
        abstract=_text(paper.get("summary"), item.get("summary")) or "",
        authors=_authors(paper.get("authors")),
        organization=_organization(item.get("organization"), paper.get("organization")),
        published_on=_day(paper.get("publishedAt"), item.get("publishedAt")),
        submitted_at=epoch_ms(submitted) if submitted else None,
        upvotes=_count(paper.get("upvotes")),
        comments=_count(item.get("numComments")),
        stars=_count(paper.get("githubStars")),
        keywords=_keywords(paper.get("ai_keywords")),
        ai_summary=_text(paper.get("ai_summary")),
        code_url=_web_url(paper.get("githubRepo")),
        project_url=_web_url(paper.get("projectPage")),
        thumbnail=_picture(item),
    )


def read_item(item: object, day: date | None = None) -> Listed:
    """The paper of one item, listed on `day`. Raises BadItem.

    Without `day`: the item's own `day` (archives add it), else the day when it was put on the page,
    else, in older items, when it was published.
    """
    if not isinstance(item, dict):
        raise BadItem("not an object")
    paper = item.get("paper")
    if not isinstance(paper, dict):
        raise BadItem("no paper in it")
    listed_on = day or _day(
        item.get("day"), paper.get("submittedOnDailyAt"), item.get("publishedAt"), paper.get("publishedAt")
    )
    if not listed_on:
        raise BadItem("no day")
    return Listed(paper=_paper(item, paper), day=listed_on)


def _named(item: object) -> str | None:
    """What a log line can call a bad item."""
    paper = item.get("paper") if isinstance(item, dict) else None
    return ascii(paper.get("id"))[:40] if isinstance(paper, dict) else None


def read_items(items: Iterable[object], day: date | None = None) -> Iterator[Listed]:
    """The papers of `items`, each once a day; what is none is skipped with a log line."""
    seen: set[tuple[PaperId, date]] = set()
    for item in items:
        try:
            listed = read_item(item, day)
        except BadItem as error:
            log.warning("feed.item_skipped", feed=FEED, paper=_named(item), reason=str(error))
            continue
        if (listed.paper.id, listed.day) not in seen:
            seen.add((listed.paper.id, listed.day))
            yield listed


def _open(path: Path) -> TextIO:
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
    return gzip.open(path, "rt", encoding="utf-8-sig") if packed else path.open(encoding="utf-8-sig")


def read_file(path: Path) -> Iterator[object]:
    """The items of a file in the API's shape: a JSON array, or one object a line; also packed with gzip.

    Raises FileUnreadable, after the items before the bad line.
    """
    number = 0
    try:
        with _open(path) as file:
            for line in file:
                number += 1
                if line.lstrip().startswith("["):
                    yield from _array(line + file.read())
                elif line.strip():
                    yield load(line)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        place = f"{path}, line {number}" if number else str(path)
        raise FileUnreadable(f"{place}: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"not JSON: {error}" if isinstance(error, ValueError) else str(error)


def _array(text: str) -> list[object]:
    items = load(text)
    return items if isinstance(items, list) else [items]
