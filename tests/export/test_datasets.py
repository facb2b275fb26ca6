"""Lists and data sets of the keyframes, read by the programs that they are for."""

import json
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vkeyframe.export.datasets import CATEGORIES, write_coco, write_cvat, write_image_list, write_label_studio
from vkeyframe.export.run import write_forms
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe, Region, Report

SIZE = (64, 36)
BOXES = [("a.jpg", (3, 4, 20, 10), "face"), ("a.jpg", (30, 20, 34, 16), None), ("b & ü.jpg", (0, 0, 64, 36), "motion")]
CONFIG = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">'
    + "".join(f'<Label value="{name}"/>' for name in CATEGORIES)
    + "</RectangleLabels></View>"
)


@pytest.fixture
def report(make_report: Callable[..., Report], make_keyframe: Callable[..., Keyframe]) -> Report:
    keyframes = []
    for index, file in enumerate(("a.jpg", "b & ü.jpg", None)):
        regions = tuple(Region(box, 0.25, cause) for name, box, cause in BOXES if name == file)
        keyframes.append(replace(make_keyframe(index, file, *SIZE), regions=regions))
    return replace(make_report(), keyframes=tuple(keyframes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, name in enumerate(("a.jpg", "b & ü.jpg")):
        picture = np.random.default_rng(seed).integers(0, 255, (36, 64, 3), np.uint8)
        write_picture(tmp_path / name, cv2.resize(picture, SIZE), SIZE, [])
    return tmp_path


def test_every_form_writes_its_file(report: Report, folder: Path) -> None:
    with_files = replace(report, keyframes=report.keyframes[:2])
    write_forms(with_files, folder, ["coco", "colmap", "cvat", "labelstudio"])
    names = {path.name for path in folder.iterdir()}
    assert names == {"a.jpg", "b & ü.jpg", "coco.json", "image_list.txt", "cvat.xml", "labelstudio.json"}
    assert (folder / "coco.json").read_text("utf-8") == write_coco(with_files)


def test_the_names_of_the_pictures(report: Report) -> None:
    assert write_image_list(report) == "a.jpg\nb & ü.jpg\n"


def test_colmap_reads_the_pictures_of_the_list(report: Report, folder: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    (folder / "sheet.jpg").write_bytes((folder / "a.jpg").read_bytes())
    names = write_image_list(report).splitlines()
    database = folder / "colmap.db"
    pycolmap.Database.open(database).close()
    pycolmap.import_images(database, folder, pycolmap.CameraMode.SINGLE, image_names=names)
    with pycolmap.Database.open(database) as found:
        assert sorted(image.name for image in found.read_all_images()) == sorted(names)
        assert len(found.read_all_cameras()) == 1


def test_pycocotools_reads_the_boxes(report: Report, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    path = tmp_path / "coco.json"
    path.write_text(write_coco(report), "utf-8")
    found = coco.COCO(path)
    boxes = []
    for image in found.loadImgs(found.getImgIds()):
        assert (image["width"], image["height"]) == SIZE
        for annotation in found.loadAnns(found.getAnnIds(imgIds=[image["id"]])):
            (category,) = found.loadCats(annotation["category_id"])
            boxes.append((image["file_name"], tuple(annotation["bbox"]), category["name"]))
            # A mask can be made of it too.
            assert annotation["area"] == annotation["bbox"][2] * annotation["bbox"][3]
    assert boxes == [(name, box, cause or "region") for name, box, cause in BOXES]


@pytest.mark.parametrize(
    ("form", "write", "place", "pictures"),
    [
        ("coco", write_coco, "annotations/instances_default.json", "images/default"),
        ("cvat", write_cvat, "default.xml", "images"),
    ],
)
def test_datumaro_reads_the_boxes(
    report: Report, folder: Path, form: str, write: Callable[[Report], str], place: str, pictures: str
) -> None:
    datumaro = pytest.importorskip("datumaro")
    home = folder / form
    for path in (home / place, home / pictures / "a.jpg"):
        path.parent.mkdir(parents=True, exist_ok=True)
    (home / place).write_text(write(report), "utf-8")
    for name in ("a.jpg", "b & ü.jpg"):
        shutil.copy(folder / name, home / pictures / name)
    found = datumaro.Dataset.import_from(str(home), form)
    labels = [label.name for label in found.categories()[datumaro.AnnotationType.label]]
    boxes = [
        (item.id, tuple(map(round, box.get_bbox())), labels[box.label])
        for item in found
        for box in item.annotations
        if box.type == datumaro.AnnotationType.bbox
    ]
    assert sorted(boxes) == sorted((name.removesuffix(".jpg"), box, cause or "region") for name, box, cause in BOXES)


def test_the_xml_of_cvat(report: Report) -> None:
    root = ET.fromstring(write_cvat(report))
    assert root.findtext("version") == "1.1"
    assert [label.findtext("name") for label in root.iter("label")] == list(CATEGORIES)
    images = root.findall("image")
    assert [(image.get("id"), image.get("name")) for image in images] == [("0", "a.jpg"), ("1", "b & ü.jpg")]
    boxes = []
    for image in images:
        for box in image.findall("box"):
            left, top, right, bottom = (float(str(box.get(side))) for side in ("xtl", "ytl", "xbr", "ybr"))
            boxes.append((image.get("name"), (left, top, right - left, bottom - top), box.get("label")))
            assert box.findtext("attribute") == "0.25"
    assert boxes == [(name, box, cause or "region") for name, box, cause in BOXES]


def test_the_tasks_of_label_studio(report: Report) -> None:
    tasks = json.loads(write_label_studio(report))
    assert [task["data"]["image"] for task in tasks] == [
        "/data/local-files/?d=a.jpg",
        "/data/local-files/?d=b%20%26%20%C3%BC.jpg",
    ]
    values = [result["value"] for task in tasks for result in task["predictions"][0]["result"]]
    assert values[0] == {
        "x": 4.6875,
        "y": 11.1111,
        "width": 31.25,
        "height": 27.7778,
        "rotation": 0,
        "rectanglelabels": ["face"],
    }
    for value in values:
        assert value["x"] + value["width"] <= 100.001
        assert value["y"] + value["height"] <= 100.001


def test_label_studio_takes_the_tasks(report: Report) -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(CONFIG)
    tasks: list[dict[str, Any]] = json.loads(write_label_studio(report))
    for task in tasks:
        # With predictions in the task, version 2.0 of the SDK calls its own check without an argument.
        assert interface.validate_task({"data": task["data"]})
        assert all(interface.validate_prediction(prediction) for prediction in task["predictions"])
    wrong = tasks[0]["predictions"][0]["result"][0] | {"from_name": "other"}
    assert not interface.validate_prediction({"result": [wrong]})


def test_a_name_that_is_no_text_of_xml(report: Report) -> None:
    video = replace(report.video, name="a\x00\x1b\udcff<&>.mp4")
    root = ET.fromstring(write_cvat(replace(report, video=video)))
    assert root.findtext("meta/task/name") == "a?<&>.mp4"
