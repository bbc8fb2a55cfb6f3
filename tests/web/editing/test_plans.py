"""Saving a plan: checked first, refused with findings, never half, never over somebody else's change."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.console.versions import MAX_VERSIONS
from engine.store.store import Store
from web.editing import saving
from web.editing.accounts import (
    AccountFacts,
    account_of,
    begun,
    main_number_of,
    other_numbers_of,
    with_account,
    with_main,
    with_others,
)
from web.editing.checking import Unsound
from web.editing.people import PersonFacts, key_for, people_of, with_people, with_person
from web.editing.plan import Plan
from web.editing.plans import BY_HAND, Plans
from web.editing.saving import LEFTOVER, replace_file, saving_alone
from web.editing.telling import Taken
from web.editing.uses import InUse
from web.mistakes import Mistakes, Stale

NOW = 1_795_000_000.0
ANNA = PersonFacts("103", "Anna de Vries", "anna@bakery.example", "+31 20 123 4569")


def save(plans: Plans, plan: Plan, author: str = "owner@bakery.example", now: float = NOW) -> int:
    return plans.save("bakery", plan, author=author, what="a test", now=now).version


def lines_added(before: Plan, after: Plan) -> list[str]:
    old = before.text.splitlines()
    return [line for line in after.text.splitlines() if line not in old]


def test_a_person_more_is_one_line_more(plans: Plans, settings: Settings) -> None:
    plan = plans.read("bakery")
    saved = plans.save("bakery", with_person(plan, ANNA), author="owner", what="Anna", now=NOW)
    assert saved.version == 2
    assert saved.changes == ("person anna-de-vries added (extension 103)",)
    assert saved.told is not None
    assert saved.told.taken is Taken.NOT_RUNNING
    assert plans.read("bakery") == saved.plan
    assert lines_added(plan, saved.plan) == [
        '  anna-de-vries: {extension: 103, name: Anna de Vries, email: anna@bakery.example, number: "+31 20 123 4569"}'
    ]
    assert (settings.dialplans / "bakery.yaml").read_bytes() == saved.plan.text.encode()
    assert [(each.number, each.author, each.what) for each in plans.versions("bakery")] == [
        (2, "owner", "Anna"),
        (1, BY_HAND, ""),
    ]


def test_a_plan_the_engine_would_not_take_is_refused_with_line_and_column(plans: Plans) -> None:
    plan = plans.read("bakery")
    with pytest.raises(Unsound) as refusal:
        save(plans, plan.with_text(plan.text.replace("menu: welcome}", "menu: welcme}")))
    assert [(finding.line, finding.column) for finding in refusal.value.findings] == [(18, 26)]
    assert "Line 18, column 26: no menu is called 'welcme' (did you mean 'welcome'?)" in str(refusal.value)
    assert plans.read("bakery") == plan


def test_who_saves_second_hears_who_was_first(plans: Plans, settings: Settings) -> None:
    plan = plans.read("bakery")
    save(plans, with_person(plan, ANNA), "first@bakery.example")
    with pytest.raises(Stale, match=r"first@bakery\.example has changed the plan"):
        save(plans, with_account(plan, name="Other"))
    file = settings.dialplans / "bakery.yaml"
    plan = plans.read("bakery")
    file.write_text(file.read_text() + "# by hand\n")
    with pytest.raises(Stale, match="by hand"):
        save(plans, with_account(plan, name="Other"))
    assert [each.author for each in plans.versions("bakery")] == [BY_HAND, "first@bakery.example", BY_HAND]
    save(plans, with_account(plans.read("bakery"), name="Other"))
    assert file.read_text().endswith("# by hand\n")


def test_an_earlier_version_comes_back_as_a_new_one(plans: Plans) -> None:
    plan = plans.read("bakery")
    save(plans, with_person(plan, ANNA))
    assert save(plans, plans.version("bakery", 1)) == 3
    assert plans.read("bakery").text == plan.text
    with pytest.raises(Mistakes, match="no version 99"):
        plans.version("bakery", 99)


def test_saving_what_is_there_makes_no_version(plans: Plans) -> None:
    assert save(plans, plans.read("bakery")) == 0


def test_versions_are_bounded(store: Store) -> None:
    versions = store.console.versions
    for number in range(MAX_VERSIONS + 5):
        versions.add("bakery", f"text {number}", f"d{number}", author="a", what="w", at=float(number))
    kept = versions.of("bakery", 1000)
    assert len(kept) == MAX_VERSIONS
    assert (kept[0].number, kept[-1].number) == (MAX_VERSIONS + 5, 6)
    assert versions.text("bakery", 5) is None
    assert versions.text("bakery", 6) == "text 5"
    assert versions.text_with("bakery", "d100") == "text 100"
    assert versions.of("clinic") == []


def test_large_versions_are_kept_for_less_long(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.store.console.versions.MAX_KEPT_BYTES", 250)
    for _ in range(5):
        store.console.versions.add("bakery", "x" * 100, "d", author="a", what="w", at=1.0)
    assert [each.number for each in store.console.versions.of("bakery")] == [5, 4, 3]


# --- accounts and numbers ---------------------------------------------------------------------------------------------


def test_a_new_account_gets_its_file(plans: Plans, settings: Settings) -> None:
    plan = begun(
        AccountFacts("My Office", "NL", "nl", "Europe/Amsterdam"), "+31 20 555 0100", PersonFacts("101", "Piet Smit")
    )
    saved = plans.save("my-office", plan, author="p@x.example", what="begin", now=NOW)
    assert saved.version == 1
    assert plans.accounts() == ["bakery", "my-office"]
    assert stat.S_IMODE((settings.dialplans / "my-office.yaml").stat().st_mode) == saving.NEW_FILE_MODE
    assert main_number_of(plans.read("my-office")) == "+31 20 555 0100"
    assert people_of(plans.read("my-office")) == {"piet-smit": PersonFacts("101", "Piet Smit")}
    with pytest.raises(Stale):
        plans.save("my-office", plan, author="p@x.example", what="begin", now=NOW)


def test_what_belongs_to_another_account_is_refused_without_its_name(plans: Plans) -> None:
    plan = begun(AccountFacts("X", "NL", "nl", "Europe/Amsterdam"), "+31 20 123 4567", PersonFacts("101", "P"))
    with pytest.raises(Unsound, match="belongs to another account already") as refusal:
        plans.save("office", plan, author="p", what="", now=NOW)
    assert "bakery" not in str(refusal.value)


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/b", ".hidden", "", "A" * 100, "x.tests", "bäckerei", "a\0b"])
def test_no_key_leads_out_of_the_folder(plans: Plans, key: str) -> None:
    with pytest.raises(Mistakes):
        plans.read(key)
    with pytest.raises(Mistakes):
        plans.save(key, Plan("a: 1\n"), author="x", what="", now=NOW)


def test_account_and_numbers_change_in_their_own_lines(plans: Plans) -> None:
    plan = plans.read("bakery")
    assert account_of(plan) == AccountFacts("The Bakery", "NL", "en", "Europe/Amsterdam")
    changed = with_others(with_account(plan, language="nl"), ["020 123 4568", "+31201234568", "+31 20 123 4570"])
    assert lines_added(plan, changed) == [
        "account: {name: The Bakery, country: NL, language: nl, timezone: Europe/Amsterdam}",
        '  others: ["+31 20 123 4568", "020 123 4568", "+31 20 123 4570"]',
    ]
    assert with_main(plan, "+31201234567") == plan, "a number that is written otherwise is the same"
    moved = with_main(plan, "+31 20 123 4568")
    assert (main_number_of(moved), other_numbers_of(moved)) == ("+31 20 123 4568", ())
    assert with_others(plan, []).text == plan.text.replace('  others: ["+31 20 123 4568"]\n', "")


# --- people -----------------------------------------------------------------------------------------------------------


def test_a_person_keeps_what_is_not_the_consoles(plans: Plans) -> None:
    plan = plans.read("bakery")
    plan = plan.with_text(plan.text.replace("{extension: 102,", "{extension: 102, ring_time: 40s,"))
    changed = with_person(plan, PersonFacts("102", "Orders", None, "+31 20 123 4570"), "orders")
    assert '  orders:     {extension: 102, ring_time: 40s, name: Orders, number: "+31 20 123 4570"}' in changed.text


def test_many_people_at_once(plans: Plans) -> None:
    plan = plans.read("bakery")
    many = {f"p{number}": PersonFacts(str(number), f"P {number}") for number in range(200, 250)}
    saved = save(plans, with_people(plan, many))
    assert saved == 2
    assert len(people_of(plans.read("bakery"))) == 52


def test_names_in_the_plan_are_free_and_readable(plans: Plans) -> None:
    plan = plans.read("bakery")
    assert key_for(plan, PersonFacts("1", "Zoë Ångström")) == "zoe-angstrom"
    assert key_for(plan, PersonFacts("1", "Orders")) == "orders-2"
    assert key_for(plan, PersonFacts("1", "Welcome")) == "welcome-2", "a menu is called so"
    assert key_for(plan, PersonFacts("1", None, "jan@x.example")) == "jan"
    assert key_for(plan, PersonFacts("1", "山田")) == "person-1"
    assert key_for(plan, PersonFacts("1", "Repeat")) == "repeat-2"


def test_a_person_in_use_is_not_removed_unless_somebody_stands_in(plans: Plans) -> None:
    plan = plans.read("bakery")
    with pytest.raises(InUse) as refusal:
        plans.without_person("bakery", plan, "orders")
    assert [str(use.where) for use in refusal.value.uses] == ["key 1 of the menu welcome (line 25)"] * 2
    changed = plans.without_person("bakery", plan, "orders", instead="front-desk")
    assert "      1: {ring: front-desk, for: 20s, else: {voicemail: front-desk}}" in changed.text
    assert save(plans, changed) == 2
    with pytest.raises(Mistakes, match="Nobody is called"):
        plans.without_person("bakery", changed, "orders")
    with pytest.raises(Mistakes, match="Nobody is called"):
        plans.without_person("bakery", plan, "orders", instead="orders")


@pytest.mark.parametrize("edit", ["remove", "rename", "extension"])
def test_everything_that_refers_to_a_person_follows(plans: Plans, settings: Settings, edit: str) -> None:
    good = Path(__file__).parents[2] / "dialplans" / "good" / "everything.yaml"
    (settings.dialplans / "everything.yaml").write_bytes(good.read_bytes())
    plan = plans.read("everything")
    if edit == "remove":
        changed = plans.without_person("everything", plan, "sales", instead="ghost")
    elif edit == "rename":
        changed = plans.renamed_person("everything", plan, "sales", "verkoop")
    else:
        changed = plans.with_person("everything", plan, "sales", PersonFacts("24", "Sales"))
        assert "      4: 24\n" in changed.text
    assert plans.check("everything", changed).errors == ()
    assert edit == "extension" or "sales" not in people_of(changed)
    assert len(changed.text.splitlines()) == len(plan.text.splitlines()) - (edit == "remove")


# --- the file ---------------------------------------------------------------------------------------------------------


def test_mode_and_links_stay(plans: Plans, settings: Settings, tmp_path: Path) -> None:
    file, elsewhere = settings.dialplans / "bakery.yaml", tmp_path / "elsewhere.yaml"
    file.rename(elsewhere)
    elsewhere.chmod(0o640)
    file.symlink_to(elsewhere)
    save(plans, with_account(plans.read("bakery"), name="New"))
    assert file.is_symlink()
    assert "name: New" in elsewhere.read_text()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o640


def test_a_disk_that_is_full_leaves_the_old_file_and_no_version(
    plans: Plans, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    plan = plans.read("bakery")
    monkeypatch.setattr(saving.os, "fsync", full)
    with pytest.raises(Mistakes, match="No space left"):
        save(plans, with_account(plan, name="New"))
    assert plans.read("bakery") == plan
    assert [each.author for each in plans.versions("bakery")] == [BY_HAND]
    assert not list(settings.dialplans.glob(f"{LEFTOVER}*"))


def test_only_one_saves_at_a_time(plans: Plans, settings: Settings) -> None:
    with saving_alone(settings.state), pytest.raises(Mistakes, match="Somebody else is saving"), \
            saving_alone(settings.state, patience=0.0):  # fmt: skip
        pass


SAVES = """
import os, sys
from pathlib import Path
from web.editing.saving import replace_file
path, texts = Path(sys.argv[1]), [sys.argv[2].encode() * 20_000, sys.argv[3].encode() * 20_000]
print("ready", flush=True)
while True:
    for text in texts:
        replace_file(path, text)
"""


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    whole = {b"old\n" * 20_000, b"newer\n" * 20_000}
    for attempt in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", SAVES, str(path), "old\n", "newer\n"], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.003 * attempt)
            os.kill(process.pid, signal.SIGKILL)
        assert not path.exists() or path.read_bytes() in whole
    replace_file(path, b"the end")
    assert [each.name for each in tmp_path.iterdir()] == ["plan.yaml"], "what the kills left is gone"


SAVED_AND_KILLED = """
import os, sys
from pathlib import Path
from engine.settings import Settings
from engine.store.console.versions import StoredVersions
from engine.store.store import Store
from web.editing.accounts import with_account
from web.editing.plan import digest_of
from web.editing.plans import Plans

folder, prompts = Path(sys.argv[1]), Path(sys.argv[2])
settings = Settings(state=folder / "state", dialplans=folder / "dialplans", prompts=prompts)
file = settings.dialplans / "bakery.yaml"

def dying(real):
    def call(*args, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return real(*args, **more)
    return call

with Store(settings) as store:
    Plans(settings, store).versions("bakery")
for steps in range(20):
    child = os.fork()
    if not child:
        with Store(settings) as store:
            plans = Plans(settings, store)
            plan = with_account(plans.read("bakery"), name=f"Bakery {steps}")
            left = steps
            for name in ("fsync", "fchmod", "fchown", "replace"):
                setattr(os, name, dying(getattr(os, name)))
            StoredVersions.add = dying(StoredVersions.add)
            plans.save("bakery", plan, author="an", what="", now=float(steps))
            os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with Store(settings) as store:
        plans = Plans(settings, store)
        text = plans.read("bakery").text
        assert text.startswith("# The example account") and text.endswith("front-desk}}}\\n"), text
        newest = plans.versions("bakery")[0]
        assert newest.digest == digest_of(file.read_bytes()), "the newest version is what is in place"
    print(ended, newest.author, f"Bakery {steps}" in text)
    if ended == 0:
        break
"""


def test_a_kill_at_any_step_of_a_save_leaves_a_whole_plan_and_its_version(settings: Settings) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SAVED_AND_KILLED, str(settings.dialplans.parent), str(settings.prompts)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[-1] == "0 an True"
    assert f"-9 {BY_HAND} False" in lines, "killed before the file was replaced"
    assert "-9 an True" in lines, "killed after it"


def test_of_many_who_save_at_once_one_is_first_and_the_others_hear_of_it(plans: Plans) -> None:
    plan = plans.read("bakery")

    def save_as(number: int) -> str:
        try:
            save(plans, with_account(plan, name=f"Bakery {number}"), f"{number}@x.example")
        except Stale:
            return "stale"
        return f"{number}@x.example"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(save_as, range(8)))
    assert outcomes.count("stale") == 7
    first = next(each for each in outcomes if each != "stale")
    assert [each.author for each in plans.versions("bakery")] == [first, BY_HAND]


def test_a_kill_between_any_two_steps_leaves_a_whole_file(tmp_path: Path) -> None:
    """Every call into the system that saving makes is the last one, once."""
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"old")
    program = """
import os, sys
from pathlib import Path
from web.editing import saving
left = int(sys.argv[2])
def dying(name, real):
    def call(*args, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return real(*args, **more)
    return call
for name in ("open", "fsync", "fchmod", "fchown", "close", "rename", "replace"):
    setattr(os, name, dying(name, getattr(os, name)))
saving.replace_file(Path(sys.argv[1]), b"new" * 1000)
os._exit(0)
"""
    seen = set()
    for steps in range(40):
        path.write_bytes(b"old")
        ended = subprocess.run([sys.executable, "-c", program, str(path), str(steps)], check=False)
        content = path.read_bytes()
        assert content in (b"old", b"new" * 1000)
        seen.add((ended.returncode, content))
        if ended.returncode == 0:
            break
    assert (0, b"new" * 1000) in seen
    assert (-signal.SIGKILL, b"old") in seen
    assert (-signal.SIGKILL, b"new" * 1000) in seen
