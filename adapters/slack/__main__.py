"""Prints the app's manifest as the settings want it:  python -m adapters.slack [paperboy.example]"""

import sys
from collections.abc import Sequence

from adapters.slack.settings import SlackSettings
from bot.settings import SettingsError, readable


def printed(words: Sequence[str]) -> str:
    """The manifest for the host that `words` name, if any. Raises SettingsError, or ValueError."""
    if len(words) > 1:
        raise ValueError("Name one host, such as paperboy.example, or none.")
    return readable(SlackSettings).manifest(*words)


if __name__ == "__main__":
    try:
        sys.stdout.write(printed(sys.argv[1:]))
    except (SettingsError, ValueError) as error:
        sys.exit(str(error))
