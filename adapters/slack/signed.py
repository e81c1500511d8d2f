"""What must be signed, over HTTP: bolt compares signatures; here is what it cannot."""

import re
from collections.abc import Mapping, MutableMapping, Sequence

SHAPES: Mapping[str, re.Pattern[str]] = {  # docs.slack.dev/authentication/verifying-requests-from-slack
    "x-slack-request-timestamp": re.compile(r"[0-9]{1,12}"),
    "x-slack-signature": re.compile(r"v0=[0-9a-f]{64}"),
}


def sift(headers: MutableMapping[str, Sequence[str]]) -> None:
    """Take out of `headers` what does not even look like a signature.

    slack_sdk raises on a time that is no number and on a signature that is not ASCII, where it
    should say no, as it does where there is none.
    """
    if all(shape.fullmatch(next(iter(headers.get(name, ())), "")) for name, shape in SHAPES.items()):
        return
    for name in SHAPES:
        headers.pop(name, None)
