"""What is left of a leg that has ended: nothing, by its reference counts alone."""

from __future__ import annotations

import gc
import random
import socket

import pytest

from bench.suites import bench_keys
from media.commands import Stream
from media.srtp import Srtp
from media.worker.legs import Leg
from media.worker.sockets import PortPair


def contexts() -> int:
    return sum(type(one) is Srtp for one in gc.get_objects())


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"])
def test_keys_and_contexts_of_an_encrypted_leg_go_with_it(suite: str) -> None:
    gc.collect()
    before = contexts()
    gc.disable()
    try:
        rtp, rtcp = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        leg = Leg(1, PortPair("127.0.0.1", 2, rtp, rtcp), 0, random.Random(1), 0.0)
        leg.configure(Stream("PCMU", 0, 0, "127.0.0.1", 4000, keys=bench_keys(suite)), 0.0)
        leg.emit = leg.secured(rtp.send)
        assert contexts() == before + 1
        leg.end()
        del leg
        assert contexts() == before
    finally:
        gc.enable()
