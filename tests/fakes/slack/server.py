"""The fake Slack, put together: module by module, each on top of the one below.

platform (memory) → api (Web API) → sockets → delivery → answers → events → people → browser.
The methods of the Web API register themselves when their modules are imported.
"""

from tests.fakes.slack import methods_auth, methods_chat, methods_conversations, methods_views
from tests.fakes.slack.browser import Browser

METHOD_MODULES = (methods_auth, methods_chat, methods_conversations, methods_views)


class SlackServer(Browser):
    """Stands for slack.com on loopback. `async with` starts it; `install` puts the app into a workspace."""
