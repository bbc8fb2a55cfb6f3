"""An edge proxy for end-to-end tests: Kamailio before the registrar, with a Path to each phone (RFC 3327, RFC 5626)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from provider import KAMAILIO, Provider

OUTBOUND = KAMAILIO is not None and any(
    (place / "outbound.so").is_file() for place in Path("/usr/lib").glob("*/kamailio/modules")
)
"""Whether Kamailio's module for RFC 5626 is here (apt package kamailio-outbound-modules)."""

CONFIGURATION = """\
#!KAMAILIO
debug=2
log_stderror=yes
fork=no
children=1
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
auto_aliases=no
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
{outbound}
loadmodule "path.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "siputils.so"
modparam("path", "use_received", 1)

request_route {{
    if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("REGISTER")) {{
        add_path();
        $du = "sip:127.0.0.1:{registrar}";
        t_relay();
        exit;
    }}
    $var(routed) = loose_route();
    if (has_totag()) {{ t_relay(); exit; }}
    if (is_method("INVITE")) record_route();
    if ($sp == {registrar}) {{
        xlog("L_NOTICE", "CALLED $ru by $var(routed) to $du route $hdr(Route)\\n");
    }} else {{
        $du = "sip:127.0.0.1:{registrar}";
    }}
    t_relay();
}}

onreply_route {{
    if (is_method("REGISTER")) xlog("L_NOTICE", "REGISTERED $rs requires $hdr(Require) over $hdr(Path)\\n");
}}
"""


class Edge(Provider):
    """One running edge; with ``outbound`` it holds the ways to phones (Path with ``ob`` and a flow token)."""

    def __init__(self, folder: Path, registrar: int, *, outbound: bool) -> None:
        super().__init__(folder, registrar)
        self._folder = folder / f"edge{self.port}"
        self._outbound = outbound

    def configuration(self) -> str:
        modules = 'loadmodule "stun.so"\nloadmodule "outbound.so"' if self._outbound else ""
        return CONFIGURATION.format(port=self.port, registrar=self._outside, outbound=modules)


@contextlib.asynccontextmanager
async def edge(folder: Path, registrar: int, *, outbound: bool) -> AsyncIterator[Edge]:
    """An edge before the registrar at port ``registrar`` of 127.0.0.1."""
    made = Edge(folder, registrar, outbound=outbound)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
