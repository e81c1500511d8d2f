"""The operator's verbs. Nothing heavy is imported before a verb runs, so that `--help` is instant."""

import sys

import typer

from bot.cli import data, look, running

cli = typer.Typer(
    name="paperboy",
    help="Bring new research papers to the chat channels that asked for them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_SETTINGS = {look.search: {"ignore_unknown_options": True}}  # `-video` belongs to a query
for module in (running, data, look):
    for verb in module.VERBS:
        cli.command(context_settings=_SETTINGS.get(verb))(verb)


def main() -> None:
    """Run a verb. Exit codes: 0, 1 for a failure, 2 for bad usage, 130 after Ctrl-C."""
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(130)
