"""The page on which a person lets the app in; docs.slack.dev, Installing with OAuth, read on 2026-11-25."""

from typing import Any

from aiohttp import web
from yarl import URL

from tests.fakes.slack.people import People
from tests.fakes.slack.platform import HOME_TEAM, Rules
from tests.fakes.slack.state import Grant, Workspace

AUTHORIZE = "/oauth/v2/authorize"


class Browser(People):
    """Somebody looks at the page and approves, or does not."""

    def __init__(self, clock: Any = None, rules: Rules | None = None) -> None:
        super().__init__(clock, rules)
        self.redirect_uris: set[str] | None = None  # those of the app's settings; None: any
        self.app.router.add_get(AUTHORIZE, self._page)

    async def approve(
        self, url: str, *, team: str = HOME_TEAM, user: str | None = None, org: bool = False
    ) -> str:
        """`user` lets the app into `team`; the address that the browser is sent to, with code and state.

        `org`: into a whole organisation, whose id `team` then is. Raises AssertionError for an
        address at which Slack shows an error.
        """
        asked = self._asked(url)
        workspace = self.workspaces.get(team) or self._unknown(team, org=org)
        code = f"code-{self.number()}-{self.number():032x}"
        self.grants[code] = Grant(
            code=code,
            workspace=workspace,
            user=user or self._somebody(team),
            scopes=set(asked.query["scope"].split(",")),
            redirect_uri=asked.query.get("redirect_uri", ""),
            at=self.clock.now(),
        )
        return self._back(asked, code=code)

    async def deny(self, url: str) -> str:
        """Somebody presses *Cancel*; the address that the browser is sent to."""
        return self._back(self._asked(url), error="access_denied")

    def _unknown(self, team: str, *, org: bool) -> Workspace:
        """A workspace (or an organisation) that never had the app."""
        made = self._new_workspace(team, team.lower(), set(), team if org else None)
        made.org_wide, made.installed = org, False
        self._people(made)
        return made

    def _somebody(self, team: str) -> str:
        return next(user.id for user in self.users.values() if user.team == team and not user.is_bot)

    def _asked(self, url: str) -> URL:
        asked = URL(url)
        problem = self._problem(asked)
        assert not problem, f"Slack shows: {problem}"
        return asked

    def _problem(self, asked: URL) -> str:
        """Why Slack would show an error instead of its page."""
        if (str(asked.origin()), asked.path) != (self.origin, AUTHORIZE):
            return f"{asked.origin()}{asked.path} is not the page"
        if asked.query.get("client_id") != self.client_id:
            return "invalid_client_id"
        if not asked.query.get("scope"):
            return "no_scopes"
        redirect = asked.query.get("redirect_uri")
        if self.redirect_uris is not None and redirect and redirect not in self.redirect_uris:
            return "bad_redirect_uri"
        return "" if redirect or self.redirect_uris else "no redirect_uri"

    def _back(self, asked: URL, **more: str) -> str:
        to = asked.query.get("redirect_uri") or min(self.redirect_uris or ())
        state = {"state": asked.query["state"]} if "state" in asked.query else {}
        return str(URL(to).update_query({**more, **state}))

    async def _page(self, request: web.Request) -> web.Response:
        problem = self._problem(URL(self.origin).join(request.rel_url))
        return web.Response(text=problem or "Allow?", status=400 if problem else 200)
