"""The HTTP application: which path leads where, and what answers when none does.

Built by the composition root, served by `server`; each group of routes stands in a file of its own, what stands before
all of them in `front`.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from exchange.store.errors import StoreError
from gateway.http.accounts import Accounts
from gateway.http.admin import Admin
from gateway.http.auth import Auth
from gateway.http.callers import API_KEY_HEADER, SCRIPT_HEADER
from gateway.http.clock import Clock
from gateway.http.documents import Documents
from gateway.http.fix_sessions import FixSessions
from gateway.http.front import Headed, RateLimited
from gateway.http.health import Health
from gateway.http.market_data import MarketData
from gateway.http.metrics import Metrics
from gateway.http.openapi import api_document
from gateway.http.operations import Operations
from gateway.http.pages import Pages
from gateway.http.problems import (
    Problem,
    answer_failure,
    answer_http_exception,
    answer_problem,
    answer_store_error,
)
from gateway.http.trading.routes import trading_routes
from gateway.http.users import UserAdmin
from gateway.http.view import ExchangeView
from gateway.http.wrong_fields import answer_wrong_fields

CORS_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CORS_HEADERS = ("authorization", "content-type", API_KEY_HEADER, SCRIPT_HEADER)


def build_app(view: ExchangeView) -> ASGIApp:
    """All routes over one exchange."""
    # A path with a slash too many is no path: a redirect would lead POST to another answer than it had asked for.
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.callers = view.access
    for router in page_routers(view) + api_routers(view):
        app.include_router(router)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(StoreError, answer_store_error)
    app.add_exception_handler(RequestValidationError, answer_wrong_fields)
    app.add_exception_handler(HTTPException, answer_http_exception)
    app.add_exception_handler(Exception, answer_failure)
    origins = sorted(view.access.allowed_origins)
    open_app: ASGIApp = app
    if origins:
        open_app = CORSMiddleware(
            app, origins, CORS_METHODS, CORS_HEADERS, allow_credentials=True, expose_headers=["Retry-After"]
        )
    return Headed(RateLimited(open_app, view.access.rates))


def page_routers(view: ExchangeView) -> list[APIRouter]:
    """What is for people: pages, and the API's document."""
    return [Pages().router(), Documents(partial(api_document, api_routers(view))).router()]


def api_routers(view: ExchangeView) -> list[APIRouter]:
    """What is for programs, in the order in which paths are looked for. Without a store there are no users."""
    routers = [
        Health(view).router(),
        Metrics(view, version("fixpit")).router(),
        MarketData(view.venue).router(),
        Admin(view).router(),
        Operations(view).router(),
        Accounts(view).router(),
        Clock(view).router(),
    ]
    platform = view.platform
    if platform is not None:
        routers += [
            Auth(platform).router(),
            UserAdmin(platform.users).router(),
            FixSessions(view.fix_sessions).router(),
            *trading_routes(platform),
        ]
    return routers
