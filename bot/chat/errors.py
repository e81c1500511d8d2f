"""What can go wrong between us and a chat platform.

    AdapterError
    ├── SetupFailed            the settings or rights are wrong; only a person can mend it
    └── PostFailed             one post (or edit, find) did not end well
        ├── RateLimited          not written; ask again after `after` seconds
        ├── Unavailable          not written; the platform cannot be reached
        ├── OutcomeUnknown       written, and nobody knows whether it was accepted
        ├── ChannelUnreachable   this channel takes nothing from us until somebody acts
        ├── WorkspaceUnreachable likewise the whole workspace
        └── MessageRefused       this message, whatever the channel
    CannotTell                 `find` has no way to know

What follows from each is decided in `bot/delivery/policy.py`.
"""

from typing import Literal

Scope = Literal["channel", "workspace", "bot"]


class AdapterError(Exception):
    """Base of all that an adapter raises."""


class SetupFailed(AdapterError):
    """An adapter cannot start: `what` is wrong, and `fix` is what a person does about it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what} {fix}")
        self.what, self.fix = what, fix


class PostFailed(AdapterError):
    """Common base of what one try can end in."""


class RateLimited(PostFailed):
    """Nothing was written; the platform asks to wait `after` seconds before the next in `scope`."""

    def __init__(self, after: float, scope: Scope = "channel") -> None:
        super().__init__(f"rate limited for {after:g} s ({scope})")
        self.after, self.scope = after, scope


class Unavailable(PostFailed):
    """Nothing was written: refused, no address, no TLS, no connection in time."""


class OutcomeUnknown(PostFailed):
    """The request was written and no readable answer came: it may have been accepted."""


class ChannelUnreachable(PostFailed):
    """The channel takes nothing from us, for a `reason` that a person must mend."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkspaceUnreachable(PostFailed):
    """The whole workspace takes nothing from us, for a `reason` that a person must mend."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MessageRefused(PostFailed):
    """The platform will not take this message, however often it is sent."""


PostError = (
    RateLimited | Unavailable | OutcomeUnknown | ChannelUnreachable | WorkspaceUnreachable | MessageRefused
)


class CannotTell(AdapterError):
    """The platform gives no way to learn whether a message arrived."""
