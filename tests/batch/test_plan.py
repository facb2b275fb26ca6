"""What a batch tells of each video."""

import json

from vkeyframe.batch.plan import Outcome


def test_bytes_that_are_no_text_do_not_break_a_line() -> None:
    line = Outcome(0, "a\udcff.mp4", "done").to_json()
    assert json.loads(line.encode())["path"] == "a\N{REPLACEMENT CHARACTER}.mp4"


def test_a_line_names_the_flags_of_the_command() -> None:
    """The sentences of the library name its arguments, as those who call it from Python know them."""
    outcome = Outcome(0, "a.mp4", "failed", "a.mp4: too large; allow it with max_pixels=…, or use another output=….", 3)
    assert json.loads(outcome.to_json())["error"] == "a.mp4: too large; allow it with --max-pixels, or use another --output."
    assert "max_pixels=…" in str(outcome.error)
