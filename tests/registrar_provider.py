"""A provider for end-to-end tests with whom one registers: Kamailio with digest and usrloc, stopped and started."""

from __future__ import annotations

from pathlib import Path

from kamailio import Kamailio, has_module

USER, PASSWORD = "31201234567", "provider-secret"
TLS = has_module("tls")
"""Whether Kamailio's module for TLS is here (apt package kamailio-tls-modules)."""

ENCRYPTED = """\
enable_tls=yes
loadmodule "tls.so"
modparam("tls", "certificate", "{certificate}/fullchain.pem")
modparam("tls", "private_key", "{certificate}/privkey.pem")
modparam("tls", "tls_method", "TLSv1.2+")
"""
CONFIGURATION = """\
loadmodule "auth.so"
loadmodule "corex.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_expires", {grants})

request_route {{
    if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    $var(by) = $hdr(Route);
    if (!has_totag()) loose_route();
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("provider.test", "{password}", "0")) {{
            if ($hdr(Authorization) != $null) xlog("L_NOTICE", "WRONG $fU\\n");
            www_challenge("provider.test", "1");
            exit;
        }}
        if ($hdr(Expires) != "0" && $(hdr(Expires){{s.int}}) < {min_expires}) {{
            xlog("L_NOTICE", "TOO BRIEF $hdr(Expires)\\n");
            append_to_reply("Min-Expires: {min_expires}\\r\\n");
            sl_send_reply("423", "Interval Too Brief");
            exit;
        }}
        xlog("L_NOTICE", "REGISTERED $tU at $ct over $proto by $var(by) expires $hdr(Expires)\\n");
        save("location");
        exit;
    }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("ACK")) {{ t_check_trans(); exit; }}
    if ($sp == {outside}) {{
        xlog("L_NOTICE", "CALLS IN $rU from $fU\\n");
        $rU = "{user}";
        record_route();
        if (!lookup("location")) {{ sl_send_reply("404", "Nobody There"); exit; }}
        append_hf("P-Asserted-Identity: <sip:0031612345678@provider.test;user=phone>\\r\\n");
        append_branch();
        t_on_reply("ours");
        t_relay();
        exit;
    }}
    if (!pv_proxy_authenticate("provider.test", "{password}", "0")) {{
        auth_challenge("provider.test", "1");
        exit;
    }}
    xlog("L_NOTICE", "CALLED $rU as $au from $fU privacy $hdr(Privacy) identity $hdr(P-Asserted-Identity)\\n");
    xlog("L_NOTICE", "PREFERRED $hdr(P-Preferred-Identity) by $var(by)\\n");
    consume_credentials();
    record_route();
    $du = "sip:127.0.0.1:{outside}";
    t_relay();
}}

onreply_route[ours] {{ xlog("L_NOTICE", "REPLIED $rs\\n"); }}
"""


class RegistrarProvider(Kamailio):
    """It notes REGISTERED, WRONG, TOO BRIEF, CALLED, PREFERRED, CALLS IN, and REPLIED to those.

    ``outside`` is the port of all telephones that are its own. Their calls come to us twice, as from a provider that
    has two ways to us. A registration is asked for ``min_expires`` seconds at least, and ``grants`` at most. With a
    folder of a ``certificate`` it speaks TLS at that port, too; else TCP, if it is to.
    """

    def __init__(
        self,
        folder: Path,
        outside: int,
        name: str = "registrar",
        certificate: Path | None = None,
        *,
        tcp: bool = False,
        min_expires: int = 60,
        grants: int = 600,
    ) -> None:
        super().__init__(folder / name)
        if certificate is not None:
            self.transports = ("udp", "tls")
        elif tcp:
            self.transports = ("udp", "tcp")
        self._certificate = certificate
        self._outside = outside
        self._min_expires = min_expires
        self._grants = grants

    def configuration(self) -> str:
        encrypted = "" if self._certificate is None else ENCRYPTED.format(certificate=self._certificate)
        return encrypted + CONFIGURATION.format(
            outside=self._outside,
            user=USER,
            password=PASSWORD,
            min_expires=self._min_expires,
            grants=self._grants,
        )
