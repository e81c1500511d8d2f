"""Actions as numbers: a person at a terminal presses what they can type."""

from dataclasses import dataclass

from adapters.terminal.limits import NUMBERS
from bot.models import Channel, ChannelKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressable:
    """What a number presses: an action's value, in the channel where it was shown."""

    channel: Channel
    value: str


class Numbers:
    """Gives actions numbers: rising from 1, never used for anything else in this process.

    The same action shown again in its channel keeps its number, so numbers stay short.
    """

    def __init__(self, keep: int = NUMBERS) -> None:
        self._keep, self._last = keep, 0
        self._numbers: dict[tuple[ChannelKey, str], int] = {}
        self._shown: dict[int, Pressable] = {}

    def of(self, pressable: Pressable) -> int:
        """The number that presses `pressable` from now on."""
        key = pressable.channel.key, pressable.value
        number = self._numbers.get(key) or self._new()
        self._shown.pop(number, None)  # shown last, forgotten last
        self._shown[number] = pressable
        self._numbers[key] = number
        if len(self._shown) > self._keep:
            self._forget(next(iter(self._shown)))
        return number

    def at(self, number: int) -> Pressable | None:
        """What `number` presses, if it was given to anything that is still known."""
        return self._shown.get(number)

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _forget(self, number: int) -> None:
        forgotten = self._shown.pop(number)
        del self._numbers[forgotten.channel.key, forgotten.value]
