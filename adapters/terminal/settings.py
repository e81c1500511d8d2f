"""What the terminal reads from the environment: nothing of its own."""

from bot.settings import AdapterSettings


class TerminalSettings(AdapterSettings):
    """Never asked for: the app switches the terminal on when no other platform takes commands."""

    paperboy_command: str = "papers"  # the core's setting, read here too: the word that people type
