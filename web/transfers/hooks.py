"""Where a carrier's program reports what becomes of orders (``reports``)."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.shell.reach import Now, TheSettings, TheStore
from web.transfers.desk import WEBHOOK
from web.transfers.doors import TheDesk
from web.transfers.reports import MAX_BODY, BadReport, secrets_in, take, verified

TIMESTAMP: Final = "belplan-timestamp"
SIGNATURE: Final = "belplan-signature"

router = APIRouter(include_in_schema=False)


@router.post(WEBHOOK)
async def report(request: Request, desk: TheDesk, settings: TheSettings, store: TheStore, now: Now) -> Response:
    """Take a report that the carrier has signed. No more is read of a body than a report has."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            break
    head = request.headers

    def taken() -> Response:
        try:
            found = verified(
                secrets_in(settings.transfer_secret_file), head.get(TIMESTAMP, ""), head.get(SIGNATURE, ""), body, now
            )
            answer = take(desk, store.console.transfers, found, body, now)
        except BadReport as problem:
            return JSONResponse({"error": str(problem), "fault": problem.fault.value}, problem.status)
        return JSONResponse(answer.model_dump())

    return await run_in_threadpool(taken)
