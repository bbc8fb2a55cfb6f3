"""The pages of accounts: the first visit, signing in, and what an account is and who has a say in it."""

from __future__ import annotations

from fastapi import APIRouter

from web.accounts.pages import account, audit, codes, managers, sessions, set_up, sign_in, tokens

router = APIRouter(include_in_schema=False)
for room in (set_up, sign_in, codes, account, managers, tokens, sessions, audit):
    router.include_router(room.router)
