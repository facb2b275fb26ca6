"""Addresses of videos: which are streams, and what of them is shown."""

from __future__ import annotations

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.video.address import is_playlist, is_stream, shown_address, stem_of


@pytest.mark.parametrize(
    ("place", "shown", "stem"),
    [
        ("rtsp://user:secret@camera.example:8554/yard/main", "rtsp://camera.example:8554/yard/main", "main"),
        ("rtsp://user:secret@camera.example", "rtsp://camera.example", "camera.example"),
        ("RTSP://secret@[::1]:554/", "rtsp://[::1]:554/", "[::1]"),
        ("https://host/a/list.m3u8?token=secret#secret", "https://host/a/list.m3u8", "list"),
        ("udp://239.0.0.1:5000", "udp://239.0.0.1:5000", "239.0.0.1"),
        ("videos/holiday.ts", "videos/holiday.ts", "holiday"),
        ("C:film.mp4", "C:film.mp4", "C:film"),
    ],
)
def test_what_may_be_secret_is_not_shown(place: str, shown: str, stem: str) -> None:
    assert shown_address(place) == shown
    assert stem_of(place) == stem


@pytest.mark.parametrize("place", ["rtsp://user:secret@host:port/x", "rtsp://secret[@host/"])
def test_what_is_no_url_is_refused_without_showing_it(place: str) -> None:
    with pytest.raises(UsageError) as caught:
        shown_address(place)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "stream", "playlist"),
    [
        ("rtsp://host/x", True, False),
        ("UDP://host:1", True, False),
        ("http://host/a.m3u8?x=1", False, True),
        ("https://host/a.M3U", False, True),
        ("https://host/a.mp4", False, False),
        ("a.m3u8", False, False),
        ("s3://bucket/a.m3u8", False, False),
    ],
)
def test_streams_and_playlists_are_known_by_their_addresses(place: str, stream: bool, playlist: bool) -> None:
    assert is_stream(place) == stream
    assert is_playlist(place) == playlist
