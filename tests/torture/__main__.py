"""Kill tests: python -m tests.torture --kills N --seed S [--mode kill|term|pair|clock|mixed] [--jobs J] [--only W].

See docs/reliability.md. Exit status 1 when a rule was broken; what is there to look at is kept.
"""

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.torture.rounds import Mode, Outcome, Plan, play

KILLS_A_WORLD = 40
PLAIN_KILLS = 10
MIXED = (Mode.KILL, Mode.TERM, Mode.KILL, Mode.PAIR, Mode.KILL, Mode.CLOCK)
PLAIN_EVERY = 12  # worlds


def plans(kills: int, seed: int, mode: str, folder: Path) -> Iterator[Plan]:
    """The worlds of a run: as many as the kills need."""
    number = 0
    while kills > 0:
        number += 1
        is_plain = mode in ("mixed", "plain") and (mode == "plain" or number % PLAIN_EVERY == 0)
        kind = Mode.KILL if is_plain else MIXED[(number - 1) % len(MIXED)] if mode == "mixed" else Mode(mode)
        here = min(kills, PLAIN_KILLS if is_plain else KILLS_A_WORLD)
        yield Plan(f"{seed}.{number}", here, kind, folder / f"world-{seed}.{number}", is_plain)
        kills -= here


def told(outcome: Outcome) -> str:
    plan = outcome.plan
    kind = f"{plan.mode}{', plain' if plan.is_plain else ''}"
    jobs = ", ".join(f"{count} {state}" for state, count in sorted(outcome.jobs.items()))
    verdict = "FAILED" if outcome.violations else "ok"
    return (
        f"{verdict} world {plan.seed} ({kind}): {outcome.kills} kills, {jobs} "
        f"in {outcome.took_s:.0f} s ({outcome.quiet_s:.0f} s quiet)"
    )


def main() -> int:
    asked = _asked()
    folder = Path(tempfile.mkdtemp(prefix="easel-torture-"))
    wanted = list(plans(asked.kills, asked.seed, asked.mode, folder))
    if asked.only:
        wanted = [plan for plan in wanted if plan.seed == f"{asked.seed}.{asked.only}"]
    begun_s, outcomes = time.monotonic(), []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.jobs, mp_context=spawn, max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(play, plan) for plan in wanted]):
            outcome = done.result()
            outcomes.append(outcome)
            print(told(outcome), flush=True)
            keep_or_remove(outcome)
    return summed_up(outcomes, time.monotonic() - begun_s, folder)


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m tests.torture", description="Kill tests: see docs/reliability.md.")
    words.add_argument("--kills", type=int, default=100)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--mode", choices=[*Mode, "plain", "mixed"], default="mixed")
    words.add_argument("--jobs", type=int, default=1, help="worlds at the same time")
    words.add_argument("--only", type=int, default=0, metavar="WORLD", help="this world of the run alone")
    return words.parse_args()


def keep_or_remove(outcome: Outcome) -> None:
    plan = outcome.plan
    if not outcome.violations:
        shutil.rmtree(plan.folder)
        return
    for violation in outcome.violations[:20]:
        print(f"  {violation}")
    print(f"  data, log, trail: {plan.folder}", flush=True)


def summed_up(outcomes: list[Outcome], took_s: float, folder: Path) -> int:
    failed = [outcome for outcome in outcomes if outcome.violations]
    kills = sum(outcome.kills for outcome in outcomes)
    moments: Counter[str] = sum((outcome.moments for outcome in outcomes), Counter())
    print(f"{kills} kills, {sum(outcome.asked for outcome in outcomes)} interactions in {took_s:.0f} s")
    print("aimed at: " + ", ".join(f"{step} {times}" for step, times in moments.most_common()))
    if not failed:
        shutil.rmtree(folder)
        print("every rule held")
        return 0
    print(f"{len(failed)} worlds failed: {', '.join(outcome.plan.seed for outcome in failed)} (seed.world)")
    return 1


if __name__ == "__main__":
    sys.exit(main())
