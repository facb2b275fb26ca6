"""The keyframes as data sets: lists for photogrammetry, and their key regions as boxes for programs that label pictures.

The boxes are where people look, with the head of attention that draws most of it as their category. They are proposals, and no
truth that people marked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from vkeyframe.report.records import HEADS, Keyframe, Region, Report

# Reports of an earlier version do not say what draws the eye to a region.
UNKNOWN = "region"
CATEGORIES = (*HEADS, UNKNOWN)
# Names of the fields in Label Studio's configuration.
PICTURE_FIELD, BOX_FIELD = "image", "label"


@dataclass(frozen=True, slots=True)
class _Picture:
    """A keyframe whose picture was written."""

    number: int
    file: str
    frame: Keyframe


def _pictures(report: Report) -> list[_Picture]:
    """List the keyframes with pictures, numbered from 1; two keyframes of one picture count once."""
    found = {keyframe.file: keyframe for keyframe in report.keyframes if keyframe.file is not None}
    return [_Picture(number, file, frame) for number, (file, frame) in enumerate(found.items(), 1)]


def _category(region: Region) -> str:
    return region.cause if region.cause in HEADS else UNKNOWN


def write_image_list(report: Report) -> str:
    """Write the names of the pictures, one a line, as COLMAP reads them.

    Cameras are not written: a video does not tell its focal length, and COLMAP finds it. All pictures are of one camera, which
    ``--ImageReader.single_camera 1`` says.

    References
    ----------
    COLMAP, ``colmap feature_extractor --image_list_path``, https://colmap.github.io/tutorial.html.
    """
    return "".join(f"{picture.file}\n" for picture in _pictures(report))


def write_coco(report: Report) -> str:
    """Write pictures and boxes in the form of COCO's object detection.

    References
    ----------
    Lin et al., "Microsoft COCO: common objects in context", ECCV 2014, doi:10.1007/978-3-319-10602-1_48;
    https://cocodataset.org/#format-data.
    """
    pictures = _pictures(report)
    annotations = [
        {
            "id": number,
            "image_id": picture.number,
            "category_id": CATEGORIES.index(_category(region)) + 1,
            "bbox": list(region.box),
            "area": region.box[2] * region.box[3],
            "segmentation": [],
            "iscrowd": 0,
            "score": region.weight,
        }
        for number, (picture, region) in enumerate(_boxes(pictures), 1)
    ]
    found = {
        "info": {"description": f"Keyframes of {report.video.name}", "version": report.generator.version},
        "licenses": [],
        "images": [
            {"id": each.number, "file_name": each.file, "width": each.frame.width, "height": each.frame.height}
            | {"frame": each.frame.frame, "time": each.frame.time}
            for each in pictures
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": name, "supercategory": "attention"} for number, name in enumerate(CATEGORIES, 1)],
    }
    return _json(found)


def write_cvat(report: Report) -> str:
    """Write pictures and boxes in the form "CVAT for images 1.1".

    References
    ----------
    CVAT, "XML annotation format", https://docs.cvat.ai/docs/manual/advanced/xml_format/.
    """
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    task = SubElement(SubElement(root, "meta"), "task")
    SubElement(task, "name").text = _xml(report.video.name)
    pictures = _pictures(report)
    SubElement(task, "size").text = str(len(pictures))
    SubElement(task, "mode").text = "annotation"
    labels = SubElement(task, "labels")
    for name in CATEGORIES:
        label = SubElement(labels, "label")
        SubElement(label, "name").text = name
        attribute = SubElement(SubElement(label, "attributes"), "attribute")
        for key, value in (
            ("name", "weight"),
            ("mutable", "False"),
            ("input_type", "text"),
            ("default_value", ""),
            ("values", ""),
        ):
            SubElement(attribute, key).text = value
    for picture in pictures:
        size = {"width": str(picture.frame.width), "height": str(picture.frame.height)}
        image = SubElement(root, "image", {"id": str(picture.number - 1), "name": _xml(picture.file)} | size)
        for region in picture.frame.regions:
            x, y, wide, high = region.box
            corners = {"xtl": f"{x}.00", "ytl": f"{y}.00", "xbr": f"{x + wide}.00", "ybr": f"{y + high}.00"}
            place = {"label": _category(region), "source": "auto", "occluded": "0", "z_order": "0"} | corners
            SubElement(SubElement(image, "box", place), "attribute", {"name": "weight"}).text = str(region.weight)
    indent(root)
    return str(tostring(root, "unicode", xml_declaration=True)) + "\n"


def write_label_studio(report: Report) -> str:
    """Write the pictures as tasks of Label Studio, their boxes as predictions of a model.

    The pictures are looked for in the folder that Label Studio serves (``LOCAL_FILES_DOCUMENT_ROOT``). The labelling needs a
    configuration with an ``Image`` named ``image`` and ``RectangleLabels`` named ``label``.

    References
    ----------
    Label Studio, "Import pre-annotated data", https://labelstud.io/guide/predictions.
    """
    version = f"{report.generator.name} {report.generator.version}"
    tasks = []
    for picture in _pictures(report):
        results = [_result(picture, number, region) for number, region in enumerate(picture.frame.regions, 1)]
        data: dict[str, Any] = {PICTURE_FIELD: f"/data/local-files/?d={quote(picture.file)}", "video": report.video.name}
        data |= {"frame": picture.frame.frame, "timecode": picture.frame.timecode}
        prediction = {"model_version": version, "score": picture.frame.score, "result": results}
        tasks.append({"data": data, "predictions": [prediction]})
    return _json(tasks)


def _result(picture: _Picture, number: int, region: Region) -> dict[str, Any]:
    """Describe a box in percent of the picture."""
    sizes = picture.frame.width, picture.frame.height
    x, y, wide, high = (round(100.0 * side / size, 4) for side, size in zip(region.box, sizes * 2, strict=True))
    return {
        "id": f"{picture.number}-{number}",
        "type": "rectanglelabels",
        "from_name": BOX_FIELD,
        "to_name": PICTURE_FIELD,
        "original_width": sizes[0],
        "original_height": sizes[1],
        "image_rotation": 0,
        "score": region.weight,
        "value": {"x": x, "y": y, "width": wide, "height": high, "rotation": 0, "rectanglelabels": [_category(region)]},
    }


def _boxes(pictures: list[_Picture]) -> Iterator[tuple[_Picture, Region]]:
    return ((picture, region) for picture in pictures for region in picture.frame.regions)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _xml(text: str) -> str:
    """Leave out of a text what XML has no signs for."""
    return "".join(letter for letter in text.encode("utf-8", "replace").decode() if letter.isprintable())
