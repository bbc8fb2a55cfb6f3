"""The SIP side of the engine as the settings have it: transports, certificates, names, and how many connections."""

from __future__ import annotations

from engine.certificates.keeping import CertificateKeeper
from engine.machine import most_connections
from engine.settings import Settings
from sip.core import UserAgentCore
from sip.guard.sources import Networks
from sip.rim.connection import Bounds
from sip.rim.names import Names
from sip.rim.resolver import Resolver
from sip.rim.tcp import Policy
from sip.rim.tls import Tls
from sip.rim.user_agent import UserAgent
from sip.rim.websocket import Origins

TRANSPORTS = ("udp", "tcp", "tls")
"""Over which we call others, where neither they nor we prefer one."""


def user_agent(settings: Settings, core: UserAgentCore) -> tuple[UserAgent, CertificateKeeper]:
    """To be made in a running loop. The keeper has loaded nothing yet."""
    policy = Policy(Tls(), Origins.of(settings.websocket_origins), Networks(settings.websocket_proxies))
    agent = UserAgent(
        core,
        bounds=Bounds(connections=most_connections()),
        resolver=Resolver(
            Names([(server.host, server.port) for server in settings.dns_servers]), transports=TRANSPORTS
        ),
        policy=policy,
    )
    return agent, CertificateKeeper(settings, policy.tls)
