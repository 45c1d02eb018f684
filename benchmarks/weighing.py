"""What a piece of work takes of its own process: memory and processor.

Knows nothing but Python, so that every program can be weighed, whatever is installed beside it.
"""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def weighed() -> Iterator[None]:
    """Print one line of JSON about the block, for who started this process.

    `before_mib` is resident memory when it began, `peak_mib` the most that the process ever had; `cpu_s` is what all
    its threads took in the block, in the kernel as well, and `took_s` what the clock on the wall says.
    """
    before_mib, used_s, begun_s = _status_mib("VmRSS"), _cpu_s(), time.perf_counter()
    yield
    weight = {
        "before_mib": before_mib,
        "peak_mib": _status_mib("VmHWM"),
        "cpu_s": _cpu_s() - used_s,
        "took_s": time.perf_counter() - begun_s,
    }
    print(json.dumps(weight), flush=True)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _status_mib(name: str) -> float:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
