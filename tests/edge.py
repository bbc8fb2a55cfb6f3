"""An edge proxy for end-to-end tests: Kamailio before the registrar, with a Path to each phone (RFC 3327, RFC 5626)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from kamailio import Kamailio, has_module, running

OUTBOUND = has_module("outbound")
"""Whether Kamailio's module for RFC 5626 is here (apt package kamailio-outbound-modules)."""

CONFIGURATION = """\
{outbound}
loadmodule "path.so"
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


class Edge(Kamailio):
    """One running edge; with ``outbound`` it holds the ways to phones (Path with ``ob`` and a flow token)."""

    transports = ("udp", "tcp")

    def __init__(self, folder: Path, registrar: int, *, outbound: bool) -> None:
        super().__init__(folder)
        self.folder = folder / f"edge{self.port}"
        self._registrar = registrar
        self._outbound = outbound

    def configuration(self) -> str:
        modules = 'loadmodule "stun.so"\nloadmodule "outbound.so"' if self._outbound else ""
        return CONFIGURATION.format(registrar=self._registrar, outbound=modules)


def edge(folder: Path, registrar: int, *, outbound: bool) -> AbstractAsyncContextManager[Edge]:
    """An edge before the registrar at port ``registrar`` of 127.0.0.1."""
    return running(Edge(folder, registrar, outbound=outbound))
