"""What every feed is: a name, and an answer for each day."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import ClassVar

from bot.feeds.fetch import Validators
from bot.models import Listed

NOTHING_KNOWN: Mapping[str, Validators] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAnswer:
    """What a feed lists on `day`, without the pages that did not change since they were read.

    `validators` has every page that was asked, by URL: keep them once `listed` is stored, and not
    before.
    """

    day: date
    listed: tuple[Listed, ...] = ()
    validators: Mapping[str, Validators] = field(default_factory=dict)


class Feed(ABC):
    """A source of papers."""

    name: ClassVar[str]

    @abstractmethod
    async def day(self, day: date, known: Mapping[str, Validators] = NOTHING_KNOWN) -> DayAnswer:
        """What is listed on `day` (UTC); `known` are the validators kept so far, by URL.

        Raises FetchFailed when any part of the day cannot be read; nothing of it is kept then.
        """
