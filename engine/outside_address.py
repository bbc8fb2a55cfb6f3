"""The address at which the world reaches us, where a router stands before us: fixed, or a name that follows it."""

from __future__ import annotations

import structlog

from engine.setting_values import is_ip_address
from engine.settings import Settings
from sip.facing import Facing
from sip.rim.names import Names, NamesFailed

log = structlog.get_logger()


class OutsideAddress:
    """``facing`` knows what the setting ``advertise`` says; a name is looked up by ``look``, again and again."""

    def __init__(self, settings: Settings) -> None:
        named = settings.advertise
        self._name = named if named is not None and not is_ip_address(named) else None
        self.facing = Facing(named if self._name is None else None, settings.local_networks)

    async def look(self, names: Names) -> None:
        """See where the name leads now: a router of a home gets another address now and then."""
        if self._name is None:
            return
        try:
            found = await names.addresses(self._name)
        except NamesFailed as problem:
            found = ()
            log.warning("the name in 'advertise' cannot be looked up", name=self._name, reason=str(problem))
        address = next((each for each in found if ":" not in each), next(iter(found), None))
        if address is None:
            if self.facing.advertised is None:
                log.warning("phones outside are told our own address: 'advertise' leads nowhere", name=self._name)
        elif address != self.facing.advertised:
            log.info("phones outside are told an address", name=self._name, address=address)
            self.facing.advertised = address
