"""Wrong passwords of one user: whoever sends them is slowed, and nobody else who comes from the same source.

A phone with a stale password tries for ever, and looks just like somebody who guesses. It is *slowed*: for a while its
credentials are not looked at, right or wrong, or guessing went on at full speed. That holds for the device alone, as
there are others of the same user, or of other people, at the source or behind the same proxy. *Whoever guesses may call
themselves another device each time*: only so many are told apart, all others are one. A device that has proved the
user's password before never counts among those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip.guard.devices import Device
from sip.guard.recent import Recent

FREE_TRIES: Final = 5
"""Wrong passwords for one user from one device before that is slowed."""
FIRST: Final = 15.0
LONGEST: Final = 300.0
"""Seconds for which a slowed device's credentials are not looked at: twice as long with each further wrong one."""
FORGOTTEN: Final = 3600.0
"""Seconds without a wrong password after which a device begins anew."""
MAX_DEVICES: Final = 8
"""Devices that are told apart for one user at one source; those that have proved themselves come on top."""
MAX_SLOWED: Final = 10_000
"""Users at sources that are remembered at one time; then the one quiet for longest is forgotten."""
MAX_PROVED: Final = 50_000
PROVED: Final = 7 * 86_400.0
"""Devices that have proved a password, and the seconds for which that is remembered."""

_OTHERS: Final = 0


@dataclass(slots=True)
class _Tries:
    count: int = 0
    at: float = 0.0
    until: float = 0.0


class Slowing:
    """``on_slowed`` hears of each time: source, user, how often by now, and until when. Times are monotonic seconds."""

    def __init__(self, on_slowed: Callable[[str, str, int, float, float], None]) -> None:
        self._on_slowed = on_slowed
        self._tries: dict[tuple[str, str], dict[int, _Tries]] = {}
        self._proved = Recent[tuple[str, int]](MAX_PROVED)

    def __len__(self) -> int:
        """How much is remembered."""
        return sum(len(devices) for devices in self._tries.values()) + len(self._proved)

    def slows(self, source: str, user: str, device: Device, now: float) -> bool:
        """Whether this user's credentials from this device are not looked at for now."""
        devices = self._tries.get((source, user))
        if devices is None:
            return False
        tries = devices.get(self._counted_as(devices, user, device, now))
        return tries is not None and now < tries.until

    def wrong(self, source: str, user: str, device: Device, now: float) -> None:
        """A wrong password, proved to come from ``source``. Whether there is such a user makes no difference."""
        devices = self._tries.pop((source, user), {})
        for each in [each for each, tries in devices.items() if now - tries.at > FORGOTTEN]:
            del devices[each]
        if len(self._tries) >= MAX_SLOWED:
            del self._tries[next(iter(self._tries))]
        self._tries[source, user] = devices
        tries = devices.setdefault(self._counted_as(devices, user, device, now), _Tries())
        tries.count += 1
        tries.at = now
        if tries.count >= FREE_TRIES:
            level = tries.count - FREE_TRIES
            tries.until = now + min(FIRST * 2.0 ** min(level, 10), LONGEST)
            self._on_slowed(source, user, level + 1, now, tries.until)

    def right(self, source: str, user: str, device: Device, now: float) -> None:
        """A right password: this device begins anew, and is told from others from now on."""
        self.proved(user, device, now)
        if (devices := self._tries.get((source, user))) is not None:
            devices.pop(device[0], None)

    def proved(self, user: str, device: Device, now: float) -> None:
        """This device has proved the user's password, of late or before a restart."""
        for name in device:
            self._proved.mark((user, name), now + PROVED)

    def has_proved(self, user: str, device: Device, now: float) -> bool:
        """Whether it has, and not too long ago."""
        return self._proved.holds((user, device[0]), now)

    def lift(self, source: str, user: str) -> None:
        """Forget what there is against a user at a source."""
        self._tries.pop((source, user), None)

    def forget(self, now: float) -> None:
        """Give back the memory of what is long over."""
        self._proved.forget(now)
        for pair, devices in list(self._tries.items()):
            if all(now - tries.at > FORGOTTEN for tries in devices.values()):
                del self._tries[pair]

    def _counted_as(self, devices: dict[int, _Tries], user: str, device: Device, now: float) -> int:
        name = device[0]
        known = name in devices or len(devices) < MAX_DEVICES or self.has_proved(user, device, now)
        return name if known else _OTHERS
