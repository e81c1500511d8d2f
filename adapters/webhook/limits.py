"""What the places take to which webhooks lead, in characters unless said otherwise.

Slack: docs.slack.dev, Block Kit reference and "Sending messages using incoming webhooks". Discord:
its OpenAPI description, operation execute_webhook, and the embed limits in its message resource.
All read on 2026-11-25.
"""

from datetime import timedelta

# Slack
SLACK_BLOCKS = 50  # a message
SLACK_TEXT = 3_000  # a text object, and the `text` that phones show
SLACK_ALL_TEXT = 12_000  # over all blocks; undocumented, posts fail at about 13,000
SLACK_ALT_TEXT = 2_000  # of a picture
SLACK_URL = 3_000

# Discord
DISCORD_CONTENT = 2_000
DISCORD_EMBEDS = 10  # a message
DISCORD_ALL_EMBEDS = 6_000  # titles and descriptions of all embeds together
DISCORD_TITLE = 256
DISCORD_DESCRIPTION = 4_096
DISCORD_URL = 2_048
DISCORD_ITEM = 1_000  # a line of a list, with its markup; our own, so that no line takes all the room

# Our own shape
JSON_TEXT = 1_000  # one field
JSON_ALL_TEXT = 40_000  # the whole message as plain text

POSTS_A_SECOND = 1.0  # Slack: 1 a webhook; Discord: 5 in 2 s a webhook; others are spared likewise
TIMEOUT = timedelta(seconds=10)
