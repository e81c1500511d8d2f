"""`run`, `demo`, `poll` and `type`: the bot at work."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.start import fail, start

if TYPE_CHECKING:
    from bot.chat.message import Action
    from bot.settings import Settings


def run(
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Poll now, deliver, answer the commands on standard input, deliver, and stop."
        ),
    ] = False,
) -> None:
    """Run the bot: poll, deliver, and take commands."""

    async def work(settings: "Settings") -> None:
        from bot import service

        await service.run(settings, once=once)

    start(work)


def demo() -> None:
    """Show the whole product in under a minute: sample papers, no account, no token, no network."""

    async def work(settings: "Settings") -> None:
        from bot.demo import story

        await story.play(settings)

    start(work)


def poll() -> None:
    """Read the feed once and plan what it brings; whoever runs posts it."""

    async def work(settings: "Settings") -> None:
        from bot import app
        from bot.store import lock

        await app.migrated(settings)
        async with app.built(settings) as parts, lock.held(parts.database, parts.clock):
            await parts.database.check()
            polled = await parts.poller.poll()
        found = f"{polled.new} new paper{'' if polled.new == 1 else 's'}"
        typer.echo(found + (", seeded without posting" if polled.seeded else ""))
        if polled.failures:
            fail("\n".join(f"{day}: {reason}" for day, reason in polled.failures.items()))

    start(work)


def type_(
    line: Annotated[str, typer.Argument(help="What one would type in the channel, such as '/papers list'.")],
    channel: Annotated[
        str, typer.Option(help="The channel, such as webhook:ml, chat:T1/C1, or #vision in the terminal.")
    ] = "#general",
) -> None:
    """Do one command in a channel, also beside a running bot."""

    async def work(settings: "Settings") -> None:
        from bot import app
        from bot.chat.line import typed_line, without_name
        from bot.chat.plain import plain
        from bot.cli.acting import Acting

        await app.migrated(settings)
        async with app.built(settings) as parts:
            await parts.database.check()
            async with Acting(parts) as operator:
                context = await operator.context(channel)
                reply = await parts.commands.typed(
                    context, without_name(line, f"/{settings.paperboy_command}")
                )

        def typed(action: "Action") -> str:
            line = typed_line(action.command, action.arguments, parts.commands.table)
            return f"/{settings.paperboy_command} {line}"

        typer.echo(plain(reply, typed=typed))
        if reply.error:
            raise typer.Exit(1)

    start(work)


type_.__name__ = "type"
VERBS = (run, demo, poll, type_)
