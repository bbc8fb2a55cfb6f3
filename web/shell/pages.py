"""The page that belongs to no slice: whether the console is well."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from web.shell.reach import TheStore

router = APIRouter(include_in_schema=False)


@router.get("/health")
def health(store: TheStore) -> Response:
    """For whoever watches the machine: 200 while pages can be made, 503 otherwise."""
    try:
        with store.database.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "the store cannot be reached"}, 503)
    return JSONResponse({"status": "well"})
