"""What a batch tells of each video."""

import json

from vkeyframe.batch.plan import Outcome


def test_bytes_that_are_no_text_do_not_break_a_line() -> None:
    line = Outcome(0, "a\udcff.mp4", "done").to_json()
    assert json.loads(line.encode())["path"] == "a\N{REPLACEMENT CHARACTER}.mp4"
