"""All dialplans: read, checked, saved with a version of each change, and brought back."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as File

from engine.dialplan.account import Account
from engine.dialplan.change import Change
from engine.dialplan.difference import differences
from engine.dialplan.findings import Finding
from engine.dialplan.load import dialplan_files
from engine.dialplan.source import MAX_BYTES
from engine.settings import Settings
from engine.store.console.versions import Version
from engine.store.store import Store
from web.editing import menus, people
from web.editing.beyond import permit
from web.editing.checking import Checked, Unsound, checked, doubts_about, known
from web.editing.merging import Merged, merged
from web.editing.people import PersonFacts
from web.editing.plan import Plan, digest_of
from web.editing.said import kept
from web.editing.saving import replace_file, saving_alone
from web.editing.telling import Told, tell_engine
from web.editing.uses import InUse, dangling, redirected
from web.mistakes import Mistakes, Stale, refused
from web.words import Sentence, say

BY_HAND = "by hand"
"""The author of what somebody has changed in the file itself."""
MAX_AUTHOR = 254
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan that is in place: its version, the changes in words, and what the engine said.

    ``version`` is 0 and ``account`` None where nothing had changed.
    """

    plan: Plan
    version: int
    changes: tuple[Change, ...]
    account: Account | None
    told: Told | None

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is doubtful about it: looked for when somebody asks, as that takes a moment."""
        return () if self.account is None else doubts_about(self.account)


class Plans:
    """The dialplans of these settings. An account's key is its file's stem."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self._store = store
        self._versions = store.console.versions

    # --- reading ------------------------------------------------------------------------------------------------------

    def accounts(self) -> list[str]:
        """The keys of all accounts that have a dialplan."""
        return [path.stem.lower() for path in dialplan_files(self.settings.dialplans)]

    def path(self, account: str) -> File:
        """Its file. Raises Mistakes if there is none."""
        path = self._found(account)
        if path is None:
            raise refused("account", say("There is no dialplan of an account {account}.", account=account[:60]))
        return path

    def read(self, account: str) -> Plan:
        """The plan as it is now. Raises Mistakes where it is no text."""
        return _plan_in(self._bytes(self.path(account)))

    def opened(self, account: str) -> Plan:
        """The same for somebody who is going to change it: what they have seen is kept, to merge with if need be."""
        path = self.path(account)
        with contextlib.suppress(Mistakes), saving_alone(self._store.folder, patience=0.0):
            self._keep_hand_edit(account, path, _plan_in(self._bytes(path)))
        return self.read(account)

    def check(self, account: str, plan: Plan) -> Checked:
        """What the engine makes of a plan that is not saved."""
        return checked(self.settings, self._place(account), plan.text)

    def permit(self, account: str, plan: Plan) -> None:
        """Raise Mistakes for what a manager has typed, if it reaches beyond the plan and is no version of it."""
        if self._versions.text_with(account, digest_of(plan.text.encode())) is None:
            permit(self.read(account), plan, account)

    def changes(self, before: Plan, after: Checked) -> tuple[Change, ...]:
        """What is different in ``after``, in words; nothing where one of them cannot be used."""
        if after.account is None:
            return ()
        old = known(self.settings, File(after.account.file), before.text).account
        return tuple(differences([old], [after.account])) if old else ()

    def merge(self, account: str, plan: Plan) -> Merged:
        """A plan together with what has changed in its file meanwhile, unless both change the same part."""
        base = self.before(account, plan)
        return Merged(None) if base is None else merged(base, plan, self.read(account))

    def before(self, account: str, plan: Plan) -> Plan | None:
        """What a plan was made of, as far as it is kept."""
        base = self._versions.text_with(account, plan.digest)
        return None if base is None else Plan(base, plan.digest)

    # --- saving -------------------------------------------------------------------------------------------------------

    def save(self, account: str, plan: Plan, *, author: str, what: Sentence | str, now: float) -> Saved:
        """Put the plan in place, if the engine would take it, and keep it as a version.

        Raises Unsound with the findings, and Stale if the file is no longer what ``plan`` was read from.
        """
        if len(plan.text.encode()) > MAX_BYTES:
            raise refused("text", say("The plan is larger than {most} bytes.", most=f"{MAX_BYTES:,}"))
        path = self._place(account)
        with saving_alone(self._store.folder):
            data = self._bytes(path) if path.exists() else b""
            before = _plan_in(data)
            self._keep_hand_edit(account, path, before)
            if before.digest != plan.digest:
                raise Stale(self.changed_by(account))
            if plan.text == before.text:
                return Saved(before, 0, (), None, None)
            result = checked(self.settings, path, plan.text, doubts=False)
            if result.account is None:
                raise Unsound(result.errors)
            changes = self.changes(before, result)
            new = plan.text.encode()
            digest = digest_of(new)
            number = self._versions.add(account, plan.text, digest, author=author[:MAX_AUTHOR], what=kept(what), at=now)
            try:
                replace_file(path, new)
            except OSError as problem:
                self._versions.withdraw(account, number)
                reason = problem.strerror or str(problem)
                raise refused("", say("The plan cannot be written: {reason}.", reason=reason)) from None
        return Saved(Plan(plan.text, digest), number, changes, result.account, tell_engine(self.settings))

    def _keep_hand_edit(self, account: str, path: File, plan: Plan) -> None:
        newest = self._versions.newest(account)
        if plan.digest and (newest is None or newest.digest != plan.digest):
            at = path.stat().st_mtime
            self._versions.add(account, plan.text, plan.digest, author=BY_HAND, what="", at=at)

    def changed_by(self, account: str) -> Sentence:
        """Who has changed the plan last."""
        newest = self._versions.newest(account)
        if newest is None or newest.author == BY_HAND:
            return say("Somebody has changed the plan's file by hand meanwhile.")
        return say("{author} has changed the plan meanwhile.", author=newest.author)

    # --- what needs the engine's eyes ---------------------------------------------------------------------------------

    def with_person(self, account: str, plan: Plan, key: str, facts: PersonFacts) -> Plan:
        """The plan with other facts of a person; whoever refers to them by extension does so by the new one."""
        before = people.people_of(plan).get(key)
        if before is None:
            raise people.no_such_person(key)
        changed = people.with_person(plan, facts, key)
        if before.extension == facts.extension:
            return changed
        return redirected(self.settings, self._place(account), changed, {before.extension: facts.extension})

    def renamed_person(self, account: str, plan: Plan, key: str, new: str) -> Plan:
        """The plan with another name for a person, also wherever it refers to them."""
        return redirected(self.settings, self._place(account), people.with_key(plan, key, new), {key: new})

    def without_person(self, account: str, plan: Plan, key: str, instead: str | None = None) -> Plan:
        """The plan without a person; what refers to them refers to the person ``instead``.

        Raises InUse with all places where there are such, and nobody stands in.
        """
        words = {key, people.people_of(plan).get(key, PersonFacts("")).extension} - {""}
        less = people.without(plan, key)
        if instead is not None:
            if instead == key or instead not in people.people_of(less):
                raise people.no_such_person(instead)
            return redirected(self.settings, self._place(account), less, dict.fromkeys(words, instead))
        if uses := dangling(self.settings, self._place(account), less, words):
            raise InUse(key, uses)
        return less

    def without_menu(self, account: str, plan: Plan, name: str) -> Plan:
        """The plan without a menu. Raises InUse with all places that lead to it."""
        less = menus.without_menu(plan, name)
        if uses := dangling(self.settings, self._place(account), less, {name}):
            raise InUse(name, uses)
        return less

    # --- versions -----------------------------------------------------------------------------------------------------

    def versions(self, account: str) -> Sequence[Version]:
        """All that are kept, the newest first; a change by hand that is in place is one of them."""
        path = self.path(account)
        with saving_alone(self._store.folder):
            self._keep_hand_edit(account, path, _plan_in(self._bytes(path)))
        return self._versions.of(account)

    def version(self, account: str, number: int) -> Plan:
        """An earlier version's text, as an edit of what is in place now. Raises Mistakes if it is not kept."""
        text = self._versions.text(account, number)
        if text is None:
            raise refused("version", say("There is no version {number} (any more).", number=number))
        return Plan(text, self.read(account).digest)

    def version_before(self, account: str, number: int) -> Plan:
        """The text before a version was saved; nothing before the first that is kept."""
        before = self.number_before(account, number)
        return Plan("") if before is None else self.version(account, before)

    def number_before(self, account: str, number: int) -> int | None:
        """The version before that one; None before the first that is kept."""
        return max((each.number for each in self._versions.of(account) if each.number < number), default=None)

    # --- places -------------------------------------------------------------------------------------------------------

    def _found(self, account: str) -> File | None:
        files = dialplan_files(self.settings.dialplans)
        return next((path for path in files if path.stem.lower() == account), None)

    def _place(self, account: str) -> File:
        """The account's file, or where a new account's is going to be."""
        path = self._found(account)
        if path is not None:
            return path
        if not self.settings.dialplans.is_dir() or not _KEY.fullmatch(account):
            raise refused("account", say("There can be no account {account} here.", account=account[:60]))
        return self.settings.dialplans / f"{account}.yaml"

    def _bytes(self, path: File) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise refused("", say("The plan cannot be read: {reason}.", reason=reason)) from None


def _plan_in(data: bytes) -> Plan:
    if len(data) > MAX_BYTES:
        raise refused("text", say("The plan is larger than {most} bytes.", most=f"{MAX_BYTES:,}"))
    try:
        return Plan(data.decode(), digest_of(data) if data else "")
    except UnicodeDecodeError:
        raise refused("text", say("The plan's file is not UTF-8; save it as UTF-8 first.")) from None
