"""What a simulated call costs: the scenarios of the example account, over and over, on one core."""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path

from engine.dialplan.load import load_account
from engine.rehearsal.judge import judge
from engine.rehearsal.rehearse import Rehearser
from engine.rehearsal.scenarios import load_suite, tests_of
from engine.rehearsal.setting import situation_of

ROOT = Path(__file__).resolve().parent.parent
CALLS = 10_000


def rehearsal(calls: int = CALLS) -> None:
    """Simulated calls with everything ``belplan test`` does for each: situation, call, judgement."""
    dialplan = ROOT / "dialplans" / "bakery.yaml"
    with tempfile.TemporaryDirectory() as cache:
        account = load_account(dialplan, sounds_cache=Path(cache), prompts_dir=ROOT / "prompts")
    suite = load_suite(tests_of(dialplan), account)
    simulated = events = 0.0
    with Rehearser([account]) as rehearser:
        began, used = time.perf_counter(), time.process_time()
        for scenario in itertools.islice(itertools.cycle(suite.scenarios.values()), calls):
            went = rehearser.rehearse(situation_of(suite, scenario))
            if judge(scenario.then, went):
                raise RuntimeError("a scenario of the example account fails")
            simulated += went.ended.seconds
            events += len(went.events)
        took, cpu = time.perf_counter() - began, time.process_time() - used
    print(
        f"rehearsal calls={calls} seconds={took:.2f} cpu={cpu:.2f} ms_cpu_each={cpu * 1000 / calls:.3f}"
        f" hours_of_calls={simulated / 3600:.0f} events_each={events / calls:.1f}",
        flush=True,
    )
