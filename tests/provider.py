"""A provider for end-to-end tests: Kamailio, which challenges every call and sends it on to telephones outside."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from kamailio import Kamailio, running

USER, PASSWORD = "31201234567", "provider-secret"

CONFIGURATION = """\
loadmodule "auth.so"

request_route {{
    if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("ACK")) {{ t_check_trans(); exit; }}
    if (!pv_proxy_authenticate("provider.test", "{password}", "0")) {{
        xlog("L_NOTICE", "CHALLENGED $rU\\n");
        auth_challenge("provider.test", "1");
        exit;
    }}
    xlog("L_NOTICE", "CALLED $rU as $au from $fU diverted $hdr(Diversion) hops $hdr(Max-Forwards)\\n");
    consume_credentials();
    record_route();
    $du = "sip:127.0.0.1:{outside}";
    t_relay();
}}
"""


class Provider(Kamailio):
    """It notes CALLED of each call that it lets through, and CHALLENGED. Its telephones outside are at one port."""

    def __init__(self, folder: Path, outside: int) -> None:
        super().__init__(folder / "provider")
        self._outside = outside

    def configuration(self) -> str:
        return CONFIGURATION.format(outside=self._outside, password=PASSWORD)


def provider(folder: Path, outside: int) -> AbstractAsyncContextManager[Provider]:
    """A provider whose telephones outside are all at port ``outside`` of 127.0.0.1."""
    return running(Provider(folder, outside))
