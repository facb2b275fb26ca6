"""The half of a model that sees: its vectors against colours that are known, and what is said of a model that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy import ndarray
from onnx import helper

from tests import clips, nets
from vkeyframe.errors import InputError, MissingLibraryError, ResourceError, UsageError, VkeyframeError
from vkeyframe.models import files
from vkeyframe.models.pictures import PictureModel

RED, GREEN = (0, 0, 255), (0, 255, 0)


def plain(colour: tuple[int, int, int], height: int = 40, width: int = 60) -> ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def known(picture: ndarray) -> ndarray:
    """Compute by hand what the net of colours gives for a BGR picture."""
    vector = (picture.reshape(-1, 3).mean(axis=0)[::-1] / 255.0) @ nets.HUES
    return np.asarray(vector / np.linalg.norm(vector))


PICTURES = [plain(RED), plain(GREEN, 33, 47), *clips.scene(5, 1), plain((200, 40, 90), 1, 1), plain((9, 200, 40), 3, 900)]


def test_the_vectors_are_the_colours(tmp_path: Path) -> None:
    found = PictureModel(nets.colour(tmp_path / "model.onnx")).embed(PICTURES)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [known(picture) for picture in PICTURES], atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)


FORMS = {
    "rows first": (("n", 3, 24, 40), nets.FLOAT, ""),
    "colours last": (("n", 24, 40, 3), nets.FLOAT, ""),
    "open but for the colours": (("n", "h", "w", 3), nets.FLOAT, "size = [24, 40]"),
    "half": (("n", 3, 24, 40), nets.HALF, ""),
    "fixed batch": ((2, 3, 24, 40), nets.FLOAT, ""),
    "batch": (("n", 3, 24, 40), nets.FLOAT, "batch = 3"),
    "crop": (("n", 3, 24, 40), nets.FLOAT, 'fit = "crop"'),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_the_same_net_give_the_same(form: str, tmp_path: Path) -> None:
    sizes, kind, more = FORMS[form]
    path = nets.colour(tmp_path / "model.onnx", sizes, kind)
    path.with_suffix(".toml").write_text(nets.PLAIN + more)
    found = PictureModel(path).embed(PICTURES)
    wanted = [known(picture) for picture in PICTURES]
    # What is cut off from the scene has other colours.
    even = [place for place, picture in enumerate(PICTURES) if form != "crop" or not picture.std(axis=(0, 1)).any()]
    assert len(even) >= 4
    np.testing.assert_allclose(found[even], np.array(wanted)[even], atol=4e-3)


def test_colours_in_the_other_order_are_turned(tmp_path: Path) -> None:
    path = nets.colour(tmp_path / "model.onnx")
    path.with_suffix(".toml").write_text(nets.PLAIN + 'colour = "BGR"')
    np.testing.assert_allclose(PictureModel(path).embed([plain(RED)])[0], known(plain((255, 0, 0))), atol=1e-3)


def test_mean_std_and_scale_are_what_they_say(tmp_path: Path) -> None:
    path = nets.colour(tmp_path / "model.onnx", ("n", 3, 8, 8))
    path.with_suffix(".toml").write_text("scale = 0.5\nmean = [10, 20, 30]\nstd = [2, 4, 8]\n")
    picture = plain((30, 90, 210))
    vector = ((np.array([210, 90, 30]) * 0.5 - [10, 20, 30]) / [2, 4, 8]) @ nets.HUES
    np.testing.assert_allclose(PictureModel(path).embed([picture])[0], vector / np.linalg.norm(vector), atol=1e-5)


def test_the_middle_is_cut_out_or_all_is_stretched(tmp_path: Path) -> None:
    path = nets.colour(tmp_path / "model.onnx", ("n", 3, 30, 30))
    wide = np.hstack([plain(GREEN, 30, 30), plain(RED, 30, 30), plain(GREEN, 30, 30)])
    assert np.allclose(PictureModel(path).embed([wide])[0], known(wide), atol=1e-2)
    path.with_suffix(".toml").write_text(nets.PLAIN + 'fit = "crop"')
    assert np.allclose(PictureModel(path).embed([wide])[0], known(plain(RED)), atol=1e-3)


def test_of_many_vectors_the_mean_counts_or_the_first(tmp_path: Path) -> None:
    path = nets.tokens(tmp_path / "model.onnx")
    halves = np.vstack([plain(RED, 32, 64), plain(GREEN, 32, 64)])
    np.testing.assert_allclose(PictureModel(path).embed([halves])[0], np.array([1, 1, 0]) / np.sqrt(2), atol=1e-3)
    path.with_suffix(".toml").write_text(nets.PLAIN + 'tokens = "first"')
    np.testing.assert_allclose(PictureModel(path).embed([halves])[0], [1, 0, 0], atol=1e-3)


def test_a_map_is_averaged_over_its_places(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.with_suffix(".toml").write_text(nets.PLAIN)
    ports = [("x", nets.FLOAT, ["n", 3, 8, 8])], [("y", nets.FLOAT, ["n", 3, 8, 8])]
    nets.write(path, [helper.make_node("Identity", ["x"], ["y"])], *ports, {})
    np.testing.assert_allclose(PictureModel(path).embed([plain(RED)])[0], [1, 0, 0], atol=1e-6)


def test_any_number_of_threads_gives_the_same_bits(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    sizes = [(64, 3, 7, 7), (64, 64, 3, 3), (96, 64)]
    constants = {f"w{n}": random.normal(0, 0.1, size).astype(np.float32) for n, size in enumerate(sizes)}
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w1"], ["c"]),
        helper.make_node("ReduceMean", ["c"], ["d"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["d", "w2"], ["y"], transB=1),
    ]
    path = nets.write(
        tmp_path / "model.onnx", nodes, [("x", nets.FLOAT, ["n", 3, 64, 64])], [("y", nets.FLOAT, ["n", 96])], constants
    )
    pictures = clips.scene(2, 9)
    one, more = (PictureModel(path, threads).embed(pictures) for threads in (1, 16))
    assert one.tobytes() == more.tobytes()
    # A picture does not depend on those beside it.
    assert PictureModel(path).embed(pictures[4:5]).tobytes() == one[4:5].tobytes()


def test_a_picture_without_direction_has_zeros(tmp_path: Path) -> None:
    assert not PictureModel(nets.broken(tmp_path / "model.onnx", 0.0)).embed([plain(RED)]).any()


def test_no_pictures_have_no_vectors(tmp_path: Path) -> None:
    assert PictureModel(nets.colour(tmp_path / "model.onnx")).embed([]).shape == (0, 4)


def test_the_name_is_that_of_the_weights_and_the_settings(tmp_path: Path) -> None:
    one, other = (nets.colour(tmp_path / name) for name in ("a.onnx", "b.onnx"))
    assert PictureModel(one).name == PictureModel(other).name
    name = PictureModel(one).name
    one.with_suffix(".toml").write_text(nets.PLAIN + "size = 32")
    assert PictureModel(one).name != name
    nets.corner(other)
    assert PictureModel(other).name != name


def test_weights_beside_it_are_part_of_it(tmp_path: Path) -> None:
    path = nets.moved_out(nets.colour(tmp_path / "model.onnx"), "weights.data")
    (tmp_path / "weights.data").rename(tmp_path / "model.onnx.data")
    nets.moved_out(nets.colour(path), "model.onnx.data")
    (tmp_path / "weights.data").rename(tmp_path / "model.onnx.data")
    model = PictureModel(path)
    np.testing.assert_allclose(model.embed([plain(RED)])[0], known(plain(RED)), atol=1e-3)
    (tmp_path / "model.onnx.data").write_bytes((tmp_path / "model.onnx.data").read_bytes()[::-1])
    assert PictureModel(path).name != model.name


def junk(path: Path) -> None:
    path.write_bytes(b"no net" * 99)


def cut_off(path: Path) -> None:
    nets.colour(path)
    path.write_bytes(path.read_bytes()[:150])


def bent(path: Path, *args: object, **named: object) -> None:
    """Write a net that does nothing, with these sizes of its input."""
    sizes = named.get("sizes", ["n", 3, 8, 8])
    kind = named.get("kind", nets.FLOAT)
    nodes = [helper.make_node("Identity", ["x"], [name]) for name in named.get("outputs", ["y"])]  # type: ignore[attr-defined]
    outputs = [(node.output[0], kind, sizes) for node in nodes]
    nets.write(path, nodes, [("x", kind, sizes)], outputs, {})


def unknown(path: Path) -> None:
    nets.colour(path)
    model = onnx.load_model(path)
    model.graph.node[0].op_type = "Telepathy"
    path.write_bytes(model.SerializeToString())


def lost_weights(path: Path) -> None:
    nets.moved_out(nets.colour(path), "gone.data")


def other_weights(path: Path) -> None:
    (path.parent.parent / "secret").write_bytes(nets.HUES.tobytes())
    nets.moved_out(nets.colour(path), "../secret")


def absolute_weights(path: Path) -> None:
    nets.moved_out(nets.colour(path), "/etc/passwd")


def greedy(path: Path) -> None:
    """Write a net that asks for more memory than there is."""
    nodes = [
        helper.make_node("Expand", ["zero", "shape"], ["much"]),
        helper.make_node("ReduceMean", ["much"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("ReduceMean", ["x"], ["colour"], axes=[2, 3], keepdims=0),
        helper.make_node("Add", ["colour", "mean"], ["y"]),
    ]
    constants = {"zero": np.zeros((1, 1), np.float32), "shape": np.array([1, 1 << 44])}
    nets.write(path, nodes, [("x", nets.FLOAT, ["n", 3, 8, 8])], [("y", nets.FLOAT, ["n", 3])], constants)


def test_a_lack_of_memory_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    greedy(path)
    with pytest.raises(ResourceError, match=r"model\.onnx: there is not enough memory"):
        PictureModel(path)


WRONG: dict[str, tuple[Callable[[Path], object], type[VkeyframeError], str]] = {
    "missing": (lambda path: None, InputError, "no such file"),
    "folder": (lambda path: path.mkdir(), InputError, "is no file"),
    "empty": (lambda path: path.touch(), InputError, "is empty"),
    "junk": (junk, InputError, "cannot be loaded by onnxruntime"),
    "cut off": (cut_off, InputError, "cannot be loaded by onnxruntime"),
    "unknown operation": (unknown, InputError, "Telepathy"),
    "weights missing": (lost_weights, InputError, "cannot be loaded by onnxruntime"),
    "weights elsewhere": (other_weights, InputError, "escapes model directory"),
    "weights of the system": (absolute_weights, InputError, "cannot be loaded by onnxruntime"),
    "whole numbers": (lambda path: bent(path, kind=nets.INT64), InputError, "float32"),
    "one colour": (lambda path: bent(path, sizes=["n", 1, 8, 8]), InputError, "three colours"),
    "no picture": (lambda path: bent(path, sizes=["n", 8]), InputError, "half of a model that sees"),
    "far too large": (lambda path: bent(path, sizes=["n", 3, 60000, 60000]), InputError, "2048"),
    "several outputs": (lambda path: bent(path, outputs=["a", "b"]), UsageError, "a, b"),
    "not a number": (nets.broken, InputError, "NaN"),
    "infinite": (lambda path: nets.broken(path, float("inf")), InputError, "infinite"),
    "words": (nets.words, InputError, "half of a model that sees"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_a_model_is_a_sentence(wrong: str, tmp_path: Path) -> None:
    make, kind, words = WRONG[wrong]
    path = tmp_path / "in" / "model.onnx"
    path.parent.mkdir()
    make(path)
    with pytest.raises(kind, match=words) as caught:
        PictureModel(path)
    assert type(caught.value) is kind
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_one_of_several_outputs_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    bent(path, outputs=["a", "b"])
    path.with_suffix(".toml").write_text(nets.PLAIN + 'output = "b"')
    assert PictureModel(path).dimensions == 3
    path.with_suffix(".toml").write_text('output = "c"')
    with pytest.raises(UsageError, match="no output 'c'"):
        PictureModel(path)


def test_too_large_a_model_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = nets.colour(tmp_path / "model.onnx")
    monkeypatch.setattr(files, "MOST_BYTES", path.stat().st_size - 1)
    with pytest.raises(InputError, match="use a smaller model"):
        PictureModel(path)


def test_without_onnxruntime_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'vkeyframe\[onnx\]'"):
        PictureModel(nets.colour(tmp_path / "model.onnx"))


def test_a_size_that_the_model_does_not_take_is_refused(tmp_path: Path) -> None:
    path = nets.colour(tmp_path / "model.onnx", ("n", 3, 24, 24))
    path.with_suffix(".toml").write_text("size = 32")
    with pytest.raises(UsageError, match="24×24"):
        PictureModel(path)
