"""Faces that are found are hidden in every picture that is written; what is no face stays."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.test_appeal import face, scene
from tests.clips import write_clip
from vkeyframe.cli.main import run
from vkeyframe.output.anonymise import TUNING, WARNING, find_all_faces, hide_faces
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.spool import PictureSpool

# The face is drawn in the middle of a picture of 640×360.
MIDDLE = slice(130, 240), slice(270, 370)


def turned(degrees: float) -> Callable[[ndarray], ndarray]:
    def turn(picture: ndarray) -> ndarray:
        matrix = cv2.getRotationMatrix2D((320, 180), degrees, 1.0)
        return np.asarray(cv2.warpAffine(picture, matrix, (640, 360), borderMode=cv2.BORDER_REPLICATE))

    return turn


FORMS: dict[str, Callable[[ndarray], ndarray]] = {
    "upright": lambda picture: picture,
    "tilted left": turned(25),
    "tilted right": turned(-25),
    "dark": lambda picture: (picture * 0.45).astype(np.uint8),
    "small": lambda picture: np.asarray(cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA)),
    "large": lambda picture: np.asarray(cv2.resize(picture, (1920, 1080), interpolation=cv2.INTER_CUBIC)),
}


def middle(picture: ndarray) -> ndarray:
    """Return the part with the face, at 640×360."""
    return np.asarray(cv2.resize(picture, (640, 360), interpolation=cv2.INTER_AREA))[MIDDLE]


def detail(picture: ndarray) -> float:
    """Measure how much eyes, nose and mouth stand out."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(float)
    return float(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 8)).mean())


@pytest.mark.parametrize("form", FORMS)
def test_a_face_is_hidden(form: str) -> None:
    picture = FORMS[form](face("open"))
    before = picture.copy()
    hidden = hide_faces(picture)
    np.testing.assert_array_equal(picture, before)
    np.testing.assert_array_equal(hidden, hide_faces(picture))
    assert detail(middle(hidden)) < 0.35 * detail(middle(picture))
    # Nobody is found in it any more, and the edge of the picture is as it was.
    size = picture.shape[1]
    assert not [one for one in find_all_faces(hidden) if abs(one.x - size / 2) < 0.1 * size and one.width > 0.1 * size]
    np.testing.assert_array_equal(hidden[:5], picture[:5])


def test_a_picture_without_a_face_stays_as_it_is() -> None:
    for picture in (scene(), np.zeros((1, 1, 3), np.uint8), np.full((2, 300, 3), 255, np.uint8)):
        np.testing.assert_array_equal(hide_faces(picture), picture)


def test_a_face_at_the_edge_is_hidden_as_far_as_it_is_seen() -> None:
    picture = face("open")[:, 250:]
    assert detail(hide_faces(picture)[MIDDLE[0], 20:120]) < 0.35 * detail(picture[MIDDLE[0], 20:120])


@pytest.mark.parametrize("form", ["jpg", "png", "webp"])
def test_the_spool_hides_faces_in_what_it_keeps(tmp_path: Path, form: str) -> None:
    options = PictureOptions(format=form, anonymise=True)
    with PictureSpool(tmp_path, options, (640, 360)) as spool:
        dropped, kept = spool.put(scene()), spool.put(face("open"))
        assert (dropped, kept) == (0, 1)
        assert spool.publish({1: "a"}) == {1: f"a.{form}"}
    assert [path.name for path in tmp_path.iterdir()] == [f"a.{form}"]
    found = cv2.imread(str(tmp_path / f"a.{form}"))
    assert detail(middle(found)) < 0.35 * detail(middle(face("open")))
    np.testing.assert_allclose(found, hide_faces(face("open")), atol=0 if form == "png" else 40)


def test_no_picture_shows_the_face_and_the_user_is_warned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = write_clip(tmp_path / "film.mp4", [face("open")] * 20)
    out = tmp_path / "out"
    assert run(["extract", str(film), "-o", str(out), "--anonymise", "--crops", "--sheet", "--json", "-"]) == 0
    told = capsys.readouterr()
    assert WARNING in told.err
    assert WARNING in told.out
    pictures = [path for path in out.iterdir() if path.suffix == ".jpg"]
    assert len(pictures) >= 3
    for path in pictures:
        assert not find_all_faces(cv2.imread(str(path))), path.name


def test_comparisons_show_no_face_either(tmp_path: Path) -> None:
    film = write_clip(tmp_path / "film.mp4", [face("open")] * 10)
    cv2.imwrite(str(tmp_path / "target.png"), face("open"))
    arguments = ["-o", str(tmp_path / "hits"), "--compare", str(tmp_path / "both"), "--anonymise"]
    assert run(["match", str(film), "--target", str(tmp_path / "target.png"), *arguments]) == 0
    pictures = [path for folder in ("hits", "both") for path in (tmp_path / folder).iterdir() if path.suffix in (".jpg", ".png")]
    assert len(pictures) == 2
    for path in pictures:
        picture = cv2.imread(str(path))
        assert not [one for one in find_all_faces(picture[:360]) if one.width > 40], path.name


def test_the_cascades_come_with_opencv() -> None:
    folder = Path(cv2.data.haarcascades)
    assert all((folder / name).is_file() for name in (*TUNING.frontal, TUNING.profile))
