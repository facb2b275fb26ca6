"""Places: GoPro's track, DJI's subtitles, QuickTime's tag; none of them is believed where it cannot be true."""

from pathlib import Path

import pytest

from tests import recordings
from vkeyframe.report.location import Location
from vkeyframe.video.file import VideoFile
from vkeyframe.video.gpmf import gps_fixes
from vkeyframe.video.location import Route, parse_iso_6709, parse_subtitles, read_route

HERE, THERE = (48.8577, 2.295, 35.0), (48.8587, 2.296, 36.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+48.8577+002.2950+035.0/", (48.8577, 2.295, 35.0)),
        ("-33.5000-070.2500-012.500/", (-33.5, -70.25, -12.5)),
        ("+48.8577+002.2950/", (48.8577, 2.295, None)),
        ("+48.8577+002.2950+035.000CRSWGS_84/", (48.8577, 2.295, 35.0)),
        # Degrees and minutes, and degrees, minutes and seconds.
        ("+4851.462+00217.7/", (48.8577, 2.295, None)),
        ("+485127.72+0021742/", (48.8577, 2.295, None)),
    ],
)
def test_iso_6709(text: str, expected: tuple[float, float, float | None]) -> None:
    found = parse_iso_6709(text)
    assert found is not None
    assert (found.latitude, found.longitude) == pytest.approx(expected[:2], abs=1e-7)
    assert found.altitude == expected[2]


@pytest.mark.parametrize("text", ["", "Paris", "+91.0+002.0/", "+48.0+181.0/", "+00.0000+000.0000/", "48.8,2.3", "+48.8/", "+/"])
def test_what_is_no_place(text: str) -> None:
    assert parse_iso_6709(text) is None


def test_the_places_of_a_packet() -> None:
    for pack in (recordings.gps5, recordings.gps9):
        one, other = gps_fixes(pack(HERE, THERE))
        assert (one.share, other.share) == (0.0, 0.5)
        assert (one.latitude, one.longitude, one.altitude) == pytest.approx(HERE)
        assert (other.latitude, other.longitude, other.altitude) == pytest.approx(THERE)
        assert one.utc is not None
        assert one.utc.isoformat() == "2023-07-04T10:15:30.250000+00:00"


def test_a_camera_without_satellites_knows_no_place() -> None:
    assert gps_fixes(recordings.gps5(HERE, fix=0)) == []
    assert gps_fixes(recordings.gps9(HERE, fix=0)) == []
    assert gps_fixes(recordings.gps5((95.0, 0.0, 0.0))) == []
    # The newer form goes first where both are there.
    both = gps_fixes(recordings.gps5(HERE) + recordings.gps9(THERE))
    assert [fix.latitude for fix in both] == pytest.approx([THERE[0]])


def test_no_part_of_a_packet_breaks_the_parser() -> None:
    for packet in (recordings.gps5(HERE, THERE), recordings.gps9(HERE)):
        for length in range(len(packet)):
            gps_fixes(packet[:length])
        for place in range(len(packet)):
            for value in (0, 255):
                gps_fixes(packet[:place] + bytes([value]) + packet[place + 1 :])
    assert gps_fixes(b"DEVC\0\1\xff\xff" * 1000) == []


def test_a_gopro_knows_where_it_was_each_second(tmp_path: Path) -> None:
    path = recordings.gopro(tmp_path / "GX010001.mp4", [recordings.gps5(HERE, HERE), recordings.gps5(THERE, fix=0)])
    route = read_route(VideoFile.of(path), 10**8)
    found = route.at(0.6)
    assert found == Location(48.8577, 2.295, 35.0, "2023-07-04T10:15:30.250000+00:00")
    assert route.at(5.4) == found
    assert route.at(6.0) is None


SRT = """1
00:00:00,000 --> 00:00:00,033
<font size="28">FrameCnt: 1, DiffTime: 33ms
2023-07-04 12:15:30.250
[iso: 100] [shutter: 1/640.0] [latitude: 48.8577] [longitude: 2.295] [rel_alt: 10.0 abs_alt: 35.0] </font>

2
00:01:00,000 --> 00:01:00,033
[latitude : 48.8587] [longtitude : 2.296] [altitude: 36.0]

3
01:00:02,500 --> 01:00:03,000
HOME(2.2950,48.8577) 2017.08.05 14:11:51 GPS(2.2960,48.8587,19) BAROMETER:1.9

4
01:00:04,000 --> 01:00:05,000
no place at all
[latitude: 0.0] [longitude: 0.0]
"""


def test_subtitles_of_drones() -> None:
    found = parse_subtitles(SRT)
    assert [time for time, _ in found] == pytest.approx([0.0, 60.0, 3602.5])
    assert [(place.latitude, place.longitude, place.altitude) for _, place in found] == [HERE, THERE, (48.8587, 2.296, 19.0)]


@pytest.mark.parametrize("suffix", [".SRT", ".srt"])
def test_subtitles_lie_beside_the_video(tmp_path: Path, suffix: str) -> None:
    path = recordings.phone(tmp_path / "DJI_0001.MP4")
    (tmp_path / f"DJI_0001{suffix}").write_text(SRT)
    found = read_route(VideoFile.of(path), 10**8).at(1.0)
    assert found is not None
    assert (found.latitude, found.longitude, found.altitude) == HERE


def test_what_tells_nothing_gives_no_place(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"no video")
    (tmp_path / "film.srt").write_bytes(b"\xff\xfe\0 1:2 -->")
    assert read_route(VideoFile.of(path), 10**8).at(0.0) is None
    assert Route([]).at(0.0) is None
