"""Nobody learns which extensions there are: the same bytes, and the same path through the code, for each tried."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

import sip
from engine.dialplan.load import load_account
from engine.numbering import Numbering
from engine.router import Router
from engine.settings import Settings
from engine.store.store import Store
from sip.core import CoreConfig, UserAgentCore
from sip.digest import Authenticator, authorize
from sip.errors import DropReason
from sip.flow import Flow
from sip.guard.guard import Guard
from sip.guard.slowing import FREE_TRIES, LONGEST
from sip.message.envelope import Request, Response
from sip.registrar import Registrar
from sip.testing.parts import MemoryBindings
from sip.testing.scripted import ScriptedPeer

ROOT = Path(sip.__file__).parent.parent
PHONE = Flow("udp", ("192.0.2.1", 5060), ("198.51.100.7", 40_000))
BAKERY = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {front-desk: {extension: 101}, orders: {extension: 102}}
main_number: {ring: orders}
"""
KNOWN, UNKNOWN = "101", "999"
PASSWORD = "bread-101-bread"
CHANCE = re.compile(rb'nonce="[^"]*"|tag=[^;\r]*|branch=[^;\r]*|Call-ID: [^\r]*|CSeq: \d+|Date: [^\r]*')
METHODS = ["REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE"]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Numbering, Store]]:
    folder = tmp_path_factory.mktemp("bakery")
    (folder / "bakery.yaml").write_text(BAKERY)
    account = load_account(folder / "bakery.yaml", sounds_cache=folder / "cache", prompts_dir=Path("prompts"))
    with Store(Settings(state=folder / "state")) as store:
        store.passwords.set("bakery", KNOWN, PASSWORD)
        store.passwords.set("bakery", "102", "cakes-102-cakes")
        yield Numbering([account]), store


@pytest.fixture
def phone(parts: tuple[Numbering, Store]) -> ScriptedPeer:
    numbering, store = parts
    guard = Guard()
    router = Router(numbering, store.passwords, Authenticator(b"0123456789abcdef"), guard)
    core = UserAgentCore(CoreConfig(), router, Registrar(MemoryBindings()), guard)
    return ScriptedPeer(core, PHONE)


def asking(phone: ScriptedPeer, method: str, user: str, *, called: str = "sip:102@bakery.test") -> Request:
    phone.call_id = f"call-{phone.cseq}"
    uri = "sip:bakery.test" if method == "REGISTER" else called
    made = phone.request(method, uri=uri).with_header("From", f"<sip:{user}@bakery.test>;tag=1")
    return made.with_header("To", f"<sip:{user}@bakery.test>") if method == "REGISTER" else made


def answered(phone: ScriptedPeer, request: Request) -> Response:
    phone.send(request)
    finals = [each for each in phone.sent() if isinstance(each, Response) and each.status >= 200]
    assert len(finals) == 1
    return finals[0]


def attempt(
    phone: ScriptedPeer, method: str, user: str, password: str, contact: str | None = None
) -> tuple[Response, Response]:
    """Both answers: to the request without credentials, and to the one with them."""
    first = answered(phone, asking(phone, method, user))
    line = (
        authorize(
            first.header_all("WWW-Authenticate" if first.status == 401 else "Proxy-Authenticate"),
            method,
            asking(phone, method, user).uri,
            user,
            password,
        )
        or "Digest x"
    )
    name = "Authorization" if first.status == 401 else "Proxy-Authorization"
    again = asking(phone, method, user).with_header(name, line)
    return first, answered(phone, again if contact is None else again.with_header("Contact", contact))


def without_chance(response: Response, user: str) -> bytes:
    """The response less what differs between any two: nonces, tags, branches, dates, and the user asked for."""
    data = re.sub(
        rb'nonce="[^"]*"|tag=[^;\r]*|branch=[^;\r]*|Call-ID: [^\r]*|CSeq: \d+|Date: [^\r]*', b"", response.encode()
    )
    return data.replace(user.encode(), b"USER")


@pytest.mark.parametrize("method", METHODS)
def test_unknown_user_and_wrong_password_are_alike_in_bytes(phone: ScriptedPeer, method: str) -> None:
    for known, unknown in zip(
        attempt(phone, method, KNOWN, "wrong"), attempt(phone, method, UNKNOWN, "wrong"), strict=True
    ):
        assert without_chance(known, KNOWN) == without_chance(unknown, UNKNOWN)


@pytest.mark.parametrize("called", ["sip:+31201234567@bakery.test", "sip:102@bakery.test", "sip:777@bakery.test"])
def test_calling_in_somebodys_name_tells_nothing_either(phone: ScriptedPeer, called: str) -> None:
    known, unknown = (answered(phone, asking(phone, "INVITE", user, called=called)) for user in (KNOWN, UNKNOWN))
    assert without_chance(known, KNOWN) == without_chance(unknown, UNKNOWN)
    assert known.status == 407


def test_an_outsider_learns_nothing_by_dialling(phone: ScriptedPeer) -> None:
    there, nowhere = (
        answered(phone, asking(phone, "INVITE", "+31701112233", called=f"sip:{user}@bakery.test"))
        for user in (KNOWN, UNKNOWN)
    )
    assert without_chance(there, KNOWN) == without_chance(nowhere, UNKNOWN)


def path_of(phone: ScriptedPeer, request: Request) -> list[str]:
    """The functions that run to answer a request, in their order: a measure of time that other programs do not blur."""
    called: list[str] = []

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith((str(ROOT / "sip"), str(ROOT / "engine"))):
            called.append(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")

    data = request.encode()
    gc.disable()  # what it finalizes runs in between
    sys.setprofile(note)
    try:
        phone.core.receive(data, phone.flow, phone.now)
    finally:
        sys.setprofile(None)
        gc.enable()
    phone.sent()
    return called


@pytest.mark.parametrize("method", ["REGISTER", "INVITE"])
def test_unknown_user_and_wrong_password_take_the_same_path(phone: ScriptedPeer, method: str) -> None:
    paths = []
    for user in (KNOWN, UNKNOWN, KNOWN, UNKNOWN):
        challenge = answered(phone, asking(phone, method, user))
        values = challenge.header_all("WWW-Authenticate") or challenge.header_all("Proxy-Authenticate")
        request = asking(phone, method, user)
        line = authorize(values, method, request.uri, user, "wrong-password")
        assert line is not None
        paths.append(path_of(phone, request.with_header("Authorization", line)))
    assert paths[2] == paths[3], "caches are warm now"
    assert any("compare" in each or "_verify" in each for each in paths[3])


# --- an office, and one phone with a stale password -------------------------------------------------------------------


def registers(phone: ScriptedPeer, user: str, password: str, contact: str | None = None) -> int:
    return attempt(phone, "REGISTER", user, password, contact)[1].status


def test_a_stale_password_slows_its_own_phone_and_no_other(phone: ScriptedPeer) -> None:
    assert [registers(phone, "102", "stale") for _ in range(40)] == [401] * 40
    assert registers(phone, KNOWN, PASSWORD) == 200
    office = phone.core.guard
    assert office is not None
    assert [ban.user for ban in office.bans.current(phone.now)] == ["102"]


def test_a_slowed_phone_is_refused_with_the_right_password_too_until_it_is_over(phone: ScriptedPeer) -> None:
    """Otherwise guessing would go on at full speed, and tell by the answer."""
    for _ in range(FREE_TRIES):
        registers(phone, KNOWN, "wrong")
    assert registers(phone, KNOWN, PASSWORD) == 401
    phone.wait(LONGEST)
    assert registers(phone, KNOWN, PASSWORD) == 200


@pytest.mark.parametrize("attacker", [PHONE, Flow("udp", PHONE.local, (PHONE.remote[0], 40_001))])
def test_the_right_password_is_never_refused_for_anothers_wrong_ones(phone: ScriptedPeer, attacker: Flow) -> None:
    """Another device behind the same router, or even behind the same proxy, guesses this very user's password."""
    theirs = ScriptedPeer(phone.core, attacker)
    theirs.cseq = 1000
    for _ in range(3):
        for _ in range(FREE_TRIES * 4):
            assert registers(theirs, KNOWN, "wrong", "<sip:mallory@10.0.0.66:5060>") == 401
        assert registers(theirs, KNOWN, PASSWORD, "<sip:mallory@10.0.0.66:5060>") == 401
        assert registers(phone, KNOWN, PASSWORD, "<sip:101@10.0.0.5:5060>") == 200
        phone.now = theirs.now = phone.now + 60.0


def test_a_used_nonce_tells_a_slowed_guesser_nothing(phone: ScriptedPeer) -> None:
    """Somebody of the house uses a nonce with their own password, and then guesses another's with it."""
    for _ in range(FREE_TRIES):
        registers(phone, KNOWN, "wrong")
    answers = []
    for guess in ("wrong", PASSWORD):
        challenge = answered(phone, asking(phone, "REGISTER", "102"))
        for user, password in (("102", "cakes-102-cakes"), (KNOWN, guess)):
            request = asking(phone, "REGISTER", user)
            line = authorize(challenge.header_all("WWW-Authenticate"), "REGISTER", request.uri, user, password)
            assert line is not None
            answer = answered(phone, request.with_header("Authorization", line))
        answers.append(without_chance(answer, KNOWN))
    assert answers[0] == answers[1]


def test_an_unanswered_challenge_and_a_stale_nonce_are_no_failures(phone: ScriptedPeer) -> None:
    for _ in range(30):
        challenge = answered(phone, asking(phone, "REGISTER", KNOWN))
    request = asking(phone, "REGISTER", KNOWN)
    line = authorize(challenge.header_all("WWW-Authenticate"), "REGISTER", request.uri, KNOWN, PASSWORD)
    assert line is not None
    phone.wait(400.0)
    for _ in range(30):
        stale = answered(phone, asking(phone, "REGISTER", KNOWN).with_header("Authorization", line))
        assert all("stale=true" in value for value in stale.header_all("WWW-Authenticate"))
    guard = phone.core.guard
    assert guard is not None
    assert guard.bans.current(phone.now) == []


def test_a_nonce_of_ones_own_bans_nobody_elses_address(phone: ScriptedPeer) -> None:
    """An attacker takes a nonce at their own address and answers it, wrongly, under the address of an office."""
    attacker = Flow("udp", ("192.0.2.1", 5060), ("203.0.113.66", 5060))
    for number in range(60):
        request = asking(phone, "REGISTER", f"{100 + number}")
        phone.send(request, attacker)
        (challenge,) = (each for each in phone.sent() if isinstance(each, Response))
        user = f"{100 + number}"
        again = asking(phone, "REGISTER", user)
        line = authorize(challenge.header_all("WWW-Authenticate"), "REGISTER", again.uri, user, "wrong")
        assert line is not None
        phone.send(again.with_header("Authorization", line), PHONE)
        phone.sent()
        phone.wait(1.0)
    guard = phone.core.guard
    assert guard is not None
    assert guard.bans.current(phone.now) == []


def test_trying_many_users_is_banned_and_met_with_silence(phone: ScriptedPeer) -> None:
    for number in range(25):
        phone.send(asking(phone, "REGISTER", str(200 + number)))
        challenges = [each for each in phone.sent() if isinstance(each, Response)]
        if not challenges:
            break
        request = asking(phone, "REGISTER", str(200 + number))
        line = authorize(
            challenges[0].header_all("WWW-Authenticate"), "REGISTER", request.uri, str(200 + number), "guess"
        )
        assert line is not None
        phone.send(request.with_header("Authorization", line))
        phone.sent()
    else:
        pytest.fail("nobody was banned")
    assert phone.drops()[-1] is DropReason.BANNED
    assert number == 20
