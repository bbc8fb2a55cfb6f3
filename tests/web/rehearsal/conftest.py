"""The bakery of the greetings' tests, with its manager."""

from __future__ import annotations

from tests.web.greeting.conftest import bakery, manager

__all__ = ["bakery", "manager"]
