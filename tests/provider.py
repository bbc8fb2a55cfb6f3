"""A provider for end-to-end tests: Kamailio, which challenges every call of ours, and sends its own to our address."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from kamailio import Kamailio, running

USER, PASSWORD = "31201234567", "provider-secret"
HISTORY = "<sip:+31201110000@provider.test>;index=1, <sip:+31201234567@provider.test;cause=486>;index=1.1"
"""What it says of its calls to us: somebody else had been called first, and was busy (RFC 7044)."""

CONFIGURATION = """\
loadmodule "auth.so"

request_route {{
    if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("ACK")) {{ t_check_trans(); exit; }}
    if ($sp != {ours}) {{
        xlog("L_NOTICE", "CALLS IN $rU from $fU\\n");
        record_route();
        append_hf("P-Asserted-Identity: <tel:+31701112233>\\r\\n");
        append_hf("History-Info: {history}\\r\\n");
        $du = "sip:127.0.0.1:{ours}";
        t_relay();
        exit;
    }}
    if (!pv_proxy_authenticate("provider.test", "{password}", "0")) {{
        xlog("L_NOTICE", "CHALLENGED $rU\\n");
        auth_challenge("provider.test", "1");
        exit;
    }}
    xlog("L_NOTICE", "CALLED $rU as $au from $fU diverted $hdr(Diversion) hops $hdr(Max-Forwards)\\n");
    xlog("L_NOTICE", "HISTORY $hdr(History-Info)\\n");
    consume_credentials();
    record_route();
    $du = "sip:127.0.0.1:{outside}";
    t_relay();
}}
"""


class Provider(Kamailio):
    """It notes CALLED and HISTORY of each call of ours that it lets through, CHALLENGED, and CALLS IN.

    We are at the port ``ours`` of 127.0.0.1, all its telephones at ``outside``; it has an address of its own.
    """

    host = "127.0.0.2"

    def __init__(self, folder: Path, outside: int, ours: int) -> None:
        super().__init__(folder / "provider")
        self._outside = outside
        self._ours = ours

    def configuration(self) -> str:
        return CONFIGURATION.format(outside=self._outside, ours=self._ours, password=PASSWORD, history=HISTORY)


def provider(folder: Path, outside: int, ours: int) -> AbstractAsyncContextManager[Provider]:
    """One that runs inside the block."""
    return running(Provider(folder, outside, ours))
