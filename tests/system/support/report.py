"""Checks are functions whose sentence is printed, with the figures that they return."""

import functools
import json
import pathlib
import threading
import time
import traceback

from support import system

# Outlives a reboot.
_state = pathlib.Path("/var/lib/payhook-checks.json")


class Failure(Exception):
    """What a check found not to be so."""


def expect(condition, otherwise: str):
    if not condition:
        raise Failure(otherwise)


def check(sentence: str):
    """Makes a function a check: it never throws, and it returns whether the sentence is true."""

    def decorate(function):
        @functools.wraps(function)
        def checked(*arguments) -> bool:
            began = time.time()
            try:
                figures = function(*arguments)
            except Exception as error:
                _failed(sentence, error, began)
                return False
            _passed(sentence, figures)
            return True

        return checked

    return decorate


_printing = threading.Lock()


def _passed(sentence, figures):
    with _printing:
        print(f"  ok      {sentence}" + (f": {figures}" if figures else ""), flush=True)
        _count("passed")


def _failed(sentence, error, began):
    with _printing:
        print(f"  FAILED  {sentence}: {error}", flush=True)
        if not isinstance(error, (Failure, TimeoutError, system.CommandFailed)):
            print("".join(traceback.format_exception(error)), flush=True)
        print("  the journal since this check began:")
        print(system.journal_text(began, lines=60))
        print("  nginx's error log:")
        print(system.nginx_errors(lines=5), flush=True)
        _count("failed")


def heading(text: str):
    with _printing:
        print(f"\n{text}", flush=True)


def _load() -> dict:
    if _state.exists():
        return json.loads(_state.read_text(encoding="utf-8"))
    return {"passed": 0, "failed": 0, "done": []}


def _save(state: dict):
    _state.write_text(json.dumps(state), encoding="utf-8")


def _count(result: str):
    state = _load()
    state[result] += 1
    _save(state)


def counts() -> tuple[int, int]:
    """How many checks passed and failed, also before a reboot."""
    state = _load()
    return state["passed"], state["failed"]


def is_done(topic: str) -> bool:
    return topic in _load()["done"]


def set_done(topic: str):
    state = _load()
    state["done"].append(topic)
    _save(state)
