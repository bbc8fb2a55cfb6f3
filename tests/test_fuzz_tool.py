"""The fuzzer itself, without atheris: its targets take what they begin with, and what is cut off or turned over."""

from __future__ import annotations

import pytest

from tools.fuzz import TARGETS, one_input, seeds


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_takes_what_it_begins_with_and_that_spoilt(target: str) -> None:
    for seed in seeds(target).values():
        for data in (seed, seed[: len(seed) // 2], seed[::-1], bytes(byte ^ 0x81 for byte in seed), b""):
            TARGETS[target](data)
    assert seeds(target)


def test_the_first_byte_chooses_the_target() -> None:
    for number, target in enumerate(TARGETS):
        one_input(bytes((number,)) + next(iter(seeds(target).values())))
    one_input(b"")
