"""What Slack takes, how fast, and how long it waits.

Source: docs.slack.dev, the pages named beside the numbers, all read on 2026-11-25.
"""

from datetime import timedelta

# Rates and times
POSTS_CHANNEL = 1.0  # a second; chat.postMessage and "Rate limits": 1 a second to a channel
# There too: "several hundred messages per minute" to a workspace, with room for bursts. We take it for 300.
POSTS_WORKSPACE = 5.0  # a second

ANSWER = timedelta(seconds=3)  # "Handling user interaction", "The Events API": acknowledge within that
PATIENCE = timedelta(seconds=1.5)  # our own: for so long a handler may keep us from deferring
TRIGGER = timedelta(seconds=3)  # "Handling user interaction": a trigger_id opens one view, within that
RESPONSE_URL_USES = 5  # "Handling user interaction": response_url, so often …
RESPONSE_URL_LASTS = timedelta(minutes=30)  # … and for so long
SIGNATURE_AGE = timedelta(minutes=5)  # "Verifying requests from Slack": what is older is a replay

SOCKETS = 10  # "Using Socket Mode": connections of an app at a time
DEAF = timedelta(seconds=60)  # our own: a session that is silent for so long, pings too, is given up

# "The Events API": an event that was not acknowledged comes again almost at once, after 1 minute and
# after 5 minutes. Ids are kept far longer: a row is small, and what is late counts as done, not as new.
EVENT_MEMORY = timedelta(days=2)

# conversations.history: 100 by default and 999 at most, but 15 for apps that are sold outside of the
# Marketplace. A card that is looked for is seconds old.
FIND_MESSAGES = 50

# Previews of links; both are our own, to be no nuisance
UNFURL_LINKS = 2  # a message with more of them gets no preview
UNFURL_AGAIN = timedelta(minutes=30)  # nor does the same link in the same channel within that
