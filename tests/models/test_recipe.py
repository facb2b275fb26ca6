"""What stands beside a model: what is read of it, and what is refused."""

import re
from pathlib import Path

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.models.recipe import PictureRecipe, TextRecipe, read_recipe
from vkeyframe.options import option_fields

README = Path(__file__).parents[2] / "README.md"


def beside(tmp_path: Path, text: str | bytes) -> Path:
    (tmp_path / "model.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return tmp_path / "model.onnx"


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    assert read_recipe(PictureRecipe, tmp_path / "model.onnx") == PictureRecipe()
    assert read_recipe(TextRecipe, tmp_path / "model.onnx") == TextRecipe()


def test_the_readme_names_the_defaults(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(size = .*?)```", README.read_text("utf-8"), re.DOTALL)
    assert read_recipe(PictureRecipe, beside(tmp_path, text)) == PictureRecipe(size=(224, 224))
    optional = "\n".join(line.removeprefix("# ") for line in text.splitlines())
    names = {line.split()[0] for line in optional.splitlines()}
    assert names == {item.name for item in option_fields(PictureRecipe)}


def test_all_is_read(tmp_path: Path) -> None:
    text = """
    size = [192, 256]
    scale = 1
    mean = [1, 2.5, 3]
    std = [4, 5, 6]
    colour = "BGR"
    layout = "NHWC"
    fit = "crop"
    output = "features"
    tokens = "first"
    batch = 4
    weight = 0.25
    unlike = 0
    alike = 1
    """
    given = {"size": (192, 256), "scale": 1, "mean": (1, 2.5, 3), "std": (4, 5, 6), "colour": "BGR", "layout": "NHWC"}
    more = {"fit": "crop", "output": "features", "tokens": "first", "batch": 4, "weight": 0.25, "unlike": 0, "alike": 1}
    assert read_recipe(PictureRecipe, beside(tmp_path, text)) == PictureRecipe(**given, **more)  # type: ignore[arg-type]
    assert read_recipe(PictureRecipe, beside(tmp_path, "size = 96")).size == (96, 96)


REFUSED = {
    "siz = 3": "there is no 'siz'; there are size",
    "size = 0": "size",
    "size = 99999": "size",
    "size = true": "size",
    'size = "224"': "size",
    "size = [1, 2, 3]": "size",
    "mean = 0.5": "mean",
    "mean = [1, 2]": "three numbers",
    "mean = [1, 2, nan]": "three numbers",
    'std = ["1", "2", "3"]': "three numbers",
    "std = [1, 0, 1]": "divided",
    "scale = 0": "scale",
    "scale = inf": "scale",
    'layout = "CHWN"': "NCHW, NHWC",
    "batch = 0": "batch",
    "batch = 1.5": "batch",
    "weight = 2": "weight",
    "unlike = 0.96": "unlike",
    "= 3": "is not TOML",
    "size = 3\nsize = 3": "is not TOML",
    "a = " + "[" * 9000: "is not TOML",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_used_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=REFUSED[text]) as caught:
        read_recipe(PictureRecipe, beside(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path / "model.toml"))
    assert "\n" not in str(caught.value)


def test_what_is_no_text_or_too_long_is_refused(tmp_path: Path) -> None:
    for data in (b"\xff\xfe", b"#" * 70_000):
        with pytest.raises(UsageError, match=r"model\.toml"):
            read_recipe(PictureRecipe, beside(tmp_path, data))


@pytest.mark.parametrize(
    "text", ['prompt = "a photo"', 'prompt = "{} {}"', "length = 0", "pad = -1", "stands_out = -1", "size = 3"]
)
def test_words_have_their_own(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_recipe(TextRecipe, beside(tmp_path, text))
