"""Commands as people give them on Slack: by slash command, by mention, in direct messages."""

from tests.fakes.feed import item
from tests.fakes.slack import text_of
from tests.fakes.slackbot import ANN, DIRECT, ML, Slackbot


async def test_a_channel_is_subscribed_and_gets_its_papers(slackbot: Slackbot) -> None:
    reply = await slackbot.type('subscribe "world model"')
    assert '✓ #ml now gets papers matching "world model"' in reply.shown
    await slackbot.publish(item("2512.99001", "A world model of tea"), item("2512.99002", "Coffee"))
    assert ["A world model of tea" in shown for shown in slackbot.posted()] == [True]


async def test_the_bot_is_spoken_to_in_a_channel(slackbot: Slackbot) -> None:
    await slackbot.slack.mention(ANN, ML, "<@UBOTT1> subscribe &lt;think&gt; tokens")
    shown = await slackbot.slack.until(lambda: slackbot.slack.private(ANN, ML))
    assert "✓ #ml now gets papers matching" in shown[-1].shown


async def test_the_bot_is_spoken_to_alone(slackbot: Slackbot) -> None:
    await slackbot.slack.say(ANN, DIRECT, "subscribe diffusion")
    shown = await slackbot.slack.until(lambda: [m for m in slackbot.slack.messages(DIRECT) if m.bot])
    assert "✓ your chat with me now gets papers matching diffusion" in shown[-1].shown


async def test_a_form_opens_and_is_filled_in(slackbot: Slackbot) -> None:
    answer = await slackbot.slack.command(ANN, ML, "subscribe")
    view = await answer.modal()
    done = await slackbot.slack.submit(view, {"Query": "diffusion OR"})
    assert done.errors
    done = await slackbot.slack.submit(view, {"Query": "diffusion"})
    print(done, answer.messages)
    assert done.action == ""
    assert "✓ #ml now gets papers matching diffusion" in (await answer.later()).shown


async def test_home(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion")
    await slackbot.slack.open_home(ANN)
    await slackbot.slack.until(lambda: slackbot.slack.homes)
    home = slackbot.slack.home(ANN)
    await slackbot.slack.press(ANN, home, "Pause")
    await slackbot.slack.until(lambda: "paused in #ml" in text_of(slackbot.slack.home(ANN).blocks))
