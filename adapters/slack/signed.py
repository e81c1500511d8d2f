"""What must be signed, over HTTP: bolt compares signatures; here is what it cannot, and what the log says."""

import re
from collections.abc import Mapping, MutableMapping, Sequence

from bot.clock import MINUTE, Clock
from bot.logs import get_logger

log = get_logger(__name__)
SHAPES: Mapping[str, re.Pattern[str]] = {  # docs.slack.dev/authentication/verifying-requests-from-slack
    "x-slack-request-timestamp": re.compile(r"[0-9]{1,12}"),
    "x-slack-signature": re.compile(r"v0=[0-9a-f]{64}"),
}
QUIET = 5 * MINUTE  # between two lines in the log
_REASON = "the signature does not fit SLACK_SIGNING_SECRET (or the machine's clock is wrong)"


def sifted(headers: MutableMapping[str, Sequence[str]]) -> bool:
    """Whether `headers` hold what looks like a signature; what does not is taken out of them.

    slack_sdk raises on a time that is no number and on a signature that is not ASCII, where it
    should say no, as it does where there is none.
    """
    if all(shape.fullmatch(next(iter(headers.get(name, ())), "")) for name, shape in SHAPES.items()):
        return True
    for name in SHAPES:
        headers.pop(name, None)
    return False


class Refusals:
    """Says that signatures are refused, and not each time: anybody can send some."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._quiet_until = clock, 0

    def note(self) -> None:
        """One was refused."""
        now = self._clock.now()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET
            log.warning("slack.refused", reason=_REASON)
