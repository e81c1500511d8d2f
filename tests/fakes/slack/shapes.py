"""What JSON may look like, as small checks that are put together; each yields Slack's complaints."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]  # of a value at a JSON pointer


def complaint(what: str, at: str) -> str:
    """As `response_metadata.messages` has it."""
    return f"[ERROR] {what} [json-pointer:{at or '/'}]"


def anything(_value: Any, _at: str) -> Iterator[str]:
    """Takes everything."""
    return iter(())


def string(most: int | None = None, least: int = 1) -> Check:
    """A text of `least` to `most` characters."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield complaint("must be a string", at)
        elif len(value) < least:
            yield complaint(f"must be more than {least - 1} characters", at)
        elif most is not None and len(value) > most:
            yield complaint(f"must be less than {most + 1} characters", at)

    return check


def one_of(*values: str) -> Check:
    """One of a few words."""

    def check(value: Any, at: str) -> Iterator[str]:
        if value not in values:
            yield complaint(f"must be a valid enum value, one of {', '.join(values)}", at)

    return check


def flag(value: Any, at: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield complaint("must be a boolean", at)


def number(least: int, most: int) -> Check:
    """A whole number in a range."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            yield complaint(f"must be an integer from {least} to {most}", at)

    return check


def url(most: int, schemes: tuple[str, ...] = ("http", "https")) -> Check:
    """An address that has a scheme and something behind it, without spaces."""
    text = string(most)

    def check(value: Any, at: str) -> Iterator[str]:
        complaints = list(text(value, at))
        yield from complaints
        if not complaints and not _is_url(value, schemes):
            yield complaint("must be a valid URL", at)

    return check


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    scheme, colon, rest = value.partition(":")
    host = rest[2:] if scheme in {"http", "https"} and rest.startswith("//") else rest
    hostless = scheme in {"http", "https"} and (not rest.startswith("//") or host[:1] in {"", "/", "?", "#"})
    return scheme in schemes and bool(colon and host) and not hostless and not any(map(str.isspace, value))


def items(inner: Check, most: int | None = None, least: int = 1) -> Check:
    """A list of `least` to `most` values that all pass `inner`."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield complaint("must be an array", at)
            return
        if len(value) < least:
            yield complaint(f"no less than {least} items allowed", at)
        if most is not None and len(value) > most:
            yield complaint(f"no more than {most} items allowed", at)
        for place, item in enumerate(value):
            yield from inner(item, f"{at}/{place}")

    return check


def shape(required: str = "", /, **fields: Check) -> Check:
    """An object with these fields (and "type") and no others; `required` names those that must be there."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must be an object", at)
            return
        for name in required.split():
            if name not in value:
                yield complaint(f"missing required field: {name}", at)
        for name, inner in value.items():
            if name in fields:
                yield from fields[name](inner, f"{at}/{name}")
            elif name != "type":
                yield complaint(f"invalid additional property: {name}", at)

    return check


def typed(table: Mapping[str, Check]) -> Check:
    """An object whose "type" is a row of `table`."""

    def check(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in table:
            yield complaint(f"unsupported type: {kind}", f"{at}/type")
            return
        yield from table[kind](value, at)

    return check


def both(*checks: Check) -> Check:
    """All of `checks`."""

    def check(value: Any, at: str) -> Iterator[str]:
        for inner in checks:
            yield from inner(value, at)

    return check


def either(*names: str) -> Check:
    """An object that has at least one of `names`."""

    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, dict) and not any(name in value for name in names):
            yield complaint(f"missing required field: one of {', '.join(names)}", at)

    return check


def texts(most: int, *kinds: str, least: int = 1) -> Check:
    """A text object of one of `kinds`, plain_text or mrkdwn."""
    plain = shape("text", text=string(most, least), emoji=flag)
    marked = shape("text", text=string(most, least), verbatim=flag)
    return typed({kind: {"plain_text": plain, "mrkdwn": marked}[kind] for kind in kinds})
