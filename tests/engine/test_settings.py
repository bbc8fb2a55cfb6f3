"""Settings: defaults, the file, the environment, and every mistake told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from engine import settings as room
from engine.setting_values import DEFAULT_LISTEN, FEWEST_PORTS, ListenOn, Server, WebAddress
from engine.settings import Settings
from engine.settings_file import SettingsError, environment_name, load_settings
from sip.guard.sources import network
from tests.scripts import script

ROOT = Path(__file__).resolve().parents[2]

docs_configuration = script("docs_configuration")

EXAMPLES = {
    "state": ("/tmp/elsewhere", Path("/tmp/elsewhere")),
    "database": ("postgresql://belplan@db/belplan", "postgresql://belplan@db/belplan"),
    "dialplans": ("/tmp/plans", Path("/tmp/plans")),
    "trunks": ("/tmp/trunks.yaml", Path("/tmp/trunks.yaml")),
    "outside_calls": ("3", 3),
    "requests_per_source": ("5", 5.0),
    "ban_after": ("0", 0),
    "ban_longest": ("2h", 7200.0),
    "never_ban": (
        "192.168.1.0/24, 2001:db8::1, edge.bakery.example",
        (network("192.168.1.0/24"), network("2001:db8::1"), "edge.bakery.example"),
    ),
    "shed_after": ("0.5", 0.5),
    "prompts": ("/tmp/prompts", Path("/tmp/prompts")),
    "listen": ("udp:127.0.0.1:5070,tcp:[::1]:0", (ListenOn("udp", "127.0.0.1", 5070), ListenOn("tcp", "::1", 0))),
    "certificates": ("/tmp/a, /tmp/b.pem", (Path("/tmp/a"), Path("/tmp/b.pem"))),
    "client_certificates": ("optional", "optional"),
    "client_authorities": ("/tmp/phones.pem", Path("/tmp/phones.pem")),
    "trusted_authorities": ("/tmp/authorities.pem", Path("/tmp/authorities.pem")),
    "websocket_origins": (
        "https://phone.bakery.example,http://localhost:8080",
        ("https://phone.bakery.example", "http://localhost:8080"),
    ),
    "websocket_proxies": ("127.0.0.1, 172.17.0.0/16", (network("127.0.0.1"), network("172.17.0.0/16"))),
    "advertise": ("203.0.113.7", "203.0.113.7"),
    "local_networks": ("10.1.0.0/16,fd00::/8", ("10.1.0.0/16", "fd00::/8")),
    "keep_alive": ("1m", 60.0),
    "dns_servers": (
        "192.0.2.1,192.0.2.2:5353,[2001:db8::1]:53",
        (Server("192.0.2.1"), Server("192.0.2.2", 5353), Server("2001:db8::1")),
    ),
    "registration_min": ("2m", 120.0),
    "registration_default": ("30m", 1800.0),
    "registration_max": ("1d", 86400.0),
    "session_expires": ("1h", 3600),
    "digest": ("md5", ("md5",)),
    "rtp_ports": ("20000-20999", (20000, 20999)),
    "rtp_port_rest": ("0", 0.0),
    "media_workers": ("3", 3),
    "media_timeout": ("12.5", 12.5),
    "hold_timeout": ("10m", 600.0),
    "smtp_host": ("mail.example", "mail.example"),
    "smtp_port": ("2525", 2525),
    "smtp_security": ("tls", "tls"),
    "smtp_user": ("phone", "phone"),
    "smtp_password": ("correct-horse", "correct-horse"),
    "smtp_password_file": ("/run/secrets/smtp", Path("/run/secrets/smtp")),
    "smtp_from": ("phone@bakery.example", "phone@bakery.example"),
    "console": ("[::]:8443", WebAddress("::", 8443)),
    "console_url": ("https://phone.bakery.example/", "https://phone.bakery.example"),
    "console_certificate": ("/tmp/phone", Path("/tmp/phone")),
    "console_proxies": ("127.0.0.1, 172.17.0.0/16", (network("127.0.0.1"), network("172.17.0.0/16"))),
    "transfer_email": ("transfers@carrier.example", "transfers@carrier.example"),
    "transfer_secret_file": ("/run/secrets/carrier", Path("/run/secrets/carrier")),
    "message_waiting": ("subscribed", "subscribed"),
    "keep_texts": ("7d", 7 * 86400.0),
    "keep_invoices": ("30d", 30 * 86400.0),
    "keep_call_records": ("30d", 30 * 86400.0),
    "log_level": ("debug", "debug"),
    "log_format": ("json", "json"),
}


NEEDS = {
    "smtp_host": {"smtp_from": "phone@bakery.example"},
    "client_certificates": {"client_authorities": "/tmp/phones.pem"},
}
"""Settings that are no good alone, and what they need."""
NO_DEFAULT = {
    *("database", "advertise", "dns_servers", "state", "dialplans", "prompts", "trunks", "smtp_port"),
    *("certificates", "client_authorities", "trusted_authorities", "websocket_origins", "websocket_proxies"),
    *("smtp_host", "smtp_from", "smtp_user", "smtp_password", "smtp_password_file"),
    *("console_url", "console_certificate", "console_proxies", "transfer_email", "transfer_secret_file"),
}
"""What the shipped file shows of these is an example."""


def write(folder: Path, text: str) -> Path:
    path = folder / "belplan.yaml"
    path.write_text(text)
    return path


def findings(path: Path | None = None, environment: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environment or {})
    return caught.value.findings


def test_every_setting_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_environment_overrides_each_setting(name: str, tmp_path: Path) -> None:
    text, expected = EXAMPLES[name]
    needed = {environment_name(other): value for other, value in NEEDS.get(name, {}).items()}
    settings = load_settings(write(tmp_path, ""), {environment_name(name): text, **needed})
    assert getattr(settings, name) == expected
    assert getattr(settings, name) != getattr(load_settings(write(tmp_path, ""), {}), name)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_file_sets_each_setting(name: str, tmp_path: Path) -> None:
    text, expected = EXAMPLES[name]
    value = text.split(",") if name == "listen" else text
    written = yaml.safe_dump({name: value, **NEEDS.get(name, {})})
    assert getattr(load_settings(write(tmp_path, written), {}), name) == expected


def test_the_shipped_file_shows_every_setting_with_its_default() -> None:
    shown = docs_configuration.shown_defaults()
    assert set(shown) == set(Settings.model_fields)
    defaults = load_settings(ROOT / "config" / "belplan.yaml", {})
    for name in set(shown) - NO_DEFAULT:
        assert getattr(Settings.model_validate({name: shown[name].replace(", ", ",")}), name) == getattr(
            defaults, name
        ), name
    assert defaults.state == ROOT / shown["state"]
    assert defaults.dialplans == ROOT / shown["dialplans"]
    assert defaults.trunks == ROOT / shown["trunks"]
    assert defaults.prompts == ROOT / shown["prompts"]


def test_the_page_about_the_configuration_is_up_to_date() -> None:
    assert docs_configuration.PAGE.read_text() == docs_configuration.page(), "run make docs"


def test_paths_start_at_the_file_and_in_the_environment_at_the_working_directory(tmp_path: Path) -> None:
    path = write(tmp_path, "state: kept\ndialplans: ../plans\n")
    settings = load_settings(path, {"BELPLAN_DIALPLANS": "here"})
    assert settings.state == tmp_path / "kept"
    assert settings.dialplans == Path.cwd() / "here"


def test_a_file_in_a_folder_called_config_counts_from_the_folder_above(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    assert load_settings(write(tmp_path / "config", "state: kept"), {}).state == tmp_path / "kept"


def test_without_a_prompts_folder_the_shipped_prompts_are_used(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, ""), {}).prompts == ROOT / "prompts"
    (tmp_path / "prompts").mkdir()
    assert load_settings(write(tmp_path, ""), {}).prompts == tmp_path / "prompts"


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "media_workers: 2")
    assert load_settings(None, {"BELPLAN_CONFIG": str(path)}).media_workers == 2


def test_a_mail_server_needs_a_sender_and_a_password_encryption(tmp_path: Path) -> None:
    assert "phone@bakery.example" in findings(write(tmp_path, "smtp_host: mail.example"))[0]
    text = "smtp_host: mail.example\nsmtp_from: a@b.example\nsmtp_user: a\nsmtp_security: none"
    assert "encryption" in findings(write(tmp_path, text))[0]
    for wrong in ("nobody", "a b@c", "a@"):
        assert "smtp_from" in findings(write(tmp_path, f"smtp_from: {wrong!r}"))[0]


def test_the_mail_servers_port_and_password(tmp_path: Path) -> None:
    (tmp_path / "smtp.password").write_text("correct-horse\n")
    settings = load_settings(write(tmp_path, "smtp_password_file: smtp.password\nsmtp_security: tls"), {})
    assert (settings.smtp_port_used, settings.smtp_secret) == (465, "correct-horse")
    settings = load_settings(write(tmp_path, "smtp_port: 2525\nsmtp_password: battery"), {})
    assert (settings.smtp_port_used, settings.smtp_secret) == (2525, "battery")
    assert "battery" not in repr(settings)


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, ""), {})
    with pytest.raises(ValueError, match="frozen"):
        settings.media_workers = 4  # type: ignore[misc]


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "stat: x\nlisten:\n  - udp:0.0.0.0:5060\n  - udp:[::]:port\nmedia_workers: true\nmedia_timeout: 3x\n"
        "log_level: no\nrtp_ports: 20000-20001\nregistration_min: -1\n",
    )
    found = findings(path, {"BELPLAN_ADVERTISE": "here"})
    told = {
        "1:1: there is no setting 'stat' (did you mean 'state'?)",
        "4:5: listen: expected transport:address:port",
        "5:16: media_workers: expected a value, not yes or no",
        "6:16: media_timeout: expected a time such as 30s",
        "7:12: log_level: input should be 'debug', 'info', 'warning' or 'error'",
        f"8:12: rtp_ports: expected at least {FEWEST_PORTS} ports",
        "9:19: registration_min: input should be greater than",
    }
    for start in told:
        assert any(line.startswith(f"{path}:{start}") for line in found), (start, found)
    assert any(line.startswith("BELPLAN_ADVERTISE: expected an IP address") for line in found)
    assert len(found) == len(told) + 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("state: a\nstate: b\n", "2:1: 'state' is given twice"),
        ("- a\n- b\n", "1:1: settings are expected"),
        ("state: [a\n", "2:1: "),
        ("\tstate: a\n", "1:1: a tab stands here"),
    ],
)
def test_what_is_no_settings_file_is_one_finding(text: str, place: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    (found,) = findings(path)
    assert found.startswith(f"{path}:{place}")


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    (found,) = findings(tmp_path / "nowhere.yaml")
    assert found == f"{tmp_path / 'nowhere.yaml'}: cannot be read: No such file or directory"


def test_a_misspelt_variable_is_refused_and_a_foreign_one_is_not_ours(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, ""), {"BELPLAN_LISTN": "x"})
    assert found == "BELPLAN_LISTN: there is no such setting; did you mean BELPLAN_LISTEN?"
    load_settings(write(tmp_path, ""), {"BELPLAN_OF_SOMEBODY_ELSE": "x"})


def test_registration_times_must_be_in_order(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, "registration_min: 1h\nregistration_max: 30m\n"))
    assert "must not decrease" in found


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0:5060",
        "udp:0.0.0.0",
        "sctp:0.0.0.0:5060",
        "udp:::5060",
        "udp:0.0.0.0:65536",
        "udp:name:5060",
        "udp:[]:1",
    ],
)
def test_what_is_no_listen_address(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        ListenOn.parse(text)


@pytest.mark.parametrize("text", ["udp:0.0.0.0:5060", "tcp:[2001:db8::1]:0"])
def test_a_listen_address_reads_as_it_is_written(text: str) -> None:
    assert str(ListenOn.parse(text)) == text


def test_the_default_leaves_ipv6_out_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default = load_settings(write(tmp_path, ""), {})
    chosen = load_settings(write(tmp_path, "listen: ['udp:[::1]:5060']"), {})
    monkeypatch.setattr(room, "machine_has_ipv6", lambda: False)
    assert default.listen_addresses() == tuple(address for address in DEFAULT_LISTEN if not address.ipv6)
    assert chosen.listen_addresses() == chosen.listen
    monkeypatch.setattr(room, "machine_has_ipv6", lambda: True)
    assert default.listen_addresses() == DEFAULT_LISTEN


def test_the_database_is_a_file_in_the_state_folder_unless_a_url_is_given(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    assert load_settings(path, {}).database_url == f"sqlite:///{tmp_path}/state/belplan.sqlite3"
    url = load_settings(path, {"BELPLAN_DATABASE": "postgres://me:pw@db/x"}).database_url
    assert url == "postgresql+psycopg://me:pw@db/x"


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "state: mine"), {"BELPLAN_STATE": ""}).state == tmp_path / "mine"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("state: ~nosuchuser/x", "has no home"),
        ('state: "a\\0b"', r"unprintable character \(U\+0000\)"),
        ("console: nowhere", "console: expected address:port such as 127.0.0.1:8080"),
        ("console_url: https://phone.bakery.example/belplan", "console_url: expected a website"),
        ("media_workers: 8\nrtp_ports: 20000-20010", "media_workers: expected fewer, or more rtp_ports"),
    ],
)
def test_values_that_cannot_be_used_are_sentences(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        load_settings(write(tmp_path, text), {})


def test_the_console_may_be_switched_off_and_knows_its_address(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "console: none"), {}).console_base is None
    assert load_settings(write(tmp_path, ""), {}).console_base == "http://127.0.0.1:8080"
    everywhere = "console: '[::]:8443'\nconsole_certificate: phone.pem"
    assert load_settings(write(tmp_path, everywhere), {}).console_base == "https://[::1]:8443"
    behind = "console_url: https://phone.bakery.example"
    assert load_settings(write(tmp_path, behind), {}).console_base == "https://phone.bakery.example"


def test_a_device_is_no_settings_file() -> None:
    with pytest.raises(SettingsError, match="is no file"):
        load_settings(Path("/dev/zero"), {})
