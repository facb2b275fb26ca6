"""The page, in a real browser: it shows what the report says, is used with pointer and keys, and runs nothing of others."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import barriers, find, opened
from tests.conftest import SAMPLES
from vkeyframe import Settings, extract
from vkeyframe.cli.main import run
from vkeyframe.export.html import PAGE_NAME, draw_page
from vkeyframe.opencv import cv2
from vkeyframe.report.records import Report
from vkeyframe.sound.sections import Loudness, Sound

ATTACK = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the output for a video whose name and folder are code."""
    place = tmp_path_factory.mktemp("page")
    video = place / "<img src=x onerror=alert(1)>&\"'.mp4"
    shutil.copyfile(SAMPLES / "edited.mp4", video)
    extract(video, Settings(analysers=("novelty",)), output=place / "out", exports=("html",))
    return place / "out"


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    from vkeyframe.report.read import load_report

    return load_report((folder / "report.json").read_bytes())


@pytest.fixture
def page(browser: webdriver.Chrome, folder: Path) -> Iterator[webdriver.Chrome]:
    """Open the page anew; afterwards nothing may have gone wrong in it."""
    yield from opened(browser, folder / PAGE_NAME)


def column(page: webdriver.Chrome, number: int) -> list[str]:
    """The texts of a column of the candidates, as far as they are shown."""
    script = (
        "return [...document.querySelectorAll('#candidates tbody tr')].filter(r => !r.hidden).map(r => r.cells[%d].innerText)"
    )
    texts: list[str] = page.execute_script(script % number)
    return texts


def test_the_page_shows_all_that_the_report_has(page: webdriver.Chrome, report: Report) -> None:
    count = len(report.keyframes)
    assert page.find_element(By.TAG_NAME, "h1").text == report.video.name
    assert f"{count} keyframes from {len(report.shots)} shots" in page.find_element(By.CLASS_NAME, "facts").text
    assert [each.text for each in find(page, ".gallery .time")] == [keyframe.timecode for keyframe in report.keyframes]
    assert len(find(page, ".film button")) == count
    assert len(find(page, ".shots i")) == len(report.shots)
    assert [each.get_attribute("class") for each in find(page, ".shots i")] == [shot.transition for shot in report.shots]
    assert len(find(page, ".dropped i")) == len(report.verdicts) - count
    assert len(find(page, ".actions i")) == len(report.sections["actions"])
    titles = [each.text for each in find(page, ".curve b")]
    assert titles == ["Attention", "Change", "Novelty", "Sharpness", "Unusual motion"]
    # Each curve is drawn: its canvas is not empty.
    drawn = "return [...document.querySelectorAll('.curve canvas')].map(c => c.getContext('2d')" + (
        ".getImageData(0, 0, c.width, c.height).data.some(v => v > 0))"
    )
    assert page.execute_script(drawn) == [True] * len(titles)
    assert find(page, "#absent-title") == []
    pictures = "return [...document.querySelectorAll('.gallery img')].every(i => i.complete && i.naturalWidth > 100)"
    assert page.execute_script(pictures) is True
    # A mark stands where its time is.
    film = page.find_element(By.CLASS_NAME, "film").rect
    last = report.shots[-1].end_time_exclusive or 0.0
    for mark, keyframe in zip(find(page, ".film button"), report.keyframes, strict=True):
        middle = mark.rect["x"] + mark.rect["width"] / 2 - film["x"]
        assert middle == pytest.approx(film["width"] * keyframe.time / last, abs=1.5)


def test_the_pointer_on_a_keyframe_shows_its_picture(page: webdriver.Chrome, report: Report) -> None:
    preview = page.find_element(By.ID, "preview")
    assert not preview.is_displayed()
    ActionChains(page, duration=0).move_to_element(find(page, ".film button")[2]).perform()
    assert report.keyframes[2].timecode in preview.text
    assert page.execute_script("return arguments[0].querySelector('img').naturalWidth", preview) > 100
    ActionChains(page, duration=0).move_to_element(page.find_element(By.TAG_NAME, "h1")).perform()
    assert not preview.is_displayed()


def test_a_click_shows_scores_heads_and_regions_and_keys_move_on(page: webdriver.Chrome, report: Report) -> None:
    detail = page.find_element(By.ID, "detail")
    find(page, ".gallery button")[1].click()
    for number in (1, 2, 1):
        keyframe = report.keyframes[number]
        assert keyframe.timecode in detail.find_element(By.ID, "detail-title").text
        values = [each.text for each in find(page, ".scores .value")]
        scores = keyframe.scores
        expected = [scores.coverage, scores.attention, scores.sharpness, scores.exposure, keyframe.score]
        assert [float(value) for value in values] == pytest.approx(expected, abs=0.0051)
        assert float(find(page, ".heads .value")[-1].text) == pytest.approx(keyframe.heads.motion, abs=0.0051)
        picture, boxes = page.find_element(By.CSS_SELECTOR, ".picture img").rect, find(page, ".regions div")
        assert len(boxes) == len(keyframe.regions)
        for box, region in zip(boxes, keyframe.regions, strict=True):
            left, top, width, height = region.relative or (0.0,) * 4
            assert box.rect["x"] - picture["x"] == pytest.approx(left * picture["width"], abs=1.5)
            assert box.rect["y"] - picture["y"] == pytest.approx(top * picture["height"], abs=1.5)
            assert box.rect["width"] == pytest.approx(width * picture["width"], abs=1.5)
            assert box.rect["height"] == pytest.approx(height * picture["height"], abs=1.5)
        ActionChains(page).send_keys(Keys.ARROW_RIGHT if number == 1 else Keys.ARROW_LEFT).perform()
    regions, heat = (page.find_element(By.CSS_SELECTOR, f".picture .{name}") for name in ("regions", "map"))
    assert (regions.is_displayed(), heat.is_displayed()) == (True, False)
    for box in find(page, "#detail [data-shows]"):
        box.click()
    assert (regions.is_displayed(), heat.is_displayed()) == (False, True)
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    assert not detail.is_displayed()
    assert page.switch_to.active_element == find(page, ".gallery button")[1]


def test_the_time_line_is_used_with_keys_alone(page: webdriver.Chrome, report: Report) -> None:
    # The switch of the theme comes first, then the keyframes, of which one stands in the order of Tab.
    ActionChains(page).send_keys(Keys.TAB, Keys.TAB).perform()
    marks, detail = find(page, ".film button"), page.find_element(By.ID, "detail")
    assert page.switch_to.active_element == marks[0]
    ActionChains(page).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT).perform()
    assert page.switch_to.active_element == marks[1]
    assert report.keyframes[1].timecode in page.find_element(By.ID, "preview").text
    outline = "return [arguments[0], arguments[0].firstChild].map(e => getComputedStyle(e).outlineStyle)"
    assert "solid" in page.execute_script(outline, marks[1])
    ActionChains(page).send_keys(Keys.END).perform()
    assert page.switch_to.active_element == marks[-1]
    ActionChains(page).send_keys(Keys.ENTER).perform()
    assert detail.is_displayed()
    assert report.keyframes[-1].timecode in detail.text
    ActionChains(page).send_keys(Keys.ESCAPE, Keys.TAB).perform()
    assert not detail.is_displayed()
    assert page.switch_to.active_element not in marks


def test_the_table_is_sorted_and_filtered(page: webdriver.Chrome, report: Report) -> None:
    headings = find(page, "#candidates th")
    assert column(page, 5) == [verdict.reason for verdict in report.verdicts]
    for heading, order in ((3, "ascending"), (3, "descending"), (0, "ascending"), (0, "descending")):
        headings[heading].find_element(By.TAG_NAME, "button").click()
        assert headings[heading].get_attribute("aria-sort") == order
        values = [value for value in column(page, heading) if value]
        numbers = [int(value) for value in values] if heading == 3 else values
        assert numbers == sorted(numbers, reverse=order == "descending")  # type: ignore[type-var]
        # Empty cells stand last.
        assert column(page, heading)[: len(values)] == values
    choice = page.find_element(By.NAME, "kept")
    # The first letter of what is chosen.
    choice.send_keys("k")
    assert len(column(page, 0)) == len(report.keyframes)
    assert page.find_element(By.CSS_SELECTOR, ".filter output").text == f"{len(report.keyframes)} of {len(report.verdicts)}"
    choice.send_keys("a")
    page.find_element(By.NAME, "text").send_keys("Best LOOK")
    assert column(page, 5)
    assert all("best look" in reason for reason in column(page, 5))
    find(page, "#candidates td button")[0].click()
    assert page.find_element(By.ID, "detail").is_displayed()


def test_dragging_across_a_curve_looks_closer(page: webdriver.Chrome) -> None:
    over, film = find(page, ".u-over")[0], page.find_element(By.CLASS_NAME, "film")
    # All lie over each other, also in a window that became narrower or wider.
    for width in (1280, 390, 1280):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        page.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        assert over.rect["x"] == pytest.approx(film.rect["x"], abs=1.5)
        assert over.rect["width"] == pytest.approx(film.rect["width"], abs=1.5)
    before, whole = find(page, ".shots i")[0].rect["width"], page.find_element(By.ID, "whole")
    assert not whole.is_displayed()
    quarter = round(over.rect["width"] / 4)
    hold = ActionChains(page, duration=50).move_to_element_with_offset(over, -2 * quarter + 2, 0).click_and_hold()
    hold.move_by_offset(quarter, 0).release().perform()
    assert find(page, ".shots i")[0].rect["width"] > 3 * before
    whole.click()
    assert find(page, ".shots i")[0].rect["width"] == pytest.approx(before, abs=1)


def test_the_switch_turns_dark_to_light_and_back(browser: webdriver.Chrome, folder: Path) -> None:
    for page in opened(browser, folder / PAGE_NAME, theme="dark"):
        switch, body = page.find_element(By.ID, "theme"), page.find_element(By.TAG_NAME, "body")
        seen = []
        for _ in range(3):
            found = re.findall(r"\d+", body.value_of_css_property("background-color"))
            seen.append((switch.get_attribute("aria-pressed"), sum(map(int, found[:3])) > 600))
            switch.click()
        assert seen == [("true", False), ("false", True), ("true", False)]


def test_on_paper_all_is_light_and_whole(browser: webdriver.Chrome, folder: Path) -> None:
    ink = "return getComputedStyle(document.querySelector('.curve b')).color"
    for page in opened(browser, folder / PAGE_NAME, theme="dark"):
        dark = page.execute_script(ink)
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
        assert sum(map(int, re.findall(r"\d+", page.execute_script(ink))[:3])) < 200 < sum(map(int, re.findall(r"\d+", dark)[:3]))
        assert not page.find_element(By.ID, "theme").is_displayed()
        table = page.find_element(By.CSS_SELECTOR, "#candidates")
        assert page.execute_script("return arguments[0].parentNode.clientHeight", table) >= table.rect["height"]
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_keeps_people_out(browser: webdriver.Chrome, folder: Path, theme: str, width: int) -> None:
    for page in opened(browser, folder / PAGE_NAME, width, theme):
        assert barriers(page) == []
        find(page, ".gallery button")[0].click()
        assert barriers(page) == []
        # Nothing is wider than the window.
        assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_what_others_wrote_is_never_run(browser: webdriver.Chrome, folder: Path, report: Report, tmp_path: Path) -> None:
    text = f"{ATTACK}<img src=x onerror=alert(2)>\u2028\"'</script>{{{{ 7 * 7 }}}}"
    hostile = replace(
        report,
        video=replace(report.video, name=f"{ATTACK}.mp4", codec=text),
        verdicts=tuple(replace(verdict, reason=text) for verdict in report.verdicts),
        decoding=replace(report.decoding, warnings=(text,)),
        settings={text: text, "list": [text]},
    )
    (tmp_path / "page.html").write_text(draw_page(hostile, folder), "utf-8")
    # An alert would be an error of the driver.
    for page in opened(browser, tmp_path / "page.html"):
        assert page.find_element(By.TAG_NAME, "h1").text == f"{ATTACK}.mp4"
        assert page.find_element(By.CLASS_NAME, "warning").text.startswith(ATTACK)
        assert column(page, 5)[0].startswith(ATTACK)
        ActionChains(page, duration=0).move_to_element(find(page, ".film button")[0]).perform()
        find(page, ".gallery button")[0].click()
        assert ATTACK in page.find_element(By.CSS_SELECTOR, "#detail .why").text
        assert find(page, "img[src=x]") == []
        # Nor would what slipped through be run, nor anything be fetched.
        page.execute_script("document.body.append(Object.assign(document.createElement('script'), {text: 'window.hit = 1'}))")
        assert page.execute_script("return window.hit") is None
        assert "Content Security Policy" in page.get_log("browser")[0]["message"]


def test_the_page_names_no_other_place(folder: Path) -> None:
    text = (folder / PAGE_NAME).read_text("utf-8")
    assert set(re.findall(r"""(?:src|href)=["']?([a-z]+:)""", text)) == {"data:"}
    assert re.search(r"url\((?!\"data:)", text) is None
    assert str(folder.parent) not in text
    assert "Permission is hereby granted" in text


def test_a_plain_report_says_what_was_not_recorded(browser: webdriver.Chrome, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "out")
    (tmp_path / "out" / PAGE_NAME).unlink()
    from vkeyframe.report.read import load_report
    from vkeyframe.report.write import report_to_json

    full = load_report((folder / "report.json").read_bytes())
    plain = replace(
        full,
        verdicts=(),
        sections={"actions": ()},
        keyframes=tuple(replace(keyframe, attention_map=None) for keyframe in full.keyframes),
        files=tuple(name for name in full.files if name != PAGE_NAME),
    )
    (tmp_path / "out" / "report.json").write_text(report_to_json(plain), "utf-8")
    assert run(["export", str(tmp_path / "out"), "--to", "html", "-q"]) == 0
    for page in opened(browser, tmp_path / "out" / PAGE_NAME):
        told = page.find_element(By.CLASS_NAME, "absent").text
        assert all(option in told for option in ("--explain", "--curves", "--attention-maps"))
        assert [each.text for each in find(page, ".curve b")] == ["Attention"]
        assert len(find(page, "#candidates tbody tr")) == len(plain.keyframes)
        find(page, ".film button")[0].click()
        assert page.find_element(By.ID, "detail").is_displayed()
        assert [each.is_displayed() for each in find(page, "#detail [data-shows]")] == [True, False]


def test_what_is_heard_stands_on_the_page(browser: webdriver.Chrome, folder: Path, report: Report, tmp_path: Path) -> None:
    kinds = (Sound(0.0, 1.5, "speech"), Sound(1.5, 3.0, "silence"))
    levels = (Loudness(0.0, -20.0), Loudness(1.5, -100.0), Loudness(2.9, -95.0))
    keyframes = tuple(replace(keyframe, heads=replace(keyframe.heads, sound=0.25)) for keyframe in report.keyframes)
    heard = replace(report, keyframes=keyframes, sections={**report.sections, "sounds": kinds, "loudness": levels})
    (tmp_path / PAGE_NAME).write_text(draw_page(heard, folder), "utf-8")
    for page in opened(browser, tmp_path / PAGE_NAME):
        assert [each.get_attribute("title") for each in find(page, ".sounds i")] == [
            "Speech from 0:00.00 to 0:01.50",
            "Silence from 0:01.50 to 0:03.00",
        ]
        assert find(page, ".curve b")[-1].text == "Loudness"
        find(page, ".film button")[0].click()
        assert "sound" in page.find_element(By.ID, "detail").text
    assert '"values":[-20.0,-70.0,-70.0]' in draw_page(heard, folder)


def test_what_the_page_needs_is_recorded_and_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], childless: None
) -> None:
    assert run(["extract", str(SAMPLES / "static.mp4"), "-o", str(tmp_path / "out"), "--html"]) == 0
    assert "drop" not in capsys.readouterr().err
    data = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert data["curves"]
    assert data["verdicts"]
    assert PAGE_NAME in data["files"]


def test_the_same_report_gives_the_same_bytes(folder: Path, report: Report) -> None:
    from vkeyframe.analysis.registry import section_types
    from vkeyframe.report.read import load_report

    known = load_report((folder / "report.json").read_bytes(), section_types())
    assert draw_page(known, folder) == draw_page(report, folder) == (folder / PAGE_NAME).read_text("utf-8")


def test_ten_minutes_take_less_than_three_megabytes(report: Report, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (360, 640, 3), np.uint8)
    (tmp_path / "noise.jpg").write_bytes(cv2.imencode(".jpg", cv2.GaussianBlur(noise, (3, 3), 0))[1].tobytes())
    keyframe, verdict, moment = report.keyframes[0], report.verdicts[-1], report.sections["curves"][-1]
    count = 100
    many = replace(
        report,
        keyframes=tuple(replace(keyframe, index=i, frame=150 * i, time=6.0 * i, file="noise.jpg") for i in range(count)),
        verdicts=tuple(replace(verdict, frame=10 * i, time=0.4 * i, kept=i % 15 == 0) for i in range(15 * count)),
        sections={"actions": (), "curves": [moment] * 1200},
    )
    size = len(draw_page(many, tmp_path).encode())
    assert 1_000_000 < size < 3_000_000
