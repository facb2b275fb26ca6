"""Whose a hidden name is: of this process, of one that ended, of another machine, or of one whose life cannot be told."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.output.test_stale import DEAD
from vkeyframe.output import owner
from vkeyframe.output.owner import MOST_DAYS, hidden_name, is_abandoned

NOW = time.time()
LONG_AGO = NOW - (MOST_DAYS + 1) * 86400


def other(name: str, **parts: str) -> str:
    """Give a name with other parts."""
    _, program, process, host, start, space, token = name.replace(".", ".-").split("-")
    found = {"process": process, "host": host, "start": start, "space": space, "token": token} | parts
    return f".{program}-" + "-".join(found[part] for part in ("process", "host", "start", "space", "token"))


def test_a_name_is_new_and_its_own_process_is_alive() -> None:
    assert hidden_name() != hidden_name()
    assert other(hidden_name()).startswith(f".vkeyframe-{os.getpid()}-")
    assert not is_abandoned(hidden_name(), LONG_AGO)


def test_an_earlier_process_that_had_the_same_id_has_ended() -> None:
    assert is_abandoned(other(hidden_name(), token="0" * 16), NOW)


def test_a_process_that_ends_leaves_its_names_behind() -> None:
    program = "from vkeyframe.output.owner import hidden_name; print(hidden_name(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not is_abandoned(name, NOW)
        process.kill()
    assert is_abandoned(name, NOW)


@pytest.mark.parametrize("changed", [{"host": "01234567"}, {"space": "01234567"}, {"start": "x"}], ids=str)
def test_who_cannot_be_looked_for_is_given_a_week(changed: dict[str, str]) -> None:
    name = other(hidden_name(), process=str(DEAD), **changed)
    assert not is_abandoned(name, NOW)
    assert is_abandoned(name, LONG_AGO)


def test_who_was_at_work_before_the_machine_was_started_anew_has_ended() -> None:
    assert is_abandoned(other(hidden_name(), process=str(os.getppid()), start="01234567"), NOW)


def test_without_proc_nothing_is_judged_by_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    owner._surroundings.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(owner, "_content", lambda _path: "")
        patched.setattr(owner, "_target", lambda _path: "")
        name = other(hidden_name(), process=str(DEAD))
        assert "-x-x-" in name
        assert not is_abandoned(name, NOW)
        assert is_abandoned(name, LONG_AGO)
    owner._surroundings.cache_clear()


@pytest.mark.parametrize("name", [".vkeyframe-notes", ".vkeyframe-1-2-3", "report.json", f".vkeyframe-{DEAD}-my-own-long-name"])
def test_other_names_are_nobodys(name: str) -> None:
    assert not is_abandoned(name, LONG_AGO)
