"""The child process: what comes back from it, and what its end, its silence and its owner's end lead to."""

from __future__ import annotations

import errno
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from tests.conftest import SAMPLES
from vkeyframe import Settings, extract
from vkeyframe.api import produce
from vkeyframe.errors import (
    DecoderError,
    InputError,
    InternalError,
    MissingLibraryError,
    OutputError,
    ResourceError,
    VkeyframeError,
)
from vkeyframe.output.destination import Destination
from vkeyframe.process.child import in_child, stop_is_asked
from vkeyframe.process.heartbeat import tick
from vkeyframe.process.isolation import Isolation
from vkeyframe.process.wire import encode
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions

DEMO = Path(__file__).parents[3] / "shared" / "corpus" / "odd" / "demo.avi"
PATIENCE = 60.0


def add(one: int, other: int = 0) -> int:
    return one + other


def process_number() -> int:
    return os.getpid()


def refuse(text: str) -> None:
    raise InputError(text)


def stumble() -> float:
    return 1 / 0


def leave(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(PATIENCE)


def try_first(tries: Path, first: Any, again: Any) -> str:
    """Note down a first try, and make the first of two calls."""
    with tries.open("a") as file:
        file.write("x")
    function, *arguments = first
    function(*arguments)
    return "done"


def after_crash(tries: Path, first: Any, again: Any) -> str:
    """Note down a second try, and make the second of two calls."""
    return try_first(tries, again, first)


def give_what_cannot_be_sent() -> object:
    return lambda: None


class OddError(Exception):
    """An error that can be pickled but not unpickled."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def fail_oddly() -> None:
    raise OddError(1, 2)


def chatter() -> str:
    os.write(1, b"noise on 1\n")
    os.write(2, b"noise on 2\n")
    return "quiet"


def work(seconds: float, progress: Any = None, beats: bool = False) -> str:
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        time.sleep(0.05)
        if beats:
            tick()
        if progress is not None:
            progress(time.monotonic() - started, seconds)
    return "done"


def crash_after(seconds: float) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGSEGV)


def toil(seconds: float, share: float) -> str:
    """Work for a share of the time, as if others had the rest, without a sign of life."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        begun = time.process_time()
        while time.process_time() - begun < 0.1 * share:
            pass
        time.sleep(0.1 * (1.0 - share))
    return "done"


def sleep_in_child(path: Path) -> None:
    """Be the child of a child: write down the number of the inner one, which then sleeps."""
    path.write_text(str(os.getpid()))
    time.sleep(PATIENCE)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # A dead process whose owner has gone may wait for init to notice.
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_call_is_made_in_one_other_process() -> None:
    with Isolation() as isolation:
        assert isolation.call("a.mp4", add, 1, 2) == 3
        number = isolation.call("a.mp4", process_number)
        assert isolation.call("b.mp4", process_number) == number != os.getpid()
    assert not is_alive(number)


def test_its_errors_are_raised_here_and_it_lives_on() -> None:
    with Isolation() as isolation:
        number = isolation.call("a.mp4", process_number)
        with pytest.raises(InputError, match=r"^a: no\.$"):
            isolation.call("a.mp4", refuse, "a: no.")
        with pytest.raises(InternalError, match=r"^a\.mp4: ZeroDivisionError: division by zero\. This is a defect") as caught:
            isolation.call("a.mp4", stumble)
        # Where it happened is told as well.
        assert "in stumble" in "".join(caught.value.__notes__)
        assert isolation.call("a.mp4", process_number) == number


def test_what_cannot_be_sent_is_an_error_and_no_crash() -> None:
    with Isolation() as isolation:
        with pytest.raises(InternalError, match="not JSON serializable"):
            isolation.call("a.mp4", give_what_cannot_be_sent)
        with pytest.raises(InternalError, match="OddError: 1 and 2") as caught:
            isolation.call("a.mp4", fail_oddly)
        assert any("Traceback" in note and "OddError" in note for note in caught.value.__notes__)
        with pytest.raises(InternalError, match="lambda"):
            isolation.call("a.mp4", lambda: None)
        assert isolation.call("a.mp4", add, 1) == 1


class Malicious:
    """Something whose unpickling would run code."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("hit",)


def speak_for_the_child(message: bytes) -> None:
    """Send the owner a message of one's own, as a decoder that was taken over could."""
    for number in range(3, 64):
        with suppress(OSError):
            Connection(number).send_bytes(message)


def run_out_of(what: str) -> None:
    errors = {
        "memory": MemoryError(),
        "bad_alloc": RuntimeError("std::bad_alloc"),
        "files": OSError(errno.EMFILE, "Too many open files"),
        "threads": RuntimeError("can't start new thread"),
        "disk": OSError(errno.ENOSPC, "No space left on device", "/tmp/x"),
        "end": EOFError(),
        "interrupt": KeyboardInterrupt(),
    }
    raise errors[what]


@pytest.mark.parametrize(
    ("what", "kind", "told"),
    [
        ("memory", ResourceError, "a.mp4: there is not enough memory"),
        ("bad_alloc", ResourceError, "a.mp4: there is not enough memory"),
        ("files", ResourceError, "a.mp4: there are not enough file descriptors"),
        ("threads", ResourceError, "a.mp4: there are not enough threads"),
        ("disk", OutputError, "/tmp/x: cannot be written (No space left on device)."),
        ("end", InternalError, "a.mp4: EOFError. This is a defect"),
        ("interrupt", InternalError, "a.mp4: KeyboardInterrupt. This is a defect"),
    ],
)
def test_no_error_of_others_comes_out_of_it(what: str, kind: type[Exception], told: str) -> None:
    with Isolation() as isolation, pytest.raises(kind) as caught:
        isolation.call("a.mp4", run_out_of, what)
    assert type(caught.value) is kind
    assert str(caught.value).startswith(told)
    assert any("in run_out_of" in note for note in caught.value.__notes__)


@pytest.mark.parametrize(
    "message",
    [
        pickle.dumps(("result", Malicious())),
        encode(("error", ("exit", "a: no.", ()))),
        encode(("error", ("Malicious", "a: no.", ()))),
        encode(("error", 5)),
        encode(("result", {"module": "os", "call": "mkdir"})),
        b"[" * 100_000,
        b"5",
    ],
)
def test_a_child_that_was_taken_over_runs_no_code_here(message: bytes, place: Path) -> None:
    with Isolation() as isolation, pytest.raises(VkeyframeError):
        isolation.call("a.mp4", speak_for_the_child, message, answer=int)
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(("number", "told"), [("SIGABRT", "crashed"), ("SIGSEGV", "crashed"), ("SIGKILL", "want of memory")])
def test_its_death_is_an_error_and_the_next_call_has_a_new_one(number: str, told: str) -> None:
    with Isolation() as isolation:
        with pytest.raises(DecoderError, match=rf"^a\.mp4: the decoder .*{told}"):
            isolation.call("a.mp4", leave, signal.Signals[number])
        assert isolation.call("b.mp4", add, 2) == 2


def test_after_a_crash_another_function_is_called(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    with Isolation() as isolation:
        assert isolation.call("a.mp4", try_first, tries, (leave, signal.SIGSEGV), (add, 1), on_crash=after_crash) == "done"
        assert tries.read_text() == "xx"
        # The next one begins with the first function again.
        assert isolation.call("b.mp4", try_first, tries, (add, 1), (refuse, "no."), on_crash=after_crash) == "done"
        with pytest.raises(InputError, match=r"^no\.$"):
            isolation.call("c.mp4", try_first, tries, (leave, signal.SIGABRT), (refuse, "no."), on_crash=after_crash)
        assert isolation.call("d.mp4", try_first, tries, (add, 1), (refuse, "no."), on_crash=after_crash) == "done"
        with pytest.raises(DecoderError, match=r"^e\.mp4: the decoder crashed"):
            isolation.call("e.mp4", try_first, tries, (leave, signal.SIGBUS), (leave, signal.SIGBUS), on_crash=after_crash)
    assert len(tries.read_text()) == 8


@pytest.mark.parametrize("first", [(leave, signal.SIGKILL), (refuse, "no."), (work, PATIENCE), (os._exit, 1)])
def test_nothing_else_is_tried_again(first: Any, tmp_path: Path) -> None:
    """Neither what the system or the clock has ended nor what has failed by itself would end better."""
    tries = tmp_path / "tries"
    with Isolation(timeout=0.5) as isolation, pytest.raises((DecoderError, InputError)):
        isolation.call("a.mp4", try_first, tries, first, (add, 1), on_crash=after_crash)
    assert tries.read_text() == "x"


def test_a_crash_in_mid_video_leaves_nothing_of_the_first_try(tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.mp4", [frame for seed in range(8) for frame in clips.scene(seed, 50)])
    left: list[Path] = []

    def crash(done: float, total: float) -> None:
        child = isolation._child
        if not left and child is not None:
            left.extend(tmp_path.glob(".vkeyframe-*/.*.jpg"))
            if left:
                # The second try may come to fewer.
                shutil.copy(left[0], left[0].with_name(".999.jpg"))
                child.process.send_signal(signal.SIGSEGV)

    with Isolation() as isolation:
        report = produce(VideoFile.of(path), Settings(), Destination(tmp_path / "out"), isolation, progress=crash)
    assert left
    assert report.decoding.warnings == ("Decoded with PyAV, because OpenCV crashed on it.",)
    expected = extract(path, Settings.of(decoder="pyav"), output=tmp_path / "expected")
    assert report.keyframes == expected.keyframes
    contents = [{file.name: file.read_bytes() for file in (tmp_path / name).glob("*.jpg")} for name in ("out", "expected")]
    assert contents[0] == contents[1]
    assert {each.name for each in (tmp_path / "out").iterdir()} == {each.name for each in (tmp_path / "expected").iterdir()}


def test_what_neither_decoder_can_read_stays_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("no video")
    with pytest.raises(DecoderError, match=r"clip\.mp4: OpenCV crashed on it, and PyAV cannot read it"):
        open_video(VideoFile.of(path), ReadOptions(opencv_crashed=True))


def test_without_another_function_a_crash_is_an_error(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    with Isolation() as isolation, pytest.raises(DecoderError, match=r"^a\.mp4: the decoder crashed"):
        isolation.call("a.mp4", try_first, tries, (leave, signal.SIGSEGV), (add, 1))
    assert tries.read_text() == "x"


def test_a_child_knows_that_it_is_one() -> None:
    with Isolation() as isolation:
        assert isolation.call("a.mp4", in_child)
    assert not in_child()


def test_one_that_died_while_idle_costs_no_video() -> None:
    with Isolation() as isolation:
        number = isolation.call("a.mp4", process_number)
        os.kill(number, signal.SIGKILL)
        clips.wait_until(lambda: not is_alive(number))
        # Its last thread may be a moment behind.
        time.sleep(0.3)
        assert isolation.call("b.mp4", add, 2) == 2


def test_a_call_that_takes_too_long_is_ended() -> None:
    with Isolation(timeout=0.5) as isolation:
        number = isolation.call("a.mp4", process_number)
        with pytest.raises(DecoderError, match=r"^a\.mp4: not done after 0\.5 s; .*allow it more with timeout=…"):
            isolation.call("a.mp4", work, PATIENCE, progress=lambda done, total: None)
        assert not is_alive(number)
        assert isolation.call("b.mp4", add, 2) == 2


def test_calls_share_a_deadline() -> None:
    """What a crash has cost counts too, the starts of the children and what the owner does in between do not."""
    with Isolation(timeout=1.5) as isolation:
        with isolation.one_deadline():
            for _ in range(2):
                assert isolation.call("a.mp4", work, 0.6) == "done"
            time.sleep(0.5)
            with isolation.one_deadline(), pytest.raises(DecoderError, match=r"^a\.mp4: not done after 1\.5 s"):
                isolation.call("a.mp4", work, 0.6)
            with pytest.raises(DecoderError, match="not done"):
                isolation.call("a.mp4", add, 1)
        assert isolation.call("b.mp4", work, 1.0) == "done"
    with Isolation(timeout=1.5) as isolation, pytest.raises(DecoderError, match="not done"):
        isolation.call("a.mp4", crash_after, 1.0, on_crash=work)


def test_a_system_without_what_every_process_needs_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a container without ``/dev``, or an installation that was removed meanwhile."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    cause = r"cannot be started \(No such file or directory: /no/such/python\); the system or the installation is incomplete\."
    with Isolation() as isolation, pytest.raises(MissingLibraryError, match=cause):
        isolation.call("a.mp4", add, 1)


def test_a_call_without_a_sign_of_life_is_ended() -> None:
    with Isolation(patience=0.5) as isolation:
        isolation.call("a.mp4", add, 1)
        with pytest.raises(DecoderError, match=r"^a\.mp4: the decoder hung for 0\.5 s"):
            isolation.call("a.mp4", work, PATIENCE)


def test_one_that_gets_little_time_on_a_busy_machine_does_not_hang() -> None:
    with Isolation(patience=3.0) as isolation:
        assert isolation.call("a.mp4", toil, 6.0, 0.2) == "done"


def test_one_that_turns_in_circles_hangs() -> None:
    with Isolation(patience=1.5) as isolation, pytest.raises(DecoderError, match=r"^a\.mp4: the decoder hung for 1\.5 s"):
        isolation.call("a.mp4", toil, PATIENCE, 1.0)


def test_signs_of_life_keep_it_going() -> None:
    told: list[tuple[float, float]] = []
    with Isolation(patience=2.0) as isolation:
        isolation.call("a.mp4", add, 1)
        assert isolation.call("a.mp4", work, 3.0, None, True) == "done"
        assert isolation.call("a.mp4", work, 1.0, progress=lambda done, total: told.append((done, total))) == "done"
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert 3 < len(told) < 15
    assert {total for _, total in told} == {1.0}


def test_an_error_in_the_progress_ends_it() -> None:
    def interrupt(done: float, total: float) -> None:
        raise KeyboardInterrupt

    with Isolation() as isolation:
        number = isolation.call("a.mp4", process_number)
        with pytest.raises(KeyboardInterrupt):
            isolation.call("a.mp4", work, PATIENCE, progress=interrupt)
        assert not is_alive(number)


def test_it_can_be_closed_from_another_thread() -> None:
    with Isolation() as isolation:
        number = isolation.call("a.mp4", process_number)
        threading.Timer(0.2, isolation.close).start()
        with pytest.raises(DecoderError, match=r"^a\.mp4: "):
            isolation.call("a.mp4", work, PATIENCE)
        assert not is_alive(number)
        with pytest.raises(DecoderError, match="interrupted"):
            isolation.call("b.mp4", add, 1)


def test_it_ends_with_its_owner_however_that_ends(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from tests.process.test_isolation import sleep_in_child; "
        "from vkeyframe.process.isolation import Isolation; Isolation().call('', sleep_in_child, Path('number'))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    owner = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, env=environment)
    number = tmp_path / "number"
    clips.wait_until(lambda: number.exists() and number.read_text())
    child = int(number.read_text())
    assert is_alive(child)
    owner.kill()
    owner.wait()
    clips.wait_until(lambda: not is_alive(child))


def test_what_libraries_print_stays_inside(capfd: pytest.CaptureFixture[str]) -> None:
    with Isolation() as isolation:
        assert isolation.call("a.mp4", chatter) == "quiet"
        assert isolation.messages == 2
        isolation.call("a.mp4", chatter)
        assert isolation.messages == 2
        isolation.call("a.mp4", add, 1)
        assert isolation.messages == 0
    assert capfd.readouterr() == ("", "")


def test_verbose_lets_it_out_but_not_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    with Isolation(verbose=True) as isolation:
        isolation.call("a.mp4", chatter)
        assert isolation.messages == 0
    assert capfd.readouterr() == ("", "noise on 1\nnoise on 2\n")


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_what_the_decoder_says_is_counted(tmp_path: Path, decoder: str) -> None:
    path = clips.write_clip(tmp_path / "clip.avi", clips.scene(1, 40), codec="MJPG")
    good, bad = path, clips.damaged(Path(shutil.copy(path, tmp_path / "bad.avi")), 0.4, 0.6)
    settings = Settings.of(decoder=decoder)
    with Isolation() as isolation:
        counts = [produce(VideoFile.of(each), settings, isolation=isolation).run.decoder_messages for each in (good, bad, good)]
    assert counts[0] == counts[2] == 0 < counts[1]


def test_verbose_shows_what_pyav_says(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = clips.write_clip(tmp_path / "bad.avi", clips.scene(1, 40), codec="MJPG")
    clips.damaged(path, 0.4, 0.6)
    with Isolation(verbose=True) as isolation:
        produce(VideoFile.of(path), Settings.of(decoder="pyav"), isolation=isolation)
    assert "mjpeg" in capfd.readouterr().err


def use_in_a_daemon(results: Any) -> None:
    with Isolation() as isolation:
        results.put(isolation.call("a.mp4", add, 1, 1))


def test_a_daemon_may_have_one() -> None:
    """Dask's workers are daemons, which multiprocessing would refuse a child."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    daemon = context.Process(target=use_in_a_daemon, args=(results,), daemon=True)
    daemon.start()
    assert results.get(timeout=PATIENCE) == 2
    daemon.join()


def test_a_script_needs_no_guard_for_it(tmp_path: Path) -> None:
    clips.write_clip(tmp_path / "clip.mp4", clips.scene(1, 10))
    script = tmp_path / "script.py"
    script.write_text(
        "from vkeyframe import Settings\nfrom vkeyframe.api import produce\nfrom vkeyframe.video.file import VideoFile\n"
        "from vkeyframe.process.isolation import Isolation\nwith Isolation() as isolation:\n"
        "    print(len(produce(VideoFile.of('clip.mp4'), Settings(), isolation=isolation).keyframes))\n"
    )
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_extract_has_a_limit_too(tmp_path: Path) -> None:
    video = SAMPLES / "edited.mp4"
    command = [*clips.PROGRAM, "extract", str(video), "-o", str(tmp_path / "out"), "--timeout", "0.05"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert done.stderr == f"vkeyframe: {video}: not done after 0.05 s; allow it more with --timeout.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not DEMO.is_file(), reason="the corpus is not beside the project")
def test_a_video_that_crashes_opencv_is_decoded_with_pyav() -> None:
    with Isolation() as isolation:
        report = produce(VideoFile.of(DEMO), Settings.of(decode="every"), isolation=isolation)
    assert report.decoding.warnings == ("Decoded with PyAV, because OpenCV crashed on it.",)
    with open_video(VideoFile.of(DEMO), ReadOptions(decode="every", decoder="pyav")) as reader:
        frames = [frame.picture for frame, _ in reader.frames()]
    assert report.decoding.decoded_frames == len(frames)
    height, width = frames[0].shape[:2]
    for index in (0, len(frames) // 2, len(frames) - 1):
        assert (frames[index] == clips.decode_with_ffmpeg(DEMO, index, width, height)).all()


def count_until_stopped(start: int, tell: Any) -> int:
    """Tell numbers until that is to end."""
    number = start
    while not stop_is_asked():
        tell({"number": number})
        number += 1
        time.sleep(0.01)
    return number


def test_what_a_call_tells_is_heard_while_it_goes_on_and_it_can_be_asked_to_end() -> None:
    heard: list[int] = []
    with Isolation() as isolation:

        def tell(message: Mapping[str, Any]) -> None:
            heard.append(message["number"])
            if len(heard) == 5:
                isolation.stop()

        found = isolation.call("numbers", count_until_stopped, 7, answer=int, tell=tell)
    assert heard == list(range(7, found))
    assert len(heard) >= 5
