"""An account: the file as models, and the frozen snapshot that calls run on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from engine.call.in_call import InCall
from engine.call.protocol import Caller
from engine.dialplan.callers import BlockField, CallerLists, KnownCallers
from engine.dialplan.calling_out import MAX_CALLS, MAX_MINUTES, OutsideRules, Permission, ShowsOutside, emergency_number
from engine.dialplan.codec_names import CodecNames
from engine.dialplan.durations import RingTime
from engine.dialplan.encryption import EncryptionWord
from engine.dialplan.features import Features
from engine.dialplan.forwards import FollowMeSteps, Forwards
from engine.dialplan.language_choice import Language, Languages, first_language
from engine.dialplan.languages import standing_in
from engine.dialplan.mailboxes import Mailbox, PersonalMailbox, SharedMailbox, mailboxes_of
from engine.dialplan.model import Destination, Node, Section
from engine.dialplan.nodes.call_outside import CallOutside
from engine.dialplan.nodes.conference import ConferenceRoom
from engine.dialplan.nodes.group import Group
from engine.dialplan.nodes.menu import Menu
from engine.dialplan.nodes.park import Park, Parking
from engine.dialplan.nodes.pick_up import PickUp
from engine.dialplan.nodes.queue import CallQueue
from engine.dialplan.nodes.ring import Ring
from engine.dialplan.nodes.voicemail import Voicemail
from engine.dialplan.number_kinds import read_dialled
from engine.dialplan.schedule import Hours, Schedule
from engine.dialplan.sound import Announcement, Announcements, Source
from engine.dialplan.source import START, Position, SourceMapping
from engine.dialplan.switches import Setting, Switch, Switches, setting_of
from engine.dialplan.team import Team
from engine.dialplan.values import Country, Domain, Email, Extension, Name, PhoneNumber, Truth
from engine.dialplan.whereabouts import Region, ShownName, TimeZone
from engine.office.standing import Standing
from media.commands import File, Sound

NO_RULES = OutsideRules()


class AccountInfo(Section):
    """Who the account belongs to and where it is."""

    name: ShownName = Field(description="The organisation, as people call it")
    country: Country = Field(
        description="Two letters, such as NL: how numbers are read, which holidays and tones apply"
    )
    language: Language = Field(default="en", description="The language of built-in prompts and spoken texts")
    timezone: TimeZone = Field(description="Such as Europe/Amsterdam: the clock that hours go by")
    region: Region | None = Field(
        default=None, description="The part of the country whose public holidays apply, such as BY for Bavaria"
    )
    domain: Domain | None = Field(
        default=None, description="The SIP domain its phones register to; the file's name if left out"
    )
    hold_music: Announcements | None = Field(default=None, description="What somebody put on hold hears")
    codecs: CodecNames = Field(
        default=(), description="Which codecs its phones are offered, the best first; all, if left out"
    )
    encryption: EncryptionWord | None = Field(
        default=None,
        description="Whether its phones encrypt sound: never, offered, required; over TLS offered, if left out",
    )
    ask_mailbox_pin: Truth = Field(
        default=False, description="Whether people type the PIN of a mailbox of theirs from their own phones, too"
    )
    languages: Languages = Field(
        default_factory=dict,
        description="All languages callers may hear: [en, nl], or each with the countries or numbers it is for",
    )


class Numbers(Section):
    """The numbers callers dial."""

    main: PhoneNumber = Field(description="The main number, such as +31 20 123 4567")
    others: tuple[PhoneNumber, ...] = Field(
        default=(), description="Other numbers; those of no person lead where the main one does"
    )


class Person(Section):
    """Somebody with an extension. Their phones register as it."""

    extension: Extension = Field(description="2 to 6 digits, such as 101")
    name: ShownName | None = Field(default=None, description="The name other phones show")
    email: Email | None = Field(default=None, description="Where to reach them by e-mail")
    number: PhoneNumber | None = Field(default=None, description="Their own number, which rings them directly")
    ring_time: RingTime | None = Field(
        default=None, description="How long their phones ring where a `ring` says nothing else; 25s if left out"
    )
    call_waiting: Truth = Field(
        default=True, description="Whether they are rung while on the phone; if not, further callers find them busy"
    )
    in_directory: Truth = Field(default=True, description="Whether callers may dial them by name, if they have one")
    codecs: CodecNames = Field(
        default=(), description="Which codecs their phones are offered, the best first; the account's, if left out"
    )
    encryption: EncryptionWord | None = Field(
        default=None,
        description="Whether their phones encrypt sound: never, offered, required; as the account, if left out",
    )
    forward: Forwards | None = Field(default=None, description="Where their calls go: always, busy, no_answer ...")
    outside_forward: Truth = Field(
        default=False, description="Whether they may forward their calls to telephones outside by phone"
    )
    calls: Permission | None = Field(
        default=None, description="What they may call outside: none, national, international, premium"
    )
    calls_at_once: int | None = Field(
        default=None, ge=1, le=MAX_CALLS, strict=True, description="How many calls to the outside they may have"
    )
    minutes_a_day: int | None = Field(
        default=None, ge=1, le=MAX_MINUTES, strict=True, description="How many minutes a day they may call the outside"
    )
    show: ShowsOutside | None = Field(
        default=None, description="The number they show there: own, main, anonymous, or a number of the account"
    )
    do_not_disturb: Truth = Field(default=False, description="Whether callers find them busy until they change it")
    follow_me: FollowMeSteps = Field(
        default=(), description="Whom to ring as well after a while: somebody else, or a telephone outside"
    )
    voicemail: PersonalMailbox = Field(
        default_factory=PersonalMailbox, description="Their mailbox: pin, greeting, email, limit, silence, keep"
    )


def _no_features() -> Any:
    return SourceMapping(START)


class Dialplan(Section):
    """One account's whole file."""

    account: AccountInfo = Field(description="Who the account belongs to: name, country, language, timezone")
    numbers: Numbers = Field(description="The numbers callers dial: main and others")
    people: dict[Name, Person] = Field(default_factory=dict, description="Everybody who has an extension, by name")
    hours: dict[Name, Hours] = Field(default_factory=dict, description="Opening hours, by name")
    switches: Switches = Field(default_factory=dict, description="What people turn on and off by phone: [night]")
    callers: CallerLists = Field(default_factory=dict, description="Callers from outside who are known, in lists")
    block: BlockField | None = Field(default=None, description="Callers from outside who are refused")
    outside: OutsideRules | None = Field(
        default=None, description="What people may call outside: calls, block, allow, at_once, minutes_a_day ..."
    )
    main_number: Destination = Field(
        description="Where callers of the main number go: a menu, a person, or a list by hours"
    )
    menus: dict[Name, Menu] = Field(default_factory=dict, description="The menus, by name")
    groups: dict[Name, Group] = Field(default_factory=dict, description="Hunt groups, by name: who rings, and how")
    queues: dict[Name, CallQueue] = Field(default_factory=dict, description="Call queues, by name: who serves callers")
    conferences: dict[Name, ConferenceRoom] = Field(default_factory=dict, description="The conference rooms, by name")
    mailboxes: dict[Name, SharedMailbox] = Field(
        default_factory=dict, description="Mailboxes of several people, by name; each person has one of their own"
    )
    parking: Parking | None = Field(default=None, description="The slots in which callers are parked")
    features: Features = Field(
        default_factory=_no_features,
        validate_default=True,
        description='What star codes do on the account\'s own phones, such as "*60": {switch: night}; off for nothing',
    )


@dataclass(frozen=True, slots=True)
class Account:
    """A loaded dialplan that nothing changes any more; a call keeps the one it began with.

    ``key`` is the file's stem. ``sounds`` maps announcements to files, by ``Announcement.source``; ``prompts`` holds
    the built-in ones for each language by name, where need be those of a language standing in.
    ``main`` is where the main number leads. ``numbers_at`` holds every number (E.164) with its place in the file.
    ``slots`` has what a parking slot's number leads to, ``parked_calls`` where callers are whom somebody parks,
    ``in_call`` what people may ask for while they talk.
    ``files_at`` says where each recording is named first, ``referred`` has the names of each section (people, menus,
    hours) that are used anywhere in the file, ``kinds`` the kinds of node in it.
    """

    key: str
    file: str
    info: AccountInfo
    domain: str
    numbers: Numbers
    people: Mapping[str, Person]
    hours: Mapping[str, Schedule]
    switches: Mapping[str, Switch]
    callers: KnownCallers
    outside_rules: OutsideRules | None
    main: Node
    menus: Mapping[str, Menu]
    groups: Mapping[str, Group]
    conferences: Mapping[str, ConferenceRoom]
    queues: Mapping[str, CallQueue]
    shared_mailboxes: Mapping[str, SharedMailbox]
    parking: Parking | None
    features: Features
    sounds: Mapping[Source, File]
    prompts: Mapping[str, Mapping[str, File]]
    numbers_at: Mapping[str, Position]
    files_at: Mapping[Source, Position]
    referred: Mapping[str, frozenset[str]]
    kinds: frozenset[str]
    person_by_extension: Mapping[str, str] = field(init=False)
    dialled: frozenset[str] = field(init=False)
    mailboxes: Mapping[str, Mailbox] = field(init=False)
    mailbox_by_number: Mapping[str, str] = field(init=False)
    slots: Mapping[str, Node] = field(init=False)
    parked_calls: Node | None = field(init=False)
    in_call: InCall | None = field(init=False)
    _rings: Mapping[str, Ring] = field(init=False)

    def __post_init__(self) -> None:
        by_extension = {person.extension: name for name, person in self.people.items()}
        object.__setattr__(self, "person_by_extension", by_extension)
        object.__setattr__(self, "dialled", frozenset(by_extension))
        mailboxes = mailboxes_of(self.people, self.shared_mailboxes)
        numbers = {mailbox.number: name for name, mailbox in mailboxes.items() if mailbox.number}
        object.__setattr__(self, "mailboxes", mailboxes)
        object.__setattr__(self, "mailbox_by_number", numbers)
        slots = self.parking.slots if self.parking else ()
        object.__setattr__(self, "slots", {slot: PickUp(pick_up=slot) for slot in slots})
        object.__setattr__(self, "parked_calls", Park.of_people(self.parking) if self.parking else None)
        requests = {code: asked for code, node in self.features.items() if (asked := node.in_call(self))}
        object.__setattr__(self, "in_call", InCall(requests) if requests else None)
        object.__setattr__(self, "_rings", {name: Ring(ring=name) for name in self.people})
        for name, person in self.people.items():
            self._rings[name].meet(person)

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def country(self) -> str:
        return self.info.country

    @property
    def language(self) -> str:
        return self.info.language

    @property
    def languages(self) -> tuple[str, ...]:
        """All that callers may hear, the account's own first."""
        return tuple(dict.fromkeys((self.language, *self.info.languages)))

    def language_of(self, caller: Caller, called: str) -> str:
        """What a caller hears until they choose another."""
        return first_language(self.info.languages, caller, called, self.country) or self.language

    @property
    def entries(self) -> tuple[Node, ...]:
        """Where calls can begin: where the main number leads, where blocked callers go, and star codes do."""
        blocked = (self.callers.block.to,) if self.callers.block else ()
        parked = (self.parked_calls,) if self.parked_calls else ()
        return (self.main, *blocked, *parked, *self.features.values())

    @property
    def files(self) -> frozenset[File]:
        """Every file that a caller may hear."""
        return frozenset(self.sounds.values()).union(*(prompts.values() for prompts in self.prompts.values()))

    def codecs_of(self, person: str | None) -> tuple[str, ...]:
        """The names of the codecs for a person's phones, the best first; for anybody else the account's. None: all."""
        entry = self.people.get(person) if person is not None else None
        return (entry.codecs if entry is not None else ()) or self.info.codecs

    def encryption_of(self, person: str | None) -> str:
        """What is said of the encryption of a person's phones; empty where nothing is."""
        entry = self.people.get(person) if person is not None else None
        return (entry.encryption if entry is not None else None) or self.info.encryption or ""

    @property
    def hold_music(self) -> tuple[Sound, ...]:
        """What a party on hold hears: what the file names, else the built-in music."""
        return self.sounds_of(self.info.hold_music or ()) or self.prompt("hold-music")

    @property
    def outside(self) -> OutsideRules:
        """What holds for calls to the outside; nobody may make any where the file says nothing."""
        return self.outside_rules or NO_RULES

    def emergency_way(self, dialled: str) -> Node | None:
        """The node that calls the emergency number which somebody of the account has dialled, if it is one."""
        number = emergency_number(self, dialled)
        return CallOutside.to(number) if number else None

    def way_outside(self, dialled: str) -> Node | None:
        """The node that calls a telephone outside for the person who has dialled it, as far as they may."""
        number = read_dialled(dialled, self.country)
        return self.emergency_way(dialled) or (CallOutside.to(number) if number else None)

    def ring_person(self, name: str) -> Ring:
        """The node that rings a person, for a call to their own number or from another phone. Raises KeyError."""
        return self._rings[name]

    def ring_extension(self, extension: str) -> Ring:
        """The node that rings whoever has the extension. Raises KeyError."""
        return self._rings[self.person_by_extension[extension]]

    def voicemail_of(self, name: str) -> Voicemail:
        """The node that takes a message for a person who lets their calls go there by phone."""
        return Voicemail(voicemail=name)

    def team_of(self, name: str, person: str | None) -> tuple[str, Team]:
        """The group or queue called ``name``; where a queue has somebody from a group, that group with its name."""
        if name in self.groups:
            return name, self.groups[name]
        queue = self.queues[name]
        if not queue.has(person):
            for agent in queue.members:
                if agent.person in self.groups and self.groups[agent.person].has(person):
                    return agent.person, self.groups[agent.person]
        return name, queue

    def mailbox_node(self, number: str) -> Node | None:
        """The node that takes a message for the shared mailbox with this number, if there is one."""
        name = self.mailbox_by_number.get(number, "")
        return Voicemail(voicemail=name) if name in self.shared_mailboxes else None

    def is_open(self, hours: str, now: float) -> bool:
        """Whether a block of hours is open at ``now`` (seconds since the epoch) by the clock alone."""
        return self.hours[hours].is_open(now, self.info.timezone)

    def holds(self, during: str, now: float, standing: Standing) -> bool:
        """Whether hours are open, or a switch is on, at ``now``: what people have set goes before the clock."""
        setting = setting_of(during, standing)
        if setting is Setting.AUTO:
            return during in self.hours and self.is_open(during, now)
        return setting is Setting.ON

    def sounds_of(self, announcements: Iterable[Announcement], language: str | None = None) -> tuple[Sound, ...]:
        """What a media leg plays for the announcements, in a language of the account, its own if None."""
        wanted = standing_in(language or self.language, self.language)
        return tuple(self.sounds[one.source(wanted, self.language)] for one in announcements)

    def prompt(self, name: str, language: str | None = None) -> tuple[Sound, ...]:
        """A built-in prompt, or nothing where the installation lacks it."""
        prompts = self.prompts[language or self.language]
        return (prompts[name],) if name in prompts else ()
