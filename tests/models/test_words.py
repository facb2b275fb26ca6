"""The half of a model that reads: its vectors against words whose colours are known, and what is said of what cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import nets
from vkeyframe.errors import InputError, MissingLibraryError, VkeyframeError
from vkeyframe.models.words import TextModel


def known(*colours: int) -> ndarray:
    """Compute by hand the vector of some of red (0), green (1) and blue (2)."""
    vector = nets.HUES[list(colours)].sum(axis=0)
    return np.asarray(vector / np.linalg.norm(vector))


FORMS = {
    "open": {},
    "fixed length": {"sizes": (1, 12)},
    "32 bits": {"kind": nets.TensorProto.INT32},
    "without a mask": {"masked": False},
    "one vector for each token": {"last": True, "masked": True},
    "tokens, fixed length": {"last": True, "sizes": (1, 12)},
}


@pytest.mark.parametrize("form", FORMS)
def test_the_vector_is_that_of_the_words(form: str, tmp_path: Path) -> None:
    model = TextModel(nets.words(tmp_path / "text.onnx", **FORMS[form]))  # type: ignore[arg-type]
    np.testing.assert_allclose(model.embed("Red car at night"), known(0), atol=1e-6)
    np.testing.assert_allclose(model.embed("red blue"), known(0, 2), atol=1e-6)
    assert model.embed("green").dtype == np.float32


def test_the_words_stand_in_a_sentence(tmp_path: Path) -> None:
    path = nets.words(tmp_path / "text.onnx")
    path.with_suffix(".toml").write_text('prompt = "a blue {}"')
    np.testing.assert_allclose(TextModel(path).embed("red"), known(0, 2), atol=1e-6)


def test_what_fills_up_can_be_chosen(tmp_path: Path) -> None:
    path = nets.words(tmp_path / "text.onnx", sizes=(1, 3), masked=False)
    # Without a mask what fills up counts: by its name it is [PAD], which is far from any colour.
    assert not np.allclose(TextModel(path).embed("red"), known(0), atol=0.1)
    path.with_suffix(".toml").write_text("pad = 0")
    np.testing.assert_allclose(TextModel(path).embed("red"), known(0), atol=1e-6)
    path.with_suffix(".toml").write_text("")
    for token in ("blue", {"content": "blue"}):
        (tmp_path / "tokenizer_config.json").write_text(json.dumps({"pad_token": token}))
        np.testing.assert_allclose(TextModel(path).embed("red"), known(0, 2, 2), atol=1e-6)
    padding = {"strategy": {"Fixed": 3}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 3, "pad_type_id": 0}
    (tmp_path / "tokenizer.json").write_text(json.dumps(nets.TOKENIZER | {"padding": padding | {"pad_token": "green"}}))
    np.testing.assert_allclose(TextModel(path).embed("red"), known(0, 1, 1), atol=1e-6)


def test_an_open_length_is_filled_up_where_that_is_asked_for(tmp_path: Path) -> None:
    path = nets.words(tmp_path / "text.onnx", masked=False)
    path.with_suffix(".toml").write_text("length = 2\npad = 4")
    np.testing.assert_allclose(TextModel(path).embed("red"), known(0, 2), atol=1e-6)
    np.testing.assert_allclose(TextModel(path).embed("red green blue"), known(0, 1), atol=1e-6)


def test_too_many_words_are_cut_off(tmp_path: Path) -> None:
    model = TextModel(nets.words(tmp_path / "text.onnx", sizes=(1, 4)))
    np.testing.assert_allclose(model.embed("red at at at " + "blue " * 5000), known(0), atol=1e-6)


def test_the_tokenizer_may_lie_one_folder_above(tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    path = nets.words(tmp_path / "onnx" / "text.onnx")
    (tmp_path / "onnx" / "tokenizer.json").rename(tmp_path / "tokenizer.json")
    np.testing.assert_allclose(TextModel(path).embed("red"), known(0), atol=1e-6)


def without_tokenizer(path: Path) -> None:
    nets.words(path)
    path.with_name("tokenizer.json").unlink()


def with_tokenizer(text: str | bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        nets.words(path)
        path.with_name("tokenizer.json").write_bytes(text if isinstance(text, bytes) else text.encode())

    return make


WRONG: dict[str, tuple[Callable[[Path], object], type[VkeyframeError], str]] = {
    "missing": (lambda path: None, InputError, "no such file"),
    "no tokenizer": (without_tokenizer, InputError, r"no tokenizer\.json"),
    "broken tokenizer": (with_tokenizer("{"), InputError, "no tokenizer that can be used"),
    "another JSON": (with_tokenizer('{"a": 1}'), InputError, "no tokenizer that can be used"),
    "no text": (with_tokenizer(b"\xff\xfe\x00"), InputError, "not UTF-8"),
    "pictures": (lambda path: nets.colour(path).with_suffix(".toml").unlink(), InputError, "half of a model that reads"),
    "several texts": (lambda path: nets.words(path, sizes=(4, 8)), InputError, "4 texts at once"),
    "far too long": (lambda path: nets.words(path, sizes=(1, 1 << 30)), InputError, "4096"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_it_is_a_sentence(wrong: str, tmp_path: Path) -> None:
    make, kind, words = WRONG[wrong]
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "text.onnx"
    make(path)
    with pytest.raises(kind, match=words) as caught:
        TextModel(path).embed("red")
    assert type(caught.value) is kind
    assert str(tmp_path / "in") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_words_that_the_model_does_not_know_have_no_direction(tmp_path: Path) -> None:
    assert not TextModel(nets.words(tmp_path / "text.onnx")).embed("xyzzy").any()


def test_tokens_that_the_model_does_not_have_are_a_sentence(tmp_path: Path) -> None:
    path = nets.words(tmp_path / "text.onnx")
    vocabulary = nets.WORDS | {"violet": 999}
    model = nets.TOKENIZER["model"] | {"vocab": vocabulary}  # type: ignore[operator]
    (tmp_path / "tokenizer.json").write_text(json.dumps(nets.TOKENIZER | {"model": model}))
    with pytest.raises(InputError, match="cannot be run by onnxruntime"):
        TextModel(path).embed("violet")


def test_without_tokenizers_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'vkeyframe\[onnx\]'"):
        TextModel(nets.words(tmp_path / "text.onnx"))
