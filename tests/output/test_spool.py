"""The spool of pictures: what goes in comes out of the files, and failures come to light."""

import errno
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy import ndarray

from vkeyframe.errors import OutputError
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.spool import MOST_WAITING, PictureSpool, write_picture

SIZE = (64, 36)


def picture(seed: int = 0, width: int = 64, height: int = 36) -> ndarray:
    """A soft coloured picture, as a video has them, with a little noise."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 236, (4, 6, 3)).astype(np.uint8)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(int)
    return np.clip(soft + random.integers(-3, 4, soft.shape), 0, 255).astype(np.uint8)


def read(path: Path) -> ndarray:
    decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    return decoded


def distance(first: ndarray, second: ndarray) -> float:
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


@pytest.mark.parametrize(
    ("suffix", "magic", "tolerance"), [("jpg", b"\xff\xd8\xff", 4.0), ("webp", b"RIFF", 5.0), ("png", b"\x89PNG", 0.0)]
)
def test_a_picture_comes_back(suffix: str, magic: bytes, tolerance: float, tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format=suffix, quality=90), SIZE) as spool:
        number = spool.put(picture())
        assert spool.publish({0: "a"}) == {number: f"a.{suffix}"}
    path = tmp_path / f"a.{suffix}"
    assert path.read_bytes().startswith(magic)
    assert distance(read(path), picture()) <= tolerance
    assert distance(picture(), picture(1)) > 10 * tolerance + 10


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_quality_costs_bytes(suffix: str, tmp_path: Path) -> None:
    sizes, distances = [], []
    for quality in (5, 50, 98):
        with PictureSpool(tmp_path, PictureOptions(format=suffix, quality=quality), (320, 180)) as spool:
            spool.put(picture(2, 320, 180))
            path = tmp_path / spool.publish({0: str(quality)})[0]
        sizes.append(path.stat().st_size)
        distances.append(distance(read(path), picture(2, 320, 180)))
    assert sizes[0] < sizes[1] < sizes[2]
    assert distances[0] > distances[1] > distances[2]


@pytest.mark.parametrize("size", [(32, 18), (640, 360), (1, 1), (48, 36), (64, 36)])
def test_pictures_are_scaled_to_the_size_asked_for(size: tuple[int, int], tmp_path: Path) -> None:
    halves = np.zeros((36, 64, 3), np.uint8)
    halves[:, 32:] = (200, 100, 50)
    with PictureSpool(tmp_path, PictureOptions(format="png"), size) as spool:
        spool.put(halves)
        spool.publish({0: "a"})
    shown = read(tmp_path / "a.png")
    assert shown.shape == (size[1], size[0], 3)
    assert shown.mean(axis=(0, 1)) == pytest.approx([100, 50, 25], abs=1.5)
    reach = max(3, 3 * size[0] // 64)
    assert np.all(shown[:, : max(0, size[0] // 2 - reach)] == 0)
    assert np.all(shown[:, size[0] // 2 + reach :] == (200, 100, 50))


def test_scaling_down_averages_and_leaves_the_picture_alone(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (36, 64, 3), np.uint8)
    kept = noise.copy()
    write_picture(tmp_path / "a.png", noise, (32, 18), [])
    means = noise.reshape(18, 2, 32, 2, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(read(tmp_path / "a.png") - means).max() <= 1
    assert np.array_equal(noise, kept)


def test_every_picture_gets_its_own_token_and_file(tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
        tokens = [spool.put(picture(seed)) for seed in range(4 * MOST_WAITING)]
        assert tokens == list(range(4 * MOST_WAITING))
        names = spool.publish({token: f"{token}" for token in range(4 * MOST_WAITING)})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names.values())
    for token, name in names.items():
        assert np.array_equal(read(tmp_path / name), picture(token))


def test_pictures_are_hidden_until_they_have_their_names_and_gone_if_they_get_none(tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
        for seed in range(3 * MOST_WAITING):
            spool.put(picture(seed))
        hidden = list(tmp_path.iterdir())
        assert hidden
        assert all(path.name.startswith(".") for path in hidden)
    assert list(tmp_path.iterdir()) == []


def test_a_dropped_picture_is_deleted_and_no_other(tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
        tokens = [spool.put(picture(seed)) for seed in range(3)]
        spool.drop(tokens[1])
        spool.drop(None)
        assert not (tmp_path / ".1.png").exists()
        assert spool.put(picture(9)) == 3
        assert spool.publish({0: "a", 2: "c", 3: "d"}) == {0: "a.png", 2: "c.png", 3: "d.png"}
    assert np.array_equal(read(tmp_path / "c.png"), picture(2))


def test_publishing_names_some_pictures_and_deletes_the_others(tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format="webp"), SIZE) as spool:
        for seed in range(4):
            spool.put(picture(seed))
        spool.drop(2)
        assert spool.publish({1: "clip.v2_001", 0: "été 映画"}) == {1: "clip.v2_001.webp", 0: "été 映画.webp"}
        assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.v2_001.webp", "été 映画.webp"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.v2_001.webp", "été 映画.webp"]
    assert distance(read(tmp_path / "clip.v2_001.webp"), picture(1)) < distance(read(tmp_path / "été 映画.webp"), picture(1))


def test_no_name_is_given_twice_also_by_case_and_form(tmp_path: Path) -> None:
    (tmp_path / "sheet.png").write_bytes(b"mine")
    stems = ["a", "a", "A", "\u00e9", "e\u0301", "sheet", "a-2"]
    with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
        for seed in range(len(stems)):
            spool.put(picture(seed))
        names = spool.publish(dict(enumerate(stems)))
    assert list(names.values()) == [f"{n}.png" for n in ("a", "a-2", "A-3", "\u00e9", "e\u0301-2", "sheet-2", "a-2-2")]
    assert all(np.array_equal(read(tmp_path / name), picture(seed)) for seed, name in names.items())
    assert (tmp_path / "sheet.png").read_bytes() == b"mine"


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_without_a_folder_nothing_is_kept(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with PictureSpool(None, PictureOptions(format=suffix, quality=90), SIZE) as spool:
        assert [spool.put(picture(seed)) for seed in range(2 * MOST_WAITING)] == [None] * (2 * MOST_WAITING)
        spool.drop(None)
        assert spool.publish({}) == {}
    assert list(tmp_path.iterdir()) == []


def test_no_picture_is_no_number(tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
        assert spool.put(None) is None
        assert spool.put(picture()) == 0


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_folder_that_cannot_be_written_comes_to_light_at_the_end(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    if kind == "file":
        folder.write_text("mine")
    with PictureSpool(folder, PictureOptions(format="jpg", quality=90), SIZE) as spool:
        # More than may wait: a failure must give its place back, or the pass would stand still for ever.
        numbers = [spool.put(picture(seed)) for seed in range(3 * MOST_WAITING)]
        with pytest.raises(OutputError, match="out: cannot write a picture"):
            spool.publish({0: "a"})
        with pytest.raises(OutputError, match="out: cannot write a picture"):
            spool.drop(numbers[0])


@pytest.mark.parametrize("step", ["rename", "unlink", "iterdir"])
def test_a_name_that_the_disk_refuses_is_an_output_error(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    def publish() -> None:
        with PictureSpool(tmp_path, PictureOptions(), SIZE) as spool:
            spool.put(picture())
            spool.put(picture(1))
            monkeypatch.setattr(Path, step, refuse)
            spool.publish({0: "a"})

    with pytest.raises(OutputError, match=rf"{tmp_path.name}: cannot be written \(Input/output error\)"):
        publish()


def test_one_failure_among_many_comes_to_light(tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
        (tmp_path / ".1.png").mkdir()
        for seed in range(3):
            spool.put(picture(seed))
        with pytest.raises(OutputError, match="cannot write a picture"):
            spool.publish({0: "a", 2: "c"})
        assert np.array_equal(read(tmp_path / ".0.png"), picture(0))


@pytest.mark.parametrize(("suffix", "size"), [("jpg", (70_000, 1)), ("webp", (17_000, 1))])
def test_a_size_that_the_format_cannot_hold_is_an_output_error(suffix: str, size: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=f"{size[0]}×{size[1]} cannot be encoded as {suffix}"):
        write_picture(tmp_path / f"a.{suffix}", picture(), size, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fails", [False, True])
def test_the_worker_ends_with_the_spool(fails: bool, tmp_path: Path) -> None:
    def workers() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("pictures")]

    assert workers() == []
    try:
        with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
            spool.put(picture())
            assert len(workers()) == 1
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert workers() == []
