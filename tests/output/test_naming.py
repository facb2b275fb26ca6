"""Names of pictures: what a template may hold, and that no name leaves its folder."""

import random
from itertools import islice
from pathlib import Path

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.output.naming import (
    FIELDS,
    LONGEST_BYTES,
    PictureLabel,
    check_template,
    name_key,
    numbered,
    picture_name,
    safe_name,
)
from vkeyframe.settings import Settings

DEFAULT = Settings().pictures.name
FRAME = {"name": "clip", "index": 2, "shot": 3, "frame": 150, "rank": 1, "time": 62.3454}


def fill(template: str, **values: object) -> str:
    return picture_name(template, PictureLabel(**(FRAME | values)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (DEFAULT, "clip_002_00-01-02.345"),
        ("{index}", "002"),
        ("{shot}-{index}", "003-002"),
        ("{rank}", "001"),
        ("{frame}", "000150"),
        ("{ms}", "00062345"),
        ("{timecode}", "00-01-02.345"),
        ("{index:04d}", "0002"),
        ("{index:1d}", "2"),
        ("{frame:08}", "00000150"),
        ("{index:}", "002"),
        ("{{{index}}}", "{002}"),
        ("Größe {index} ✓", "Größe 002 ✓"),
        (".{index}", "002"),
        ("--{index}", "002"),
        ("{index}. ", "002"),
    ],
)
def test_a_template_is_filled_in(template: str, name: str) -> None:
    check_template(template)
    assert fill(template) == name


def test_numbers_wider_than_their_width_are_kept() -> None:
    assert fill("{index}_{frame:02d}", index=12345, frame=987654) == "12345_987654"


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("", "same name"),
        ("still", "same name"),
        ("{name}", "same name"),
        ("{name}_{shot}", "same name"),
        ("{{index}}", "same name"),
        ("{index", "cannot be read"),
        ("index}", "cannot be read"),
        ("{index}{nope}", "{nope}"),
        ("{index}{}", "{}"),
        ("{index}{0}", "{0}"),
        ("{index}{index.real}", "{index.real}"),
        ("{index}{name[0]}", "{name[0]}"),
        ("{index}{INDEX}", "{INDEX}"),
        ("{index!r}", "index"),
        ("{index}{name:9}", ":9"),
        ("{timecode:04d}", ":04d"),
        ("{index:d}", ":d"),
        ("{index:x}", ":x"),
        ("{index:.2f}", ":.2f"),
        ("{index:<9}", ":<9"),
        ("{index:,}", ":,"),
        ("{index:-4d}", ":-4d"),
        ("{index:1000d}", ":1000d"),
        ("{index:{rank}}", ":{rank}"),
        *((f"a{character}b{{index}}", "character") for character in '\\:*?"<>|\0\n\x7f'),
        ("{shot:099d}{shot:099d}{index:099d}", "more than 200 bytes"),
        ("{index:099d}{rank:092d}" + "x" * 10, "more than 200 bytes"),
        ("../{index}", "no name"),
        ("x/../{index}", "no name"),
        ("/{index}", "no name"),
        ("a//{index}", "no name"),
        ("./{index}", "no name"),
        (".. /{index}", "no name"),
        ("{index}/", "same name"),
        ("{index}/../../x", "same name"),
        ("{index}/{shot}", "same name"),
        ("a\\..\\{index}", "character"),
    ],
)
def test_a_wrong_template_is_refused_with_what_is_wrong(template: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_template(template)
    assert named in str(caught.value)


def test_the_refusal_of_a_field_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        check_template("{index}{nope}")
    assert all(f"{{{field}}}" in str(caught.value) for field in FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_every_known_field_can_be_filled_in(field: str) -> None:
    template = f"{{index}}_{{{field}}}"
    check_template(template)
    assert fill(template).startswith("002_")
    assert len(fill(template)) > len("002_")


def test_the_default_template_orders_pictures_by_time_in_a_folder() -> None:
    names = [fill(DEFAULT, index=index, time=1.5 * index) for index in range(30)]
    assert names == sorted(set(names))


@pytest.mark.parametrize("name", ["b" * 200, "b" * 250, "ü" * 120, "映" * 80], ids=["200 bytes", "250", "2-byte", "3-byte"])
@pytest.mark.parametrize("template", [DEFAULT, "{name}{rank}"])
def test_a_long_video_name_leaves_the_pictures_different_names(template: str, name: str) -> None:
    names = {fill(template, name=name, index=index, rank=index + 1, time=float(index)) for index in range(20)}
    assert len(names) == 20
    assert all(len(made.encode()) <= LONGEST_BYTES for made in names)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("holiday", "holiday"),
        ("my holiday (1)", "my holiday (1)"),
        ("été 映画", "été 映画"),
        ("a/b\\c", "a_b_c"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a:b*c?d"e<f>g|h', "a_b_c_d_e_f_g_h"),
        ("tab\there\x00", "tab_here_"),
        (".hidden", "hidden"),
        ("--help", "help"),
        (" . - name . ", "name"),
        ("", "video"),
        ("..", "video"),
        ("- -", "video"),
        ("bytes\udcff", "bytes_"),
        ("n" * 300, "n" * LONGEST_BYTES),
        ("映" * 100, "映" * (LONGEST_BYTES // 3)),
    ],
)
def test_a_text_becomes_one_component_of_a_path(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_the_longest_numbers_of_a_template_are_never_cut() -> None:
    template = "{index:095d}{rank:095d}{name}"
    check_template(template)
    assert len({fill(template, index=index, rank=index + 1) for index in range(2000)}) == 2000


def test_numbered_names_stay_short_enough() -> None:
    assert [*islice(numbered("a"), 3)] == ["a", "a-2", "a-3"]
    assert max(len(name.encode()) for name in islice(numbered("映" * 66, ".jpg"), 300)) <= LONGEST_BYTES + len(".jpg")
    assert [*islice(numbered("x" * 300), 2)] == ["x" * 200, "x" * 198 + "-2"]


def test_names_that_a_file_system_takes_for_one_have_the_same_key() -> None:
    assert name_key("\u00c9.JPG") == name_key("e\u0301.jpg") != name_key("e.jpg")
    assert name_key("stra\u00dfe") == name_key("STRASSE")


def test_no_text_leads_out_of_its_folder(tmp_path: Path) -> None:
    source = random.Random(11)
    alphabet = 'ab./\\-~ \0\n\x7f:*?"<>|é映\U0001f3ac\udcff'
    for _ in range(2000):
        name = safe_name("".join(source.choices(alphabet, k=source.randrange(300))))
        assert 1 <= len(name.encode()) <= LONGEST_BYTES
        assert not set(name) & set('/\\\0\n\x7f:*?"<>|')
        assert name[0] not in ".- "
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()
        assert safe_name(name) == name.rstrip(". ")
