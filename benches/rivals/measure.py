"""Time by phase, peak memory, versions, and the two forms of a report: a table for people, JSON for programs."""

import json
import os
import platform
import resource
import time
from contextlib import contextmanager
from importlib.metadata import version

PACKAGES = ("splink", "duckdb", "rapidfuzz", "numpy", "pandas", "pyarrow")


class Phases:
    """Wall-clock seconds of named phases, in the order in which they first ran."""

    def __init__(self):
        self.seconds = {}

    @contextmanager
    def of(self, name):
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def total(self):
        return sum(self.seconds.values())

    def rows(self):
        return [(name, f"{seconds:.1f}") for name, seconds in self.seconds.items()] + [("all", f"{self.total():.1f}")]


def peak_memory_mib():
    """The most memory that this process held at once. `ru_maxrss` is in KiB on Linux and in bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024) if platform.system() == "Darwin" else peak / 1024


def processor_seconds():
    """Of all threads; unlike the clock it hardly changes with what else the machine does."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def environment():
    """What has to stand beside a figure: versions, and how busy the machine was."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "versions": {name: version(name) for name in PACKAGES},
    }


def print_table(heads, rows):
    """Columns as wide as their longest cell; the first one to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        first, *others = (
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths))
        )
        print("  ".join([first, *others]).rstrip())
    print()


def write_json(path, report):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=2)
            file.write("\n")
