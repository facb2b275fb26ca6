"""The journal: nobody else's file is written over, and one batch at a time works in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import clips
from tests.batch.conftest import touch
from vkeyframe.batch.journal import Journal, open_journal
from vkeyframe.batch.plan import Outcome
from vkeyframe.errors import OutputError

pytestmark = [pytest.mark.usefixtures("place"), pytest.mark.skipif(os.name == "nt", reason="needs POSIX links and locks")]
OUTCOME = Outcome(0, "a.mp4", "done")


def link(place: Path) -> None:
    place.symlink_to(Path("mine").absolute())


def hard_link(place: Path) -> None:
    place.hardlink_to("mine")


def text(place: Path) -> None:
    place.write_text('{"custom_id": "mine"}\n')


@pytest.mark.parametrize("make", [link, hard_link, text, os.mkfifo, os.mkdir], ids=lambda make: make.__name__)
def test_what_is_no_journal_is_not_written_over(make: Callable[[Path], None]) -> None:
    Path("mine").write_text("mine")
    Path("out").mkdir()
    make(Path("out/batch.jsonl"))
    before = Path("out/batch.jsonl").lstat()
    told: list[str] = []

    def work() -> None:
        with pytest.raises(OutputError) as error, open_journal("out"):
            pass
        told.append(str(error.value))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(30)
    assert told == [
        "out/batch.jsonl: is not the record of a batch, which is to be written there; move it or use another output=…."
    ]
    assert Path("mine").read_text() == "mine"
    assert (Path("out/batch.jsonl").lstat().st_ino, Path("out/batch.jsonl").lstat().st_size) == (before.st_ino, before.st_size)


def test_the_journal_of_an_earlier_run_is_begun_anew() -> None:
    for _ in range(2):
        with open_journal("out") as journal:
            journal.write(OUTCOME)
        assert Path("out/batch.jsonl").read_text() == OUTCOME.to_json() + "\n"
    touch("empty/batch.jsonl")
    with open_journal("empty"):
        pass


def test_a_second_batch_is_kept_out_until_the_first_has_ended() -> None:
    with open_journal("out") as journal:
        journal.write(OUTCOME)
        with pytest.raises(OutputError, match=r"^out: another batch is writing there"), open_journal("out"):
            pass
        assert Path("out/batch.jsonl").read_text() == OUTCOME.to_json() + "\n"
    with open_journal("out"):
        pass


def test_a_batch_that_was_killed_keeps_nobody_out() -> None:
    program = "from pathlib import Path; from vkeyframe.batch.journal import Journal; "
    program += "journal = Journal(Path('batch.jsonl')); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(OutputError, match="another batch"):
            Journal(Path("batch.jsonl"))
        process.kill()
    Journal(Path("batch.jsonl")).close()


def test_a_journal_that_is_removed_is_missed() -> None:
    with open_journal("out") as journal:
        journal.write(OUTCOME)
        shutil.rmtree("out")
        with pytest.raises(OutputError, match=r"batch\.jsonl: was removed while"):
            journal.write(OUTCOME)


def test_a_command_on_a_folder_in_use_ends_at_once(tmp_path: Path) -> None:
    Path("clips").mkdir()
    touch("clips/a.mp4")
    with open_journal("out"):
        done = clips.call("batch", "clips", "-o", "out", text=True)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == "vkeyframe: out: another batch is writing there; wait for its end or use another --output.\n"
