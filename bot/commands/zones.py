"""Time zones by name, as people write them. Pure."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.chat.command import BadArgument, Context

NEAR = 0.75  # of difflib's ratio: `berln` is Berlin, and `mars` not Paris


def parse_zone(text: str) -> str:
    """The IANA name of the zone that `text` is. Raises BadArgument, with the name that was likely meant."""
    names = _names()
    wanted = _folded(text)
    if wanted in names:
        return names[wanted]
    near = _near(wanted)
    advice = f"Did you mean {near}?" if near else "Name it as in Europe/Berlin or UTC."
    raise BadArgument("zone", f"There is no time zone {text}. {advice}")


def first_zone(*names: str | None) -> tzinfo:
    """The first of `names` that is a zone on this machine; UTC where none is."""
    for name in filter(None, names):
        try:
            return ZoneInfo(name)
        except (
            ZoneInfoNotFoundError,
            ValueError,
            OSError,
        ):  # what a platform tells may be newer than our data
            continue
    return UTC


async def suggest_zones(context: Context, prefix: str) -> Sequence[str]:
    """The zones whose name, or the name of whose city, begins with `prefix`; first the person's own."""
    wanted = _folded(prefix)
    own = [context.tz] if context.tz and _begins(_folded(context.tz), wanted) else []
    found = [name for folded, name in _names().items() if _begins(folded, wanted)]
    return list(dict.fromkeys((*own, *found)))[:25]


@cache
def _names() -> dict[str, str]:
    """Every zone, by its name without capitals, in order."""
    return {_folded(name): name for name in sorted(available_timezones())}


def _folded(text: str) -> str:
    return "_".join(text.casefold().split())


def _begins(folded: str, wanted: str) -> bool:
    return folded.startswith(wanted) or folded.rpartition("/")[2].startswith(wanted)


def _near(wanted: str) -> str | None:
    """The zone that is nearly called `wanted`, or whose city is, if there is one."""
    cities = {folded.rpartition("/")[2]: name for folded, name in _names().items() if "/" in folded}
    known = {**cities, **_names()}
    return next((known[folded] for folded in get_close_matches(wanted, known, n=1, cutoff=NEAR)), None)
