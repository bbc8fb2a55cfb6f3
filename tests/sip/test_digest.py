"""Digest: the RFCs' own examples, both sides against each other, and nothing gained by a stranger."""

from __future__ import annotations

import hashlib
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip import digest
from sip.digest import (
    MAX_CREDENTIALS,
    Algorithm,
    Authenticator,
    Missing,
    Secret,
    Stale,
    Verified,
    Wrong,
    authorize,
)
from sip.errors import DropReason, ProtocolError
from sip.message.bounds import MAX_PARAMS
from sip.message.build import request
from sip.message.credentials import parse_schemes
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri
from sip.nonces import NONCE_LIFETIME

REALM = "bakery.example"
URI = Uri.parse("sip:bakery.example")
SHA_256, MD5 = 0, 1


def lookup(username: str, realm: str) -> str | None:
    return "s3cret" if (username, realm) == ("101", REALM) else None


@pytest.fixture
def server() -> Authenticator:
    return Authenticator(b"0123456789abcdef")


def register(
    *credentials: str | None, uri: Uri = URI, method: str = "REGISTER", header: str = "Authorization"
) -> Request:
    me = NameAddr("", Uri.parse("sip:101@bakery.example"), (("tag", "1"),))
    lines = [(header, line) for line in credentials]
    return request(method, uri, from_=me, to=me, call_id="c", cseq=1, headers=lines)


def answer(challenge: str, *, user: str = "101", password: str = "s3cret", nc: int = 1, uri: Uri | str = URI) -> str:
    line = authorize(challenge, "REGISTER", uri, user, password, nc=nc)
    assert line is not None
    return line


# The examples of the RFCs ---------------------------------------------------------------------------------------------

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616_section_3_9_1(algorithm: str, response: str) -> None:
    line = authorize(
        RFC_7616.format(algorithm),
        "GET",
        "/dir/index.html",
        "Mufasa",
        "Circle of Life",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert line is not None
    ((scheme, given_params),) = parse_schemes(line)
    assert scheme == "digest"
    assert given_params == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "uri": "/dir/index.html",
        "response": response,
        "algorithm": algorithm,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        "qop": "auth",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    }
    assert "qop=auth," in line
    assert "nc=00000001," in line


def test_the_form_without_qop_of_rfc_2069() -> None:
    """As RFC 2617 section 3.2.2.1 has it for compatibility, reckoned here by hand."""
    line = authorize('Digest realm="r", nonce="n"', "INVITE", "sip:b@x", "u", "p")
    ha1 = hashlib.md5(b"u:r:p").hexdigest()
    ha2 = hashlib.md5(b"INVITE:sip:b@x").hexdigest()
    expected = hashlib.md5(f"{ha1}:n:{ha2}".encode()).hexdigest()
    assert line == f'Digest username="u", realm="r", nonce="n", uri="sip:b@x", response="{expected}"'


# The client's choice --------------------------------------------------------------------------------------------------


def chosen(*challenges: str) -> dict[str, str]:
    line = authorize(challenges, "INVITE", "sip:b@x", "u", "p", body=b"v=0")
    assert line is not None
    return parse_schemes(line)[0][1]


def test_the_strongest_algorithm_we_know_is_taken() -> None:
    offers = [f'Digest realm="r", nonce="{name}", algorithm={name}' for name in ("MD5", "SHA-1", "SHA-256", "SHA-999")]
    assert chosen(*offers)["algorithm"] == "SHA-256"
    assert chosen(*offers, 'Digest realm="r", nonce="n", algorithm=sha-512-256')["algorithm"] == "SHA-512-256"
    assert chosen(", ".join(offers))["nonce"] == "SHA-256", "several in one line"
    assert "algorithm" not in chosen('Digest realm="r", nonce="n"')


def test_qop_lists() -> None:
    assert chosen('Digest realm="r", nonce="n", qop="auth,auth-int"')["qop"] == "auth"
    assert chosen('Digest realm="r", nonce="n", qop=auth')["qop"] == "auth"
    assert "qop" not in chosen('Digest realm="r", nonce="n"')
    only_int = chosen('Digest realm="r", nonce="n", qop="auth-int"')
    ha1 = hashlib.md5(b"u:r:p").hexdigest()
    ha2 = hashlib.md5(f"INVITE:sip:b@x:{hashlib.md5(b'v=0').hexdigest()}".encode()).hexdigest()
    tail = f"n:00000001:{only_int['cnonce']}:auth-int:{ha2}"
    assert only_int["response"] == hashlib.md5(f"{ha1}:{tail}".encode()).hexdigest()


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Digest",
        'Basic realm="r"',
        'Digest realm="r"',
        'Digest realm="r", nonce="n", algorithm=MD5-sess',
        'Digest realm="r", nonce="n", qop="token"',
        'Digest realm="r", nonce="n',
    ],
)
def test_what_cannot_be_answered(challenge: str) -> None:
    assert authorize(challenge, "INVITE", "sip:b@x", "u", "p") is None
    assert authorize([challenge, 'Digest realm="r", nonce="n"'], "INVITE", "sip:b@x", "u", "p") is not None


# The server -----------------------------------------------------------------------------------------------------------


def test_sha_256_is_offered_first_and_md5_for_old_phones(server: Authenticator) -> None:
    offers = [parse_schemes(line)[0][1] for line in server.challenge(REALM, 5.0)]
    assert [offer["algorithm"] for offer in offers] == ["SHA-256", "MD5"]
    assert all((offer["realm"], offer["qop"]) == (REALM, "auth") and "stale" not in offer for offer in offers)
    assert "stale=true" in server.challenge(REALM, 5.0, stale=True)[0]


@pytest.mark.parametrize("header", ["Authorization", "Proxy-Authorization"])
@pytest.mark.parametrize("offer", [SHA_256, MD5])
def test_the_right_password(server: Authenticator, offer: int, header: str) -> None:
    line = answer(server.challenge(REALM, 5.0)[offer])
    assert server.verify(register(line, header=header), REALM, lookup, 6.0) == Verified("101")


def test_a_secret_serves_in_the_place_of_a_password(server: Authenticator) -> None:
    secret = Secret.of("101", REALM, "s3cret")
    for offer in (SHA_256, MD5):
        line = answer(server.challenge(REALM, 5.0)[offer])
        assert server.verify(register(line), REALM, lambda *_: secret, 6.0) == Verified("101")
    assert "s3cret" not in repr(secret)
    assert not any(value in repr(secret) for value in secret.hashes.values())
    partial = Secret({Algorithm.MD5: secret.hashes[Algorithm.MD5]})
    line = answer(server.challenge(REALM, 5.0)[SHA_256])
    assert server.verify(register(line), REALM, lambda *_: partial, 6.0) == Wrong("101", DropReason.WRONG_CREDENTIALS)


def test_an_old_phone_without_qop(server: Authenticator) -> None:
    challenge = server.challenge(REALM, 5.0)[MD5].replace(', qop="auth"', "")
    line = answer(challenge)
    assert server.verify(register(line), REALM, lookup, 6.0) == Verified("101")
    assert server.verify(register(line), REALM, lookup, 6.0) == Stale("101", DropReason.REPLAYED_CREDENTIALS)
    sha = server.challenge(REALM, 5.0)[SHA_256].replace(', qop="auth"', "")
    assert server.verify(register(answer(sha)), REALM, lookup, 6.0) == Wrong("101", DropReason.BAD_CREDENTIALS)


def test_no_credentials_for_this_realm(server: Authenticator) -> None:
    other = answer(server.challenge("other.example", 5.0)[0])
    for lines in ((), (other,), ('Basic realm="bakery.example"',), ("Bearer abc",)):
        assert server.verify(register(*lines), REALM, lookup, 6.0) == Missing()
    own = answer(server.challenge(REALM, 5.0)[0])
    assert server.verify(register(other, own), REALM, lookup, 6.0) == Verified("101")
    assert server.verify(register(*[other] * MAX_CREDENTIALS, own), REALM, lookup, 6.0) == Missing()


def test_an_unknown_user_and_a_wrong_password_are_alike(server: Authenticator) -> None:
    """The same verdict by the same work: as many hashes of as much text, one comparison."""
    challenge = server.challenge(REALM, 5.0)[0]
    work: list[list[int]] = []
    for user, password in (("101", "guessed-it-is-16"), ("999", "guessed-it-is-16")):
        with (
            mock.patch.object(digest, "_hash", side_effect=digest._hash) as hashed,
            mock.patch.object(digest.hmac, "compare_digest", side_effect=digest.hmac.compare_digest) as compared,
        ):
            verdict = server.verify(
                register(answer(challenge, user=user, password=password)),
                REALM,
                lambda user, realm: "sixteen-long-pw!" if user == "101" else None,
                6.0,
            )
        assert verdict == Wrong(user, DropReason.WRONG_CREDENTIALS)
        work.append([len(call.args[1]) for call in hashed.call_args_list] + [compared.call_count])
    assert work[0] == work[1]


def test_an_unknown_user_cannot_guess_what_is_hashed_instead(server: Authenticator) -> None:
    for password in ("", "None"):
        line = answer(server.challenge(REALM, 5.0)[0], user="999", password=password)
        assert server.verify(register(line), REALM, lookup, 6.0) == Wrong("999", DropReason.WRONG_CREDENTIALS)


def test_an_overheard_answer_is_good_for_nothing(server: Authenticator) -> None:
    challenge = server.challenge(REALM, 5.0)[0]
    line = answer(challenge)
    assert server.verify(register(line), REALM, lookup, 6.0) == Verified("101")
    assert server.verify(register(line), REALM, lookup, 6.0) == Stale("101", DropReason.REPLAYED_CREDENTIALS)
    again = answer(challenge, nc=2)
    assert server.verify(register(again, method="INVITE"), REALM, lookup, 6.0) == Wrong(
        "101", DropReason.WRONG_CREDENTIALS
    )
    elsewhere = register(again, uri=Uri.parse("sip:+31900@bakery.example"))
    assert server.verify(elsewhere, REALM, lookup, 6.0) == Wrong("101", DropReason.BAD_CREDENTIALS)
    assert server.verify(register(again), REALM, lookup, 6.0) == Verified("101")


@pytest.mark.parametrize("password", ["s3cret", "guess"])
def test_an_answer_that_nobody_counts_tells_nothing_of_the_password(server: Authenticator, password: str) -> None:
    """To an old nonce, a made-up one, and one that somebody elsewhere was sent: stale, right or wrong."""
    challenge = server.challenge(REALM, 5.0, source="198.51.100.7")[0]
    request = register(answer(challenge, password=password))
    stale, late = Stale("101", DropReason.STALE_NONCE), 6.0 + NONCE_LIFETIME
    assert server.verify(request, REALM, lookup, late, source="198.51.100.7") == stale
    assert server.verify(request, REALM, lookup, 6.0, source="203.0.113.66") == stale
    foreign = 'Digest realm="bakery.example", nonce="made-up", algorithm=SHA-256, qop="auth"'
    assert server.verify(register(answer(foreign, password=password)), REALM, lookup, 6.0) == stale


def test_where_there_is_no_doubt_who_sends_any_nonce_of_ours_is_taken(server: Authenticator) -> None:
    challenge = server.challenge(REALM, 5.0, source="198.51.100.7")[0]
    request = register(answer(challenge))
    assert server.verify(request, REALM, lookup, 6.0, source="198.51.100.7") == Verified("101")
    request = register(answer(challenge, nc=2))
    assert server.verify(request, REALM, lookup, 6.0, source=None) == Verified("101")


@pytest.mark.parametrize(
    ("written", "good"),
    [
        ("sip:BAKERY.example", True),
        ("sip:bakery.example;transport=tcp", True),
        ("sips:bakery.example", False),
        ("sip:bakery.example:5060", False),
        ("sip:102@bakery.example", False),
        ("/", False),
        ("", False),
    ],
)
def test_credentials_are_for_one_resource(server: Authenticator, written: str, good: bool) -> None:
    line = answer(server.challenge(REALM, 5.0)[0], uri=written)
    expected = Verified("101") if good else Wrong("101", DropReason.BAD_CREDENTIALS)
    assert server.verify(register(line), REALM, lookup, 6.0) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("qop=auth,", "qop=auth-int,"),
        ("nc=00000001", "nc=0000000g"),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=00000000"),
        ("nc=00000001, ", ""),
        ("algorithm=SHA-256", "algorithm=SHA-512-256"),
        ("algorithm=SHA-256", "algorithm=MD5-sess"),
        ('username="101"', 'username=""'),
        ('username="101", ', ""),
        ("cnonce=", "x="),
        ('realm="bakery.example"', 'realm="bakery.example", realm="x"'),
        ("Digest ", 'Digest "'),
    ],
)
def test_malformed_credentials(server: Authenticator, old: str, new: str) -> None:
    line = answer(server.challenge(REALM, 5.0)[0])
    assert old in line
    verdict = server.verify(register(line.replace(old, new)), REALM, lookup, 6.0)
    assert isinstance(verdict, Wrong)
    assert verdict.reason is DropReason.BAD_CREDENTIALS


def test_a_user_name_with_a_comma_and_quotes(server: Authenticator) -> None:
    name = 'De "Bakker", J\\r \u00e9'
    line = answer(server.challenge(REALM, 5.0)[0], user=name)
    assert server.verify(register(line), REALM, lambda *_: "s3cret", 6.0) == Verified(name)


def test_only_what_is_offered_is_taken() -> None:
    strict = Authenticator(b"0123456789abcdef", algorithms=[Algorithm.SHA_512_256, Algorithm.SHA_256])
    good, _ = strict.challenge(REALM, 5.0)
    assert strict.verify(register(answer(good)), REALM, lookup, 6.0) == Verified("101")
    weak = answer(good.replace("SHA-512-256", "MD5"))
    assert strict.verify(register(weak), REALM, lookup, 6.0) == Wrong("101", DropReason.BAD_CREDENTIALS)


def test_credentials_are_bounded() -> None:
    assert parse_schemes("Digest " + ", ".join(f"a{n}=1" for n in range(MAX_PARAMS)))
    with pytest.raises(ProtocolError):
        parse_schemes("Digest " + ", ".join(f"a{n}=1" for n in range(MAX_PARAMS + 1)))


@given(st.text(max_size=80) | st.from_regex(r'Digest ([a-z]+=("[^"]*"|[a-z0-9]*),? ?)*', fullmatch=True))
def test_any_text_is_a_verdict(text: str) -> None:
    server = Authenticator(b"0123456789abcdef")
    verdict = server.verify(register(text, f'Digest realm="{REALM}", {text}'), REALM, lookup, 1.0)
    assert isinstance(verdict, Missing | Wrong)


def test_one_algorithm_may_be_offered_alone() -> None:
    server = Authenticator(b"0123456789abcdef")
    (line,) = server.challenge(REALM, 5.0, only=Algorithm.MD5)
    assert parse_schemes(line)[0][1]["algorithm"] == "MD5"
