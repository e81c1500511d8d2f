"""Sample papers, written for this project, in the shape of the real API: three days of them.

Titles, people and results are invented; the ids are in a range that arXiv does not reach. The
addresses lie under `example.org`, which nobody owns.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

Item = Mapping[str, Any]  # one element of the API's answer
DAYS = 3
_STAMPS = ("publishedAt", "submittedOnDailyAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An item, and the day whose page it is on."""

    item: Item
    day: date

    @property
    def id(self) -> str:
        """The paper's id."""
        return str(self.item["paper"]["id"])


def _shifted(stamp: str, by: timedelta) -> str:
    moment = datetime.fromisoformat(stamp) + by
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _moved(item: dict[str, Any], by: timedelta) -> Sample:
    """`item` with every date moved by whole days."""
    moved = deepcopy(item)
    for holder in (moved, moved["paper"]):
        holder.update({key: _shifted(holder[key], by) for key in _STAMPS if key in holder})
    return Sample(item=moved, day=datetime.fromisoformat(moved["paper"]["submittedOnDailyAt"]).date())


def samples(first: date) -> tuple[Sample, ...]:
    """About forty papers on `first` and the two days after it, in the order in which they came."""
    items = json.loads(resources.files(__package__).joinpath("papers.json").read_text("utf-8"))
    recorded = datetime.fromisoformat(items[0]["paper"]["submittedOnDailyAt"]).date()
    return tuple(_moved(item, first - recorded) for item in items)
