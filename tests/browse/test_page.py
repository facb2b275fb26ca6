"""The page of a library, in a real browser."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.browse.drawn import COPY, EXCERPT, FILM, HOSTILE, drawn_library, film, jpeg, scene, serving
from tests.browser import AXE, started
from vkeyframe.browse.server import BrowseServer
from vkeyframe.library.store import Library

FOUND = ".gallery .card"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    yield from started(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowseServer]:
    yield from serving(drawn_library(tmp_path_factory.mktemp("browse") / "<b>films & more.db"))


@pytest.fixture
def page(browser: webdriver.Chrome, server: BrowseServer) -> Iterator[webdriver.Chrome]:
    yield from opened(browser, server)


def opened(
    browser: webdriver.Chrome, server: BrowseServer, width: int = 1280, theme: str = "light"
) -> Iterator[webdriver.Chrome]:
    """Open the page anew; afterwards nothing may have gone wrong in it."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
    browser.get("about:blank")
    browser.get(server.address)
    wait(browser)
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")] == []


def wait(page: webdriver.Chrome, *, within: float = 20) -> None:
    """Wait until the view is whole."""
    script = "return document.getElementById('view').ariaBusy === 'false'"
    WebDriverWait(page, within, 0.02).until(lambda page: page.execute_script(script))


def until(page: webdriver.Chrome, script: str) -> Any:
    return WebDriverWait(page, 20, 0.02).until(lambda page: page.execute_script(f"return {script}"))


def go(page: webdriver.Chrome, place: str) -> None:
    page.execute_script("document.getElementById('view').ariaBusy = 'true'; location.hash = arguments[0]", place)
    wait(page)


def find(page: webdriver.Chrome, selector: str) -> list[WebElement]:
    return page.find_elements(By.CSS_SELECTOR, selector)


def texts(page: webdriver.Chrome, selector: str) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map(each => each.textContent)"
    found: list[str] = page.execute_script(script, selector)
    return found


def id_of(server: BrowseServer, path: str) -> int:
    with Library.open(server.path) as library:
        return next(row.id for row in library.videos() if row.path == path)


def test_the_token_leaves_the_address_and_the_page_can_be_loaded_again(page: webdriver.Chrome, server: BrowseServer) -> None:
    assert page.current_url == f"http://127.0.0.1:{server.server_port}/"
    assert page.execute_script("return document.cookie") == ""
    page.refresh()
    wait(page)
    assert len(find(page, FOUND)) == 60


def test_a_link_on_another_page_opens_it_and_it_can_be_loaded_again(
    browser: webdriver.Chrome, server: BrowseServer, tmp_path: Path
) -> None:
    # The page of the test before may still ask for pictures.
    browser.get("about:blank")
    browser.delete_all_cookies()
    other = tmp_path / "other.html"
    other.write_text(f"<meta charset=utf-8><link rel=icon href=data:,><a href='{server.address}'>library</a>", "utf-8")
    browser.get(other.as_uri())
    browser.find_element(By.TAG_NAME, "a").click()
    wait(browser)
    assert len(find(browser, FOUND)) == 60
    browser.refresh()
    wait(browser)
    assert len(find(browser, FOUND)) == 60
    assert browser.get_log("browser") == []


def test_all_videos_are_listed_with_their_covers_page_by_page(page: webdriver.Chrome) -> None:
    assert page.find_element(By.TAG_NAME, "h1").text == "<b>films & more.db"
    assert page.find_element(By.ID, "counts").text == "75 videos, 1 picture, 96 keyframes"
    assert texts(page, ".turn span") == ["1–60 of 76"]
    until(page, "[...document.querySelectorAll('.gallery img')].slice(0, 5).every(i => i.complete && i.naturalWidth === 240)")
    first = texts(page, ".gallery .time")
    find(page, ".turn a[rel=next]")[0].click()
    until(page, "document.querySelector('.turn span').textContent === '61–76 of 76'")
    assert len({*first, *texts(page, ".gallery .time")}) == 76 - len(("holiday.mp4", "holiday.mkv")) + 2
    page.back()
    until(page, "document.querySelector('.turn span').textContent === '1–60 of 76'")
    find(page, "#order")[0].send_keys("longest")
    until(page, "document.querySelector('.gallery .rank').textContent === '0:16'")


def test_names_and_words_are_found_while_they_are_typed(page: webdriver.Chrome) -> None:
    # The key / leads there.
    ActionChains(page).send_keys("/").perform()
    words = page.find_element(By.ID, "words")
    assert page.switch_to.active_element == words
    words.send_keys("holiday")
    until(page, "document.querySelectorAll('.gallery .card').length === 2")
    assert page.switch_to.active_element == words
    words.clear()
    words.send_keys("plage cafe")
    until(page, "document.querySelectorAll('.lines li').length === 1")
    assert texts(page, ".lines mark") == ["café", "plage"]
    assert texts(page, "#view h2") == ["0 names with “plage cafe”", "1 line with “plage cafe”"]
    find(page, ".lines a")[0].click()
    until(page, "document.querySelector('h2').textContent === 'holiday.mp4'")
    # The keyframe that is nearest to the line.
    assert texts(page, ".marked .time") == ["0:05.00"]
    page.back()
    until(page, "document.querySelectorAll('.lines li').length === 1")
    assert page.find_element(By.ID, "words").get_attribute("value") == "plage cafe"


def test_a_sheet_leads_to_what_is_like_its_keyframes_and_from_there_to_other_videos(
    page: webdriver.Chrome, server: BrowseServer
) -> None:
    go(page, f"#/video/{id_of(server, FILM)}")
    assert texts(page, ".gallery .time") == [f"0:{2 * number + 1:02}.00" for number in range(8)]
    assert "8 keyframes of 8 shots" in page.find_element(By.CSS_SELECTOR, "#view .facts").text
    assert page.find_element(By.CSS_SELECTOR, "#view .path").text == FILM
    assert texts(page, ".lines span:last-child") == ["Où est le café de la plage?", "<b>Là [bas]</b>"]
    find(page, FOUND)[4].click()
    until(page, "document.querySelector('h2').textContent === 'Like holiday.mp4 at 0:09.00'")
    wait(page)
    near = page.execute_script("return [...document.querySelectorAll('section:first-child .card')].map(each => each.title)")
    assert sorted(near) == sorted([COPY, EXCERPT])
    next(card for card in find(page, FOUND) if card.get_attribute("title") == EXCERPT).click()
    until(page, "document.querySelector('h2').textContent === 'teaser.mp4'")
    wait(page)
    assert texts(page, ".marked .time") == ["0:05.00"]


GIVE = """
const [data, kind, target] = arguments;
const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
const given = new DataTransfer();
given.items.add(new File([bytes], "still.png", { type: "image/png" }));
document.getElementById('view').ariaBusy = 'true';
if (kind === "paste") document.dispatchEvent(new ClipboardEvent(kind, { clipboardData: given, bubbles: true }));
else document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: given, bubbles: true, cancelable: true }));
"""


@pytest.mark.parametrize("way", ["drop", "paste", "choose"])
def test_a_picture_is_found(page: webdriver.Chrome, tmp_path: Path, way: str) -> None:
    data = jpeg(scene(5), ".png")
    if way == "choose":
        (tmp_path / "still.png").write_bytes(data)
        page.execute_script("document.getElementById('view').ariaBusy = 'true'")
        page.find_element(By.ID, "file").send_keys(str(tmp_path / "still.png"))
    else:
        if way == "drop":
            page.execute_script(GIVE, base64.b64encode(data).decode(), "dragenter")
            assert page.find_element(By.ID, "drop").is_displayed()
        page.execute_script(GIVE, base64.b64encode(data).decode(), way)
    wait(page)
    assert not page.find_element(By.ID, "drop").is_displayed()
    assert texts(page, "#view h2")[0] == "Like your picture"
    titles = page.execute_script("return [...document.querySelectorAll('section:first-child .card')].map(each => each.title)")
    assert sorted(titles) == sorted([FILM, COPY, EXCERPT])
    until(page, "document.querySelector('img.asked').naturalWidth === 320")


def test_what_is_no_picture_is_told_and_the_page_goes_on(browser: webdriver.Chrome, server: BrowseServer) -> None:
    for page in opened(browser, server):
        page.execute_script(GIVE, base64.b64encode(b"<svg onload='alert(1)'/>").decode(), "drop")
        wait(page)
        assert "no picture" in page.find_element(By.CSS_SELECTOR, "#status.wrong").text
        # The browser itself notes the answer, and that there is nothing to show.
        assert all("400" in entry["message"] or "blob:" in entry["message"] for entry in page.get_log("browser"))
        page.find_element(By.LINK_TEXT, "Videos").click()
        until(page, "document.querySelectorAll('.gallery .card').length === 60")
        assert not page.find_element(By.ID, "status").is_displayed()


def test_copies_stand_side_by_side(page: webdriver.Chrome) -> None:
    page.find_element(By.LINK_TEXT, "Copies").click()
    until(page, "document.querySelectorAll('.pair').length === 3")
    excerpt = next(pair for pair in find(page, ".pair") if set(sides(pair)) == {"holiday.mp4", "teaser.mp4"})
    moments = [[each.text for each in row.find_elements(By.TAG_NAME, "a")] for row in excerpt.find_elements(By.TAG_NAME, "li")]
    assert [sorted(both) for both in moments] == [["0:03.00", "0:07.00"], ["0:05.00", "0:09.00"], ["0:07.00", "0:11.00"]]
    for row in excerpt.find_elements(By.TAG_NAME, "li"):
        left, right = (each.rect for each in row.find_elements(By.TAG_NAME, "img"))
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]
    # The parts in common lie below each other on one scale.
    bars = [
        [each.rect for each in track.find_elements(By.TAG_NAME, "i")] for track in excerpt.find_elements(By.CLASS_NAME, "track")
    ]
    places = [
        (part["x"] - track.rect["x"])
        for (_, part), track in zip(bars, excerpt.find_elements(By.CLASS_NAME, "track"), strict=True)
    ]
    assert places[0] == pytest.approx(places[1], abs=1.5)
    assert bars[0][1]["width"] == pytest.approx(bars[1][1]["width"], abs=1.5)
    lengths = sorted(whole["width"] for whole, _ in bars)
    assert lengths[1] / lengths[0] == pytest.approx(1.6, abs=0.02)


def sides(pair: WebElement) -> list[str]:
    return [each.text for each in pair.find_elements(By.CSS_SELECTOR, ".sides a")]


def test_it_is_used_with_keys_alone(page: webdriver.Chrome) -> None:
    # The switch of the theme, two views, the words, the picture, the order, and the list, of which one is in the order of Tab.
    ActionChains(page).send_keys(*[Keys.TAB] * 7).perform()
    cards = find(page, FOUND)
    assert page.switch_to.active_element == cards[0]
    across = page.execute_script(
        "return getComputedStyle(document.querySelector('.gallery')).gridTemplateColumns.split(' ').length"
    )
    assert across > 2
    ActionChains(page).send_keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT).perform()
    assert page.switch_to.active_element == cards[across + 1]
    name = cards[across + 1].find_element(By.CLASS_NAME, "time").text
    ActionChains(page).send_keys(Keys.ENTER).perform()
    until(page, f"document.querySelector('h2').textContent === {name!r}")
    wait(page)
    # Who reads with the ears is told where they are.
    assert page.switch_to.active_element.text == name
    ActionChains(page).send_keys(Keys.TAB, Keys.ENTER).perform()
    until(page, "document.querySelector('h2').textContent.startsWith('Like ')")


def test_what_a_writer_adds_is_offered(page: webdriver.Chrome, server: BrowseServer) -> None:
    until(page, "document.getElementById('counts').textContent !== ''")
    path = "/films/a new one.mp4"
    with Library.open(server.path, writing=True) as library:
        library.put(film(path, [90]))
        try:
            WebDriverWait(page, 10, 0.05).until(lambda page: page.find_element(By.ID, "changed").is_displayed())
            assert page.find_element(By.ID, "counts").text == "76 videos, 1 picture, 97 keyframes"
            page.find_element(By.CSS_SELECTOR, "#changed button").click()
            until(page, "document.querySelector('.turn span').textContent === '1–60 of 77'")
            assert "a new one.mp4" in texts(page, ".gallery .time")
            assert not page.find_element(By.ID, "changed").is_displayed()
        finally:
            library.remove([path])


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_nothing_keeps_people_out(browser: webdriver.Chrome, server: BrowseServer, width: int, theme: str) -> None:
    check = "const done = arguments[arguments.length - 1]; axe.run().then(done)"
    number = id_of(server, FILM)
    for page in opened(browser, server, width, theme):
        page.execute_script(AXE.read_text("utf-8"))
        for place in ("#/?words=holiday", f"#/video/{number}", f"#/like/{number}", "#/copies", "#/picture"):
            go(page, place)
            found = page.execute_async_script(check)["violations"]
            assert [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]] == [], place
            # Nothing is wider than the window.
            assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_what_others_named_is_never_run(page: webdriver.Chrome, server: BrowseServer) -> None:
    # An alert would be an error of the driver.
    for path in HOSTILE:
        go(page, f"#/video/{id_of(server, path)}")
        assert page.find_element(By.CSS_SELECTOR, "#view .path").text == path
        find(page, FOUND)[0].click()
        until(page, "document.querySelector('h2').textContent.startsWith('Like ')")
        wait(page)
    go(page, "#/?words=<img src=x onerror=alert(1)>")
    assert find(page, "img[src=x], #view script, #view b") == []
    assert texts(page, ".gallery .time") == [HOSTILE[1].rpartition("/")[2]]
    go(page, "#/video/1?keyframe=<script>&time=%")
    assert texts(page, "#view h2")[0] == "holiday.mp4"


def test_what_slips_through_is_not_run_and_nothing_leaves_the_machine(browser: webdriver.Chrome, server: BrowseServer) -> None:
    for page in opened(browser, server):
        page.execute_script("document.body.append(Object.assign(document.createElement('script'), {text: 'window.hit = 1'}))")
        assert page.execute_script("return window.hit") is None
        tried = "const done = arguments[0]; fetch('https://example.com').then(() => done('sent'), () => done('refused'))"
        assert page.execute_async_script(tried) == "refused"
        messages = [entry["message"] for entry in page.get_log("browser")]
        assert messages
        assert all("Content Security Policy" in message or "violates" in message for message in messages)
