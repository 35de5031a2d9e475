"""The command `matchflow`: where it is, and running it with progress, to its end or until an interrupt."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from typing import Any

Event = dict[str, Any]


class MatchflowError(RuntimeError):
    """A run that ended early. `exit_code` is the command's (the book lists them); the message is its own."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def find_command() -> str:
    """The command's path: `MATCHFLOW_COMMAND`, then the scripts of this Python, then PATH."""
    given = os.environ.get("MATCHFLOW_COMMAND")
    if given:
        return given
    installed = os.path.join(sysconfig.get_path("scripts"), "matchflow" + (sysconfig.get_config_var("EXE") or ""))
    found = installed if os.path.isfile(installed) else shutil.which("matchflow")
    if found is None:
        raise FileNotFoundError("the command `matchflow` is neither next to this Python nor on PATH: pip install matchflow")
    return found


def run(arguments: Sequence[str], on_event: Callable[[Event], None]) -> list[Event]:
    """Runs the command with JSON progress; passes each event to `on_event` and returns them all.

    Exit code 3 (some rows failed) is not an error: such rows are in the results. On an interrupt the command commits what is
    finished, and the interrupt is raised again once it has ended.
    """
    process = subprocess.Popen(
        [find_command(), *arguments, "--progress", "json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stderr is not None, "standard error is a pipe"
    events: list[Event] = []
    try:
        for line in process.stderr:
            event = _event(line)
            events.append(event)
            on_event(event)
        exit_code = process.wait()
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.communicate()
        raise
    if exit_code not in (0, 3):
        messages = [event["text"] for event in events if event.get("event") == "problem" or event.get("level") == "error"]
        raise MatchflowError("\n".join(messages) or f"matchflow ended with exit code {exit_code}", exit_code)
    return events


def call(arguments: Sequence[str]) -> str:
    """The standard output of a command that is done at once."""
    ended = subprocess.run([find_command(), *arguments], capture_output=True, encoding="utf-8", errors="replace")
    if ended.returncode != 0:
        raise MatchflowError(ended.stderr.strip(), ended.returncode)
    return ended.stdout


def _event(line: str) -> Event:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {"event": "message", "text": line.rstrip("\n")}


class ProgressLine:
    """One line on standard error that is written over: in a terminal and in a notebook."""

    def __init__(self) -> None:
        self._is_open = False

    def __call__(self, event: Event) -> None:
        if event.get("event") == "progress":
            total = event.get("total")
            of_total = f"{event['done']:,} of {total:,} rows" if total else f"{event['done']:,} rows"
            sys.stderr.write(f"\rmatchflow: {of_total}, {event.get('rate', 0):,.0f} rows/s   ")
            sys.stderr.flush()
            self._is_open = True

    def close(self) -> None:
        if self._is_open:
            sys.stderr.write("\n")
