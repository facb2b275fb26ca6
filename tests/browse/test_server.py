"""The server of the page: who is let in, what is answered, and that nothing else can be had or done."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browse.drawn import COPY, EXCERPT, FILM, drawn_library, film, jpeg, scene, serving
from vkeyframe.browse.answers import VIDEOS, Answers
from vkeyframe.browse.keeper import Keeper
from vkeyframe.browse.server import LARGEST_PICTURE, BrowseServer
from vkeyframe.library.store import Library
from vkeyframe.process.isolation import Isolation


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowseServer]:
    yield from serving(drawn_library(tmp_path_factory.mktemp("browse") / "library.db"))


class Asker:
    """Asks a server, with the token unless other headers are given."""

    def __init__(self, server: BrowseServer) -> None:
        self.server = server
        self.right = {"Cookie": server.gate.cookie.partition(";")[0]}

    def __call__(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection("127.0.0.1", self.server.server_port, timeout=60)
        with closing(connection):
            connection.request(method, path, body, self.right if headers is None else headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def values(self, path: str, **given: Any) -> dict[str, Any]:
        answer, data = self(path, **given)
        assert answer.status == 200, data
        found: dict[str, Any] = json.loads(data)
        return found


@pytest.fixture
def ask(server: BrowseServer) -> Asker:
    return Asker(server)


def id_of(ask: Asker, path: str) -> int:
    with Library.open(ask.server.path) as library:
        return next(row.id for row in library.videos() if row.path == path)


def test_it_listens_on_this_machine_only(server: BrowseServer) -> None:
    assert server.socket.family == socket.AF_INET
    assert server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/data/library", "/data/videos", "/thumbnail/1", "/nothing"])
@pytest.mark.parametrize(
    "cookie", ["", "vkeyframe-{port}=wrong", "vkeyframe-1={token}", "{token}", "vkeyframe-{port}={token}x", '"']
)
def test_without_the_token_there_is_nothing(ask: Asker, path: str, cookie: str) -> None:
    given = cookie.format(port=ask.server.server_port, token=ask.server.gate.token)
    answer, data = ask(path, headers={"Cookie": given} if given else {})
    assert answer.status == 403
    assert "the whole address" in json.loads(data)["error"]
    assert answer.headers["Set-Cookie"] is None


def test_the_token_in_the_address_opens_the_page_and_becomes_a_cookie(ask: Asker) -> None:
    path = ask.server.address.partition(f":{ask.server.server_port}")[2]
    answer, data = ask(path, headers={})
    assert answer.status == 200
    assert b"library.db" in data
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert ask("/data/library", headers={"Cookie": cookie.partition(";")[0]})[0].status == 200
    assert ask("/data/library", headers={"Authorization": f"Bearer {ask.server.gate.token}"})[0].status == 200
    # It opens nothing else in the address, where it would be written down by others.
    assert ask(f"/data/library?token={ask.server.gate.token}", headers={})[0].status == 403
    assert ask("/?token=wrong", headers={})[0].status == 403
    assert len(ask.server.gate.token) >= 40


def test_the_address_for_the_browser_is_good_for_one_time(ask: Asker) -> None:
    path = ask.server.address_once.partition(f":{ask.server.server_port}")[2]
    assert ask.server.gate.token not in path
    assert [ask(path, headers={})[0].status for _ in range(2)] == [200, 403]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:{port}.evil.example", ""]
)
def test_another_name_for_this_machine_is_refused(ask: Asker, host: str) -> None:
    for path in ("/data/library", f"/?token={ask.server.gate.token}"):
        answer, data = ask(path, headers=ask.right | {"Host": host.format(port=ask.server.server_port)})
        assert answer.status == 403
        assert "name" in json.loads(data)["error"]
    assert ask("/data/library", headers=ask.right | {"Host": f"localhost:{ask.server.server_port}"})[0].status == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_another_page_gets_nothing_with_the_cookie(ask: Asker, headers: dict[str, str]) -> None:
    assert ask("/data/library", headers=ask.right | headers)[0].status == 403
    assert ask("/data/picture", "POST", ask.right | headers, jpeg(scene(1)))[0].status == 403


def test_no_answer_can_be_framed_kept_or_taken_for_something_else(ask: Asker) -> None:
    answers = [ask(path)[0] for path in ("/", "/data/library", "/thumbnail/1", "/nothing")] + [ask("/", "POST", body=b"1")[0]]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "private" in answer.headers["Cache-Control"] or answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Access-Control-Allow-Origin"] is None
        assert "Python" not in answer.headers["Server"]


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(ask: Asker, method: str) -> None:
    assert ask("/data/library", method)[0].status == 405


@pytest.mark.parametrize("path", ["/", "/data/library", "/data/videos", "/thumbnail/1", "/data/picture/"])
def test_only_a_picture_can_be_sent(ask: Asker, path: str) -> None:
    assert ask(path, "POST", body=b"x")[0].status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "//etc/passwd",
        "/thumbnail/../../../../../../etc/passwd",
        "/thumbnail/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/thumbnail//etc/passwd",
        "/thumbnail/1/../2",
        "/thumbnail/-1",
        "/thumbnail/9999999999999999999999",
        "/thumbnail/999999",
        "/thumbnail/",
        "/thumbnail/1;drop table videos",
        "/page/browse.js",
        "/data/video/999999",
        "/data/like/999999",
        "/data/video/x",
        "/favicon.ico",
    ],
)
def test_nothing_else_can_be_had(ask: Asker, path: str) -> None:
    answer, data = ask(path.replace(" ", "%20"))
    assert answer.status == 404
    assert set(json.loads(data)) == {"error"}


def test_sizes_are_limited(ask: Asker) -> None:
    def status(headers: dict[str, str], body: bytes = b"") -> int:
        connection = HTTPConnection("127.0.0.1", ask.server.server_port, timeout=60)
        with closing(connection):
            connection.putrequest("POST", "/data/picture", skip_accept_encoding=True)
            for name, value in (ask.right | headers).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            return connection.getresponse().status

    assert status({}) == 411
    assert status({"Content-Length": "-1"}) == 411
    assert status({"Content-Length": "1e9"}) == 411
    assert status({"Transfer-Encoding": "chunked"}, b"0\r\n\r\n") == 411
    # It is not waited for.
    assert status({"Content-Length": str(LARGEST_PICTURE + 1)}) == 413
    assert ask("/data/library", headers=ask.right | {f"X-{number}": "y" for number in range(200)})[0].status == 431
    assert ask(f"/data/videos?words={'a' * 70000}")[0].status == 414
    assert ask("/data/videos?" + "&".join(f"a{number}=1" for number in range(99)))[0].status == 400
    assert ask("/data/videos?start=-1")[0].status == 400


def test_the_list_is_sorted_searched_and_turned(ask: Asker) -> None:
    first, second = (ask.values(f"/data/videos?start={start}") for start in (0, VIDEOS))
    names = [video["name"] for video in first["videos"] + second["videos"]]
    assert first["total"] == len(names) == 76
    assert len(first["videos"]) == VIDEOS
    numbered = [name for name in names if name.startswith("video")]
    assert numbered == [f"video{number}.mp4" for number in range(70)]
    found = ask.values("/data/videos?words=HOLIday%20BACK")
    assert [video["path"] for video in found["videos"]] == [COPY]
    assert found["videos"][0]["folder"] == "backup"
    longest = ask.values("/data/videos?order=longest")["videos"]
    assert [video["name"] for video in longest[:3]] == ["holiday.mkv", "holiday.mp4", "teaser.mp4"]
    assert ask.values("/data/videos?order=newest")["videos"][0]["name"] == "video69.mp4"
    assert ask.values("/data/videos?words=nowhere") == {"total": 0, "start": 0, "step": VIDEOS, "videos": []}
    assert ask.values("/data/library") == ask.values("/data/library") | {"videos": 75, "pictures": 1, "keyframes": 96}


def test_a_sheet_has_the_keyframes_and_words_of_its_video(ask: Asker) -> None:
    sheet = ask.values(f"/data/video/{id_of(ask, FILM)}")
    assert [keyframe["time"] for keyframe in sheet["keyframes"]] == [2.0 * number + 1.0 for number in range(8)]
    assert [line["text"] for line in sheet["lines"]] == ["Où est le café de la plage?", "<b>Là [bas]</b>"]
    answer, data = ask(f"/thumbnail/{sheet['keyframes'][3]['id']}")
    assert answer.headers["Content-Type"] == "image/jpeg"
    from vkeyframe.opencv import cv2

    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    expected = cv2.resize(scene(4), shown.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(int) - expected).mean() < 6


@pytest.mark.parametrize("words", ["cafe", "CAFÉ plage", "est%20OU"])
def test_words_are_found_by_all_of_them(ask: Asker, words: str) -> None:
    (line,) = ask.values(f"/data/lines?words={words.replace(' ', '%20').replace('É', '%C3%89')}")["lines"]
    assert (line["path"], line["start_time"]) == (FILM, 4.5)
    assert "[" in line["snippet"]


@pytest.mark.parametrize("words", ["", "%22", "*", "%00", "a%20OR%20b", "NEAR(", "%FF", "%27%3B--"])
def test_words_that_are_none_find_nothing(ask: Asker, words: str) -> None:
    assert ask.values(f"/data/lines?words={words}")["lines"] == []


@pytest.mark.parametrize("form", [".jpg", ".png", ".webp"])
def test_a_picture_finds_the_moment_that_it_shows(ask: Asker, form: str) -> None:
    hits = ask.values("/data/picture", method="POST", body=jpeg(scene(5), form))["hits"]
    # Three videos have it.
    assert {(hit["path"], hit["time"]) for hit in hits[:3]} == {(FILM, 9.0), (COPY, 9.0), (EXCERPT, 5.0)}
    assert hits[2]["similarity"] > 0.9
    assert hits[3]["similarity"] < 0.6
    assert not hits[0]["mirrored"]
    mirrored = ask.values("/data/picture", method="POST", body=jpeg(np.ascontiguousarray(scene(5)[:, ::-1]), form))["hits"]
    assert mirrored[0]["mirrored"]
    assert mirrored[0]["time"] == hits[0]["time"]


def test_a_keyframe_finds_the_same_in_others_and_not_itself(ask: Asker) -> None:
    keyframe = ask.values(f"/data/video/{id_of(ask, FILM)}")["keyframes"][4]["id"]
    answer = ask.values(f"/data/like/{keyframe}")
    assert [(of["path"], of["time"]) for of in answer["of"]] == [(FILM, 9.0)]
    assert {(hit["path"], hit["time"]) for hit in answer["hits"][:2]} == {(COPY, 9.0), (EXCERPT, 5.0)}
    assert keyframe not in {hit["id"] for hit in answer["hits"]}


def huge_png() -> bytes:
    """A PNG that says it has 60,000 × 60,000 pixels."""
    data = bytearray(jpeg(np.zeros((8, 8, 3), np.uint8), ".png"))
    data[16:24] = (60000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"\xff\xd8" + bytes(99),
        jpeg(scene(1))[:60],
        huge_png(),
        b"<svg onload='alert(1)'/>",
        b"GIF89a" + b"\xff" * 40,
    ],
    ids=["nothing", "text", "jpeg of zeros", "cut", "huge", "svg", "gif"],
)
def test_what_is_no_picture_is_said_to_be_none(ask: Asker, data: bytes) -> None:
    answer, text = ask("/data/picture", "POST", body=data)
    assert answer.status == 400
    assert "no picture" in json.loads(text)["error"]
    assert ask.values("/data/picture", method="POST", body=jpeg(scene(5)))["hits"][0]["similarity"] > 0.9


def test_a_decoder_that_crashes_is_an_answer_like_others(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("vkeyframe.browse.dropped._decode", crash)
        answer, text = ask("/data/picture", "POST", body=jpeg(scene(5)))
        assert answer.status == 400
        assert "crash" in json.loads(text)["error"]
    assert ask.values("/data/picture", method="POST", body=jpeg(scene(5)))["hits"][0]["similarity"] > 0.9


def crash(*_: object) -> bool:
    import os

    os.abort()


def test_a_picture_of_one_colour_finds_nothing(ask: Asker) -> None:
    assert ask.values("/data/picture", method="POST", body=jpeg(np.full((90, 160, 3), 128, np.uint8)))["hits"] == []


def test_copies_stand_side_by_side_at_times_that_belong_together(ask: Asker) -> None:
    found = ask.values("/data/copies")
    pairs = {frozenset((pair["one"]["path"], pair["other"]["path"])): pair for pair in found["pairs"]}
    assert set(pairs) == {frozenset(both) for both in ((FILM, COPY), (FILM, EXCERPT), (COPY, EXCERPT))}
    assert found["total"] == 3
    whole, part = pairs[frozenset((FILM, COPY))], pairs[frozenset((FILM, EXCERPT))]
    assert (whole["kind"], part["kind"]) == ("copy", "excerpt")
    assert all(one["time"] == other["time"] for one, other in whole["moments"])
    assert len(whole["moments"]) == 6
    # The excerpt has scenes 4, 5 and 6 of the film, which begin 4 s sooner in it.
    sides = (part["one"], part["other"]) if part["one"]["path"] == FILM else (part["other"], part["one"])
    assert [each["start"] for each in sides] == pytest.approx([6.0, 2.0], abs=0.5)
    assert [each["end"] for each in sides] == pytest.approx([12.0, 8.0], abs=0.5)
    order = 1 if part["one"]["path"] == FILM else -1
    assert [both[::order] for both in [[m["time"] for m in pair] for pair in part["moments"]]] == [[7, 3], [9, 5], [11, 7]]


def test_reading_changes_nothing_and_what_others_write_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Library.open(path, create=True) as library:
        library.put(film(FILM, range(1, 4)))
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with Isolation(timeout=30) as isolation:
        answers = Answers(path, isolation)
        first = answers.library()
        assert answers.videos("", "", 0)["total"] == 1
        assert answers.copies(0)["total"] == 0
        assert answers.library() == first
        assert hashlib.sha256(path.read_bytes()).hexdigest() == before
        with Library.open(path, writing=True) as library:
            library.put(film(COPY, range(1, 4)))
            assert answers.library()["state"] != first["state"]
            assert answers.videos("", "", 0)["total"] == 2
            assert answers.copies(0)["total"] == 1
            assert answers.picture(jpeg(scene(2)))["hits"][1]["similarity"] > 0.9
            library.remove([FILM])
            assert answers.copies(0)["total"] == 0
        # It is made anew.
        path.unlink()
        with Library.open(path, create=True) as library:
            library.put(film(EXCERPT, [7]))
        assert [video["path"] for video in answers.videos("", "", 0)["videos"]] == [EXCERPT]


def test_a_library_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Library.open(path, create=True) as library:
        library.put(film(FILM, [1]))
    with Isolation() as isolation:
        answers = Answers(path, isolation)
        assert answers.videos("", "", 0)["total"] == 1
        path.unlink()
        with pytest.raises(OSError, match="no such library"):
            answers.videos("", "", 0)


def test_many_ask_at_once(ask: Asker) -> None:
    found: list[int] = []

    def look(number: int) -> None:
        paths = f"/thumbnail/{number + 1}", f"/data/videos?words=video{number}", f"/data/video/{number + 1}"
        found.extend(ask(path)[0].status for path in paths)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 48


def test_what_takes_long_is_given_up_when_the_server_ends(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Library.open(path, create=True).close()
    begun = threading.Event()

    def make(_library: Library) -> None:
        while True:
            begun.set()
            keeper.check(0.5, 1.0)

    keeper: Keeper[None] = Keeper(path, make)
    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(keeper.ask, lambda *_: None) for _ in range(2)]
        assert begun.wait(10)
        keeper.close()
        assert [type(each.exception(10)) for each in asked] == [CancelledError] * 2
    with pytest.raises(CancelledError):
        keeper.ask(lambda *_: None)
