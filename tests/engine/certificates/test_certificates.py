"""Certificates: found where an admin says, judged in sentences, chosen by name, and replaced when renewed."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from structlog.testing import capture_logs

from engine.certificates import keeping
from engine.certificates.certificate import EXPIRES_SOON, CertificateProblem, read_certificate
from engine.certificates.contexts import server_context, trusting
from engine.certificates.finding import find_pairs
from engine.certificates.findings import certificate_findings
from engine.certificates.keeping import LOOK_SECONDS, CertificateKeeper
from engine.settings import Settings
from engine.settings_file import SettingsError, load_settings
from sip.errors import DropReason
from sip.rim.tcp import Policy
from sip.rim.tls import Tls, TlsLayer
from tests.certificates import Authority
from tests.sip.rim.network import request, until, user_agent


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def settings_for(*places: Path, **more: object) -> Settings:
    return Settings.model_validate({"certificates": [str(place) for place in places], **more})


def shown(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> set[str]:
    """The names of the certificate that a client sees who asks for ``name``; raises as its handshake does."""
    one, other = TlsLayer(client, name), TlsLayer(server)
    while not (one.ready and other.ready):
        if said := one.take():
            other.receive(said)
        if said := other.take():
            one.receive(said)
    found = one._object.getpeercert()
    assert found is not None
    return {str(value) for _, value in found["subjectAltName"]}


# --- where they are ---------------------------------------------------------------------------------------------------


def test_a_folder_of_certbot_is_enough(authority: Authority) -> None:
    folder = authority.issue(["phone.bakery.example"])
    (pair,) = find_pairs([folder])
    assert (pair.certificate, pair.key) == (folder / "fullchain.pem", folder / "privkey.pem")
    assert find_pairs([folder / "fullchain.pem"]) == [pair]


def test_a_folder_of_folders_has_them_all(authority: Authority, tmp_path: Path) -> None:
    live = tmp_path / "live"
    for name in ("b.example", "a.example"):
        authority.issue([name], into=live / name)
    (live / "README").write_text("certbot writes one")
    assert [pair.certificate.parent.name for pair in find_pairs([live])] == ["a.example", "b.example"]


def test_other_names_of_files(authority: Authority, tmp_path: Path) -> None:
    folder = authority.issue(["phone.bakery.example"])
    one = tmp_path / "one"
    one.mkdir()
    (one / "phone.crt").write_bytes((folder / "fullchain.pem").read_bytes())
    (one / "phone.key").write_bytes((folder / "privkey.pem").read_bytes())
    (one / "authority.crt").write_bytes(authority.file.read_bytes())
    (pair,) = find_pairs([one])
    assert read_certificate(pair).names == ("phone.bakery.example",)
    both = tmp_path / "both.pem"
    both.write_bytes((one / "phone.crt").read_bytes() + (one / "phone.key").read_bytes())
    (pair,) = find_pairs([both])
    assert (pair.certificate, pair.key) == (both, both)
    assert read_certificate(pair).names == ("phone.bakery.example",)


# --- what is wrong with them ------------------------------------------------------------------------------------------


def spoil(folder: Path, how: str, authority: Authority) -> None:
    chain, key = folder / "fullchain.pem", folder / "privkey.pem"
    match how:
        case "missing":
            chain.unlink()
        case "empty":
            chain.write_bytes(b"")
        case "rubbish":
            chain.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        case "no key":
            key.write_bytes(chain.read_bytes())
        case "another key":
            key.write_bytes((authority.issue(["other.example"]) / "privkey.pem").read_bytes())
        case "turned round":
            first, second = chain.read_bytes().split(b"-----END CERTIFICATE-----\n")[:2]
            chain.write_bytes(b"-----END CERTIFICATE-----\n".join((second, first, b"")))
        case "encrypted":
            private = load_pem_private_key(key.read_bytes(), None)
            encrypted = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
            key.write_bytes(encrypted)
        case "huge":
            key.write_bytes(b"x" * (2 * 1024 * 1024))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("missing", "holds no certificate with its key"),
        ("empty", "fullchain.pem: holds no certificate in PEM form"),
        ("rubbish", "fullchain.pem: holds no certificate in PEM form"),
        ("no key", "privkey.pem: holds no private key in PEM form"),
        ("another key", "privkey.pem: is the key of another certificate"),
        ("turned round", "fullchain.pem: this machine's own certificate has to stand first"),
        ("encrypted", "privkey.pem: the key needs a passphrase"),
        ("huge", "privkey.pem: is too large"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(authority: Authority, how: str, sentence: str) -> None:
    folder = authority.issue(["phone.bakery.example"])
    spoil(folder, how, authority)
    with pytest.raises(CertificateProblem, match=sentence) as problem:
        CertificateKeeper(settings_for(folder), Tls()).load()
    assert str(folder) in str(problem.value)


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CertificateProblem, match="there is no such file or folder"):
        find_pairs([tmp_path / "nowhere"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_key_that_may_not_be_read(authority: Authority) -> None:
    folder = authority.issue(["phone.bakery.example"])
    (folder / "privkey.pem").chmod(0)
    with pytest.raises(CertificateProblem, match="cannot be read: Permission denied"):
        read_certificate(find_pairs([folder])[0])


def test_authorities_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("no certificate")
    with pytest.raises(CertificateProblem, match="holds no certificate in PEM form"):
        trusting(tmp_path / "none.pem")


@pytest.mark.parametrize(
    ("begins", "ends", "doubt"),
    [
        (-timedelta(days=1), timedelta(days=90), None),
        (-timedelta(days=90), -timedelta(days=1), "has expired on"),
        (timedelta(days=1), timedelta(days=90), "is good from"),
        (-timedelta(days=1), timedelta(seconds=EXPIRES_SOON - 60), "expires on"),
    ],
)
def test_what_phones_will_hold_against_one_is_no_reason_not_to_start(
    authority: Authority, begins: timedelta, ends: timedelta, doubt: str | None
) -> None:
    """Telephones without TLS must not be dead in the morning because a certificate has expired in the night."""
    folder = authority.issue(["phone.bakery.example"], begins=begins, ends=ends)
    tls = Tls()
    with capture_logs() as logs:
        CertificateKeeper(settings_for(folder), tls).load()
    assert tls.server is not None
    assert [doubt in entry["reason"] for entry in logs if doubt is not None] == [True] * (doubt is not None)
    found = certificate_findings(settings_for(folder), time.time())
    assert [doubt in finding.what for finding in found if doubt is not None] == [True] * (doubt is not None)


def test_settings_that_lack_something_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "belplan.yaml"
    for written, sentence in (
        ("listen: [tls:0.0.0.0:5061]", "certificates: expected a certificate with its key, as 'listen' has tls"),
        ("listen: [wss:0.0.0.0:443]", "certificates: expected a certificate"),
        ("client_certificates: required", "client_authorities: expected a file of certificates"),
        ("websocket_origins: phone.bakery.example", "expected a website such as https://phone.bakery.example"),
        ("websocket_origins: https://phone.bakery.example/path", "without a path"),
        ("websocket_proxies: localhost", "expected an address or a network"),
        ("listen: [sctp:0.0.0.0:5060]", "expected udp, tcp, tls, ws, wss before the first colon"),
    ):
        file.write_text(written)
        with pytest.raises(SettingsError, match=sentence):
            load_settings(file, {})


def test_relative_places_begin_at_the_files_home(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    file = tmp_path / "config" / "belplan.yaml"
    file.write_text("certificates: [tls/a, /etc/b]\nclient_authorities: tls/ca.pem\n")
    settings = load_settings(file, {})
    assert settings.certificates == (tmp_path / "tls" / "a", Path("/etc/b"))
    assert settings.client_authorities == tmp_path / "tls" / "ca.pem"


# --- chosen by name ---------------------------------------------------------------------------------------------------


def test_each_name_gets_its_certificate_and_others_the_first(authority: Authority) -> None:
    folders = [authority.issue(names) for names in (["a.example"], ["b.example", "c.example"], ["*.d.example"])]
    context = server_context([read_certificate(pair) for pair in find_pairs(folders)])
    client = trusting(authority.file)
    assert shown(context, client, "a.example") == {"a.example"}
    assert shown(context, client, "c.example") == {"b.example", "c.example"}
    assert shown(context, client, "x.d.example") == {"*.d.example"}
    client.check_hostname = False
    for asked in ("unknown.example", "d.example", "x.y.d.example"):
        assert shown(context, client, asked) == {"a.example"}


# --- those of phones --------------------------------------------------------------------------------------------------


async def asked_by_openssl(port: int, ours: Authority, shown: Path | None) -> str:
    """What it prints that asks OPTIONS over TLS: the answer to that, or why there is none."""
    words = () if shown is None else ("-cert", str(shown / "fullchain.pem"), "-key", str(shown / "privkey.pem"))
    process = await asyncio.create_subprocess_exec(
        *("openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{port}", "-CAfile", str(ours.file), *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request(transport="TLS"))
    said = ""
    async with asyncio.timeout(20):
        while "SIP/2.0 200 OK" not in said and (part := await process.stdout.read(4096)):
            said += part.decode(errors="replace")
    process.stdin.close()  # without its end it would not leave
    if process.returncode is None:
        process.kill()
    await process.wait()
    return said


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.interop(program="openssl", feature="TLS: client certificates, optional and required")
@pytest.mark.parametrize("asked", ["optional", "required"])
async def test_a_phone_shows_a_certificate_of_its_own(tmp_path: Path, authority: Authority, asked: str) -> None:
    phones, strangers = (Authority(tmp_path, name) for name in ("of phones", "of strangers"))
    folder = authority.issue(["127.0.0.1"])
    settings = settings_for(folder, client_certificates=asked, client_authorities=str(phones.file))
    tls = Tls()
    CertificateKeeper(settings, tls).load()
    async with user_agent(transports=("tls",), policy=Policy(tls)) as side:
        port = side.at("tls").port
        assert "SIP/2.0 200 OK" in await asked_by_openssl(port, authority, phones.issue(["101.phone"]))
        assert side.dropped == []
        assert "alert unknown ca" in await asked_by_openssl(port, authority, strangers.issue(["102.phone"]))
        await until(lambda: side.dropped == [DropReason.UNTRUSTED_PEER])
        without = await asked_by_openssl(port, authority, None)
        if asked == "optional":
            assert "SIP/2.0 200 OK" in without
        else:
            assert "alert certificate required" in without
            await until(lambda: len(side.dropped) == 2)


# --- renewed ----------------------------------------------------------------------------------------------------------


async def test_renewed_files_are_noticed_and_used(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 2 * LOOK_SECONDS < 60
    folder = authority.issue(["a.example"])
    tls = Tls()
    keeper = CertificateKeeper(settings_for(folder), tls)
    keeper.load()
    before = tls.server
    await keeper.look()
    assert tls.server is before
    authority.issue(["a.example", "b.example"], into=folder)
    with capture_logs() as logs:
        await keeper.look()
    assert [(entry["event"], entry["names"]) for entry in logs] == [
        ("certificates renewed", ["a.example", "b.example"])
    ]
    assert tls.server is not None
    assert shown(tls.server, trusting(authority.file), "b.example") == {"a.example", "b.example"}


async def test_a_new_folder_beside_the_others_is_noticed(authority: Authority, tmp_path: Path) -> None:
    live = tmp_path / "live"
    authority.issue(["a.example"], into=live / "a")
    tls = Tls()
    keeper = CertificateKeeper(settings_for(live), tls)
    keeper.load()
    authority.issue(["b.example"], into=live / "b")
    await keeper.look()
    assert tls.server is not None
    assert shown(tls.server, trusting(authority.file), "b.example") == {"b.example"}


@pytest.mark.parametrize("how", ["missing", "empty", "rubbish", "another key"])
async def test_broken_new_files_leave_the_old_certificate_in_use_and_are_told_once(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(keeping, "SETTLE_SECONDS", 0.0)
    folder = authority.issue(["a.example"])
    tls = Tls()
    keeper = CertificateKeeper(settings_for(folder), tls)
    keeper.load()
    before = tls.server
    spoil(folder, how, authority)
    with capture_logs() as logs:
        await keeper.look()
        await keeper.look()
    assert tls.server is before
    assert [entry["event"] for entry in logs] == ["certificates not renewed"]
    with capture_logs() as logs:
        await keeper.look(anyway=True)
    assert [entry["event"] for entry in logs] == ["certificates not renewed"]
    authority.issue(["a.example"], into=folder)
    with capture_logs() as logs:
        await keeper.look()
    assert [entry["event"] for entry in logs] == ["certificates renewed"]
    assert tls.server is not before


async def test_files_that_are_just_being_written_are_read_once_more(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = authority.issue(["a.example"])
    keeper = CertificateKeeper(settings_for(folder), Tls())
    keeper.load()
    renewed = authority.issue(["b.example"])
    (folder / "fullchain.pem").write_bytes((renewed / "fullchain.pem").read_bytes())

    async def the_key_follows(seconds: float) -> None:
        (folder / "privkey.pem").write_bytes((renewed / "privkey.pem").read_bytes())

    monkeypatch.setattr(asyncio, "sleep", the_key_follows)
    with capture_logs() as logs:
        await keeper.look()
    assert [entry["event"] for entry in logs] == ["certificates renewed"]


def test_one_that_expires_is_complained_about_once_a_day(authority: Authority) -> None:
    now = time.time()
    keeper = CertificateKeeper(settings_for(authority.issue(["a.example"])), Tls(), lambda: now)
    keeper.load()
    with capture_logs() as logs:
        for hours in range(0, 80 * 24, 4):
            now = time.time() + hours * 3600
            keeper.remind()
    assert 3 <= len(logs) <= 5
    assert "expires on" in logs[0]["reason"]
