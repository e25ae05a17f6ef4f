"""The folder of one training run: base/, checkpoint/, best/, log.jsonl, run.json, pid."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


class RunFolder:
    def __init__(self, path: Path):
        self.path = path
        self.base = path / "base"  # the model the run began with, tokenizer and frozen embedding included
        self.checkpoint = path / "checkpoint"
        self.best = path / "best"  # weights of the lowest held-out loss
        self._pid = path / "pid"
        self._log = path / "log.jsonl"
        self._settings = path / "run.json"

    def claim(self) -> None:
        """Write the pid file; refuse if another process trains here."""
        self.path.mkdir(parents=True, exist_ok=True)
        if self._pid.exists() and _trains(int(self._pid.read_text())):
            raise RuntimeError(f"Process {self._pid.read_text().strip()} already trains in {self.path}; stop it first.")
        self._pid.write_text(f"{os.getpid()}\n")

    def release(self) -> None:
        self._pid.unlink(missing_ok=True)

    def log(self, event: str, **values: object) -> None:
        record = {"time": time.strftime("%Y-%m-%dT%H:%M:%S"), "event": event, **values}
        with open(self._log, "a", encoding="utf8") as file:
            file.write(json.dumps(record) + "\n")
        print(json.dumps(record), flush=True)

    def records(self, event: str) -> list[dict]:
        if not self._log.exists():
            return []
        with open(self._log, encoding="utf8") as lines:
            return [r for line in lines if (r := json.loads(line))["event"] == event]

    def settings(self) -> dict | None:
        return json.loads(self._settings.read_text()) if self._settings.exists() else None

    def write_settings(self, settings: dict) -> None:
        self._settings.write_text(json.dumps(settings, indent=2) + "\n")


def on_termination(stop: Callable[[], None]) -> None:
    """Let SIGTERM and SIGINT ask for an orderly end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _trains(pid: int) -> bool:
    """Whether the process lives and is a training run: after a reboot the number may be another program's."""
    try:
        return b"fine-tune" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
