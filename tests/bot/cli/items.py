"""Items of the past, and files that hold them."""

import json
from typing import Any

from tests.fakes.feed import item


def past(number: int, title: str = "Diffusion", *, day: str = "2025-01-02") -> dict[str, Any]:
    """An item that was put on the page of `day`."""
    stamp = f"{day}T03:{number:02}:00.000Z"
    return item(f"2501.99{number:03}", f"{title} {number}", submittedOnDailyAt=stamp)


def as_array(*items: object) -> bytes:
    """A JSON array on several lines."""
    return json.dumps(items, indent=1).encode()


def as_lines(*items: object) -> bytes:
    """A JSON object a line."""
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in items)
