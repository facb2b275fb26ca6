"""The page of many videos, in a real browser: cards that lead to their pages, found, sorted, and used with keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.browser import barriers, find, opened
from vkeyframe.errors import InputError
from vkeyframe.export.index import BEGINNING, COVER_PX, Card, draw_index, small_cover
from vkeyframe.opencv import cv2

ATTACK = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def cover(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("cover") / "cover.png"
    noise = np.random.default_rng(1).integers(0, 256, (14, 24, 3), np.uint8)
    path.write_bytes(cv2.imencode(".png", cv2.resize(noise, (1280, 720), interpolation=cv2.INTER_CUBIC))[1].tobytes())
    return small_cover(path)


@pytest.fixture(scope="module")
def cards(cover: str) -> list[Card]:
    usual = Card(0, "clip 10.mp4", "day1", "day1/clip%2010.mp4/report.html", cover, 60.0, 3, 4)
    return [
        usual,
        replace(usual, index=1, name="clip 9.mp4", page="day1/clip%209.mp4/report.html", duration=3600.5, shots=9, keyframes=2),
        Card(2, "bad.mp4", "day2", error="No video can be found in it."),
        replace(usual, index=3, name=f"{ATTACK}.mp4", folder="", page="a%3Ab/report.html", warnings=(ATTACK, "It ends early.")),
        replace(usual, index=4, name="last.mp4", cover="", page="last.mp4/report.html", duration=1.0, shots=1, keyframes=30),
    ]


@pytest.fixture(scope="module")
def path(cards: list[Card], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.html"
    path.write_text(draw_index(f"holiday {ATTACK}", cards[::-1]), "utf-8")
    return path


@pytest.fixture
def page(browser: webdriver.Chrome, path: Path) -> Iterator[webdriver.Chrome]:
    yield from opened(browser, path)


def names(page: webdriver.Chrome) -> list[str]:
    return [each.text for each in find(page, ".cards b")]


def choose(page: webdriver.Chrome, name: str, text: str) -> None:
    Select(page.find_element(By.NAME, name)).select_by_visible_text(text)


def test_every_video_has_a_card_that_leads_to_its_page(page: webdriver.Chrome, path: Path, cards: list[Card]) -> None:
    assert page.find_element(By.TAG_NAME, "h1").text == f"holiday {ATTACK}"
    facts = [each.text for each in find(page, ".facts li")]
    assert facts == ["5 videos", "1 failed", "01:02:01.500 of video", "16 shots", "40 keyframes"]
    assert names(page) == [card.name for card in cards]
    links = [each.get_attribute("href") for each in find(page, ".cards a")]
    assert links == [f"{path.parent.as_uri()}/{card.page}" for card in cards if card.page]
    shown = [each.text.split("\n") for each in find(page, ".cards li")]
    assert shown[0] == ["clip 10.mp4", "day1", "00:01:00.000", "3 shots", "4 keyframes"]
    assert shown[2] == ["bad.mp4", "day2", "No video can be found in it."]
    assert shown[3][-2:] == [ATTACK, "It ends early."]
    assert shown[4][-2:] == ["1 shot", "30 keyframes"]
    pictures = "return [...document.querySelectorAll('.cards img')].map(i => [i.complete, i.naturalWidth, i.naturalHeight])"
    assert page.execute_script(pictures) == [[True, COVER_PX, COVER_PX * 9 // 16]] * 3


def test_cards_are_searched_chosen_and_sorted(page: webdriver.Chrome, cards: list[Card]) -> None:
    own = [card.name for card in cards]
    told = page.find_element(By.CSS_SELECTOR, ".filter output")
    for order, numbers in (
        ("name", [3, 2, 1, 0, 4]),
        ("longest", [1, 0, 3, 4, 2]),
        ("most shots", [1, 0, 3, 4, 2]),
        ("most keyframes", [4, 0, 3, 1, 2]),
        ("order given", [0, 1, 2, 3, 4]),
    ):
        choose(page, "order", order)
        assert names(page) == [own[number] for number in numbers]
    for kind, numbers in (("failed", [2]), ("with warnings", [3]), ("done", [0, 1, 4]), ("all", [0, 1, 2, 3, 4])):
        choose(page, "kind", kind)
        assert names(page) == [own[number] for number in numbers]
    search = page.find_element(By.NAME, "text")
    for text, numbers in ((" DAY1 ", [0, 1, 4]), ("ends EARLY", [3]), ("can be found", [2]), ("nowhere", [])):
        search.clear()
        search.send_keys(text)
        assert names(page) == [own[number] for number in numbers]
        assert told.text == f"{len(numbers)} of 5"
        assert page.find_element(By.ID, "nothing").is_displayed() == (numbers == [])
    search.clear()
    search.send_keys("x", Keys.BACKSPACE)
    assert (names(page), told.text) == (own, "")


def test_arrow_keys_move_between_cards(page: webdriver.Chrome) -> None:
    # The switch of the theme, the three fields, the first card.
    ActionChains(page).send_keys(*[Keys.TAB] * 5).perform()
    links = find(page, ".cards a")
    assert page.switch_to.active_element == links[0]
    # Over the failed one, which leads nowhere; all five stand in one row.
    keys = [Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.END, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.HOME]
    for key, place in zip(keys, [1, 2, 1, 3, 3, 3, 0], strict=True):
        ActionChains(page).send_keys(key).perform()
        assert page.switch_to.active_element == links[place]
    outline = page.execute_script("return getComputedStyle(arguments[0]).outlineStyle", links[0])
    assert outline == "solid"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_keeps_people_out(browser: webdriver.Chrome, path: Path, theme: str, width: int) -> None:
    for page in opened(browser, path, width, theme):
        assert barriers(page) == []
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
        found = re.findall(r"\d+", page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"))
        assert (sum(map(int, found[:3])) > 600) == (theme == "light")


def test_on_paper_all_is_light_and_there(browser: webdriver.Chrome, path: Path) -> None:
    ink = "return getComputedStyle(document.querySelector('.cards b')).color"
    for page in opened(browser, path, theme="dark"):
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
        assert sum(map(int, re.findall(r"\d+", page.execute_script(ink))[:3])) < 200
        assert not page.find_element(By.ID, "filter").is_displayed()
        visible = "return [...document.querySelectorAll('.cards li')].map(e => getComputedStyle(e).contentVisibility)"
        assert page.execute_script(visible) == ["visible"] * 5
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


def test_five_thousand_are_quick_and_not_large(browser: webdriver.Chrome, cover: str, tmp_path: Path) -> None:
    # Covers of films have 4 kB in the mean.
    assert 3_500 < len(cover) < 6_000
    many = [Card(i, f"video {i}.mp4", f"day{i % 300}", f"v{i}/report.html", cover, 60.0, 5, 5) for i in range(5000)]
    (tmp_path / "index.html").write_text(draw_index("many", many), "utf-8")
    assert (tmp_path / "index.html").stat().st_size < 5000 * (len(cover) + 600)
    script = (
        "const form = document.getElementById('filter'), begun = performance.now(); form.elements.text.value = arguments[0];"
        "form.dispatchEvent(new Event('input')); document.body.offsetHeight;"
        "return [performance.now() - begun, form.querySelector('output').textContent]"
    )
    for page in opened(browser, tmp_path / "index.html"):
        for text, told in (("day12", "187 of 5000"), ("", "")):
            milliseconds, shown = page.execute_script(script, text)
            assert shown == told
            # Five to ten times what it takes; to hide each card takes twice as much as that.
            assert milliseconds < 4000


def test_the_same_cards_give_the_same_bytes_and_no_other_place_is_named(path: Path, cards: list[Card]) -> None:
    text = path.read_text("utf-8")
    assert text == draw_index(f"holiday {ATTACK}", cards)
    assert text.startswith(BEGINNING)
    assert set(re.findall(r"""(?:src|href)=["']?([a-z]+:)""", text)) == {"data:"}
    assert "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'" in text.replace("&#39;", "'")


def test_a_cover_is_small_whatever_its_picture(tmp_path: Path) -> None:
    for size in ((2000, 1), (1, 1), (300, 4000)):
        (tmp_path / "a.png").write_bytes(cv2.imencode(".png", np.zeros((*size, 3), np.uint8))[1].tobytes())
        assert small_cover(tmp_path / "a.png").startswith("data:image/webp;base64,")
    with pytest.raises(InputError, match="no picture can be read"):
        small_cover(tmp_path / "none.png")
