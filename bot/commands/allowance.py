"""How many commands a person may give: enough for anybody, too few for a script."""

from collections import deque

from bot.clock import MINUTE, Clock

COMMANDS = 30  # a minute, each person


class Allowance:
    """Remembers who gave which commands in the last minute, and nobody longer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[tuple[str, ...], deque[int]] = {}  # whoever gave one last stands last

    def __len__(self) -> int:
        """How many people are remembered."""
        return len(self._given)

    def wait(self, *person: str) -> int:
        """Count a command of `person`: 0, or how many ms are left until they may give another."""
        now = self._clock.now()
        self._forget(now)
        given = self._given.get(person, deque())
        while given and _over(given[0], now):
            given.popleft()
        if len(given) >= COMMANDS:
            return given[0] + MINUTE - now
        self._given.pop(person, None)
        self._given[person] = given
        given.append(now)
        return 0

    def _forget(self, now: int) -> None:
        """Drop the people who gave no command in the minute before `now`."""
        while self._given:
            person, given = next(iter(self._given.items()))
            if not _over(given[-1], now):
                return
            del self._given[person]


def _over(at: int, now: int) -> bool:
    """Whether `at` lies outside the minute before `now`; a clock set back counts as time gone by."""
    return not now - MINUTE < at <= now
