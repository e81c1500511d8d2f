"""Who sits at this machine: their name, and the zone their clock is in."""

import getpass
import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOCALTIME = Path("/etc/localtime")


def login_name() -> str:
    """The login name, or "you" where there is none (some containers)."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "you"


def zone_name() -> str | None:
    """The machine's IANA zone, where it can be known: from TZ, else from where /etc/localtime points."""
    if named := os.environ.get("TZ", "").removeprefix(":"):
        return _known(named)
    _, found, name = LOCALTIME.resolve().as_posix().partition("zoneinfo/")
    return _known(name) if found else None


def _known(name: str) -> str | None:
    """`name`, if there is such a zone."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a directory
        return None
