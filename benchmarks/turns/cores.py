"""Which core a process keeps to, and what it has used so far."""

from __future__ import annotations

import os
import resource
from pathlib import Path


def keep_to(core: int) -> None:
    """Keep this process to one of the machine's cores, where there are several and the system lets one choose."""
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


def open_files(wanted: int) -> None:
    """Let this process have so many connections, as far as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))


def cpu_seconds() -> float:
    """Return the seconds of CPU that this process has used, those of the system for it included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory_kb(key: str) -> int:
    """Return what the system says of this process's memory: ``VmRSS`` now, ``VmHWM`` at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))
