"""The console as a web application: which address is whose, and how it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hevesy.console import asking, keeping, looking
from hevesy.console.desk import Desk
from hevesy.console.guard import Guard
from hevesy.errors import CannotAnswerError

OF_THE_DESK = ("answers", "note", "readouts", "screens", "shelf", "static")
"""First parts of addresses that are no question's."""


def application(desk: Desk) -> Starlette:
    """The console as a web application."""
    taken = sorted(set(OF_THE_DESK) & set(desk.commands))
    assert not taken, f"a question may not be called {taken}"

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        desk.bench.start()
        yield
        await desk.bench.stop()

    app = Starlette(
        routes=[
            Route("/", looking.home),
            Route("/static/{name}", looking.of_static),
            Route("/screens/{name}", looking.screen),
            Route("/readouts", looking.readouts),
            Route("/readouts/{name}/{file:path}", looking.of_readout),
            Route("/shelf", keeping.shelf),
            Route("/shelf", keeping.drop, methods=["POST"]),
            Route("/shelf/remove", keeping.remove, methods=["POST"]),
            Route("/note", keeping.note),
            Route("/note", keeping.add_to_note, methods=["POST"]),
            Route("/note/remove", keeping.remove_from_note, methods=["POST"]),
            Route("/answers/{id}", asking.answer),
            Route("/answers/{id}/cancel", asking.cancel, methods=["POST"]),
            Route("/answers/{id}/{file:path}", asking.beside),
            Route("/{name}", asking.ask),
            Route("/{name}", asking.write, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, keys=desk.keys), Middleware(GZipMiddleware, minimum_size=1000, compresslevel=3)],
        exception_handlers={HTTPException: refused, CannotAnswerError: cannot, Exception: defect},
        lifespan=running,
    )
    app.router.redirect_slashes = False
    app.state.desk = desk
    return app


async def refused(request: Request, refusal: Exception) -> Response:
    """One sentence."""
    assert isinstance(refusal, HTTPException)
    detail = refusal.detail if refusal.detail.endswith(".") else "There is no such page."
    return PlainTextResponse(f"{detail}\n", refusal.status_code)


async def cannot(request: Request, refusal: Exception) -> Response:
    """What cannot be done, and why."""
    return PlainTextResponse(f"{refusal}\n", 503)


async def defect(request: Request, found: Exception) -> Response:
    """A defect shows its kind."""
    return PlainTextResponse(f"A defect of Hevesy: {type(found).__name__}.\n", 500)
