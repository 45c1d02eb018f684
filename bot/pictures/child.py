"""The child process: it forks for every picture, so that none outlives its limits or meets another one.

It is single-threaded and has Pillow loaded, so a fork is safe and costs a few milliseconds
where a new interpreter costs a hundred. It reads tasks from its standard input and ends with it.
"""

import os
import resource
import signal
import sys
import traceback

from bot.pictures.decoding import load_decoders
from bot.pictures.refusals import Reason, Refused
from bot.pictures.task import Limits, Task, failed_line, refused_line, system_line
from bot.pictures.work import carry_out

NICENESS = 10  # Discord's heartbeat and first answers go before pictures
OWNER_ONLY = 0o077
FILES_OPEN_MAX = 32  # the pipes, the picture and what is made of it; not enough to look around with


def main() -> None:
    os.nice(NICENESS)
    os.umask(OWNER_ONLY)
    load_decoders()
    for line in sys.stdin.buffer:
        answer_line = from_a_fork(Task.from_line(line))
        try:
            sys.stdout.buffer.write(answer_line)
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # the bot was killed: nobody is there to be told, also not with a traceback
            os._exit(0)


def from_a_fork(task: Task) -> bytes:
    """The answer of a process that lives for this task alone; its death is an answer too."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with os.fdopen(write_end, "wb") as answers:
                answers.write(answer(task))
            os._exit(0)
        finally:
            os._exit(1)  # never back into the loop of the parent
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answers:
        line = answers.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == 0:
        return line
    end = signal.Signals(-status).name if status < 0 else f"status {status}"
    return refused_line(Refused(Reason.TOO_HARD, detail=f"its process ended by {end}"))


def answer(task: Task) -> bytes:
    try:
        bound(task.limits)
        return carry_out(task).to_line()
    except Refused as refused:
        return refused_line(refused)
    except MemoryError:
        return refused_line(Refused(Reason.TOO_HARD, detail="out of memory"))
    except OSError as error:
        return system_line(error) if error.errno else failed_line(traceback.format_exc())
    except Exception:  # noqa: BLE001 - the top of this process; the bot logs what it answers
        return failed_line(traceback.format_exc())


def bound(limits: Limits) -> None:
    """Limit this process. The alarm ends it by wall clock even when nobody watches any more."""
    if sys.platform == "linux":  # macOS refuses this one
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written_bytes, limits.written_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_OPEN_MAX, FILES_OPEN_MAX))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # no process or thread of its own; root is not bound by it
    signal.alarm(limits.wall_s)


if __name__ == "__main__":
    main()
