"""The page, as people use it: in a real browser where there is one, and what can be said of it without."""

import re
import shutil
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chronotope.serve import app as application

PAGE = application.PAGE
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


def test_the_page_is_small_and_asks_nobody_else():
    parts = [path for path in PAGE.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in parts) < 100_000
    for path in parts:
        addresses = set(re.findall(r"https?://[^\s\"'`]+", path.read_text(encoding="utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg"}, path.name


def test_every_field_of_the_page_has_a_label_and_every_id_is_used_once():
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    ids = re.findall(r'id="([\w-]+)"', text)
    assert len(ids) == len(set(ids))
    script = (PAGE / "app.js").read_text(encoding="utf-8")
    assert set(re.findall(r'\$\("([\w-]+)"\)', script)) <= set(ids)
    fields = re.findall(r"<(?:input|select)[^>]*>", text)
    inside = re.findall(r"<label[^>]*>.*?</label>", text, re.DOTALL)
    for field in fields:
        named = re.search(r'id="([\w-]+)"', field)
        assert any(field in label for label in inside) or (named and f'for="{named[1]}"' in text) or "aria-hidden" in field, field


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the browser extra")
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    with sync_api.sync_playwright() as started:
        made = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


class Listening:
    """The server of `client` at a port, until `stop`."""

    def __init__(self, app):
        import uvicorn

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = uvicorn.Config(app, port=self.port, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)
        self.url = f"http://localhost:{self.port}/"

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(scope="module")
def listening(client):
    made = Listening(client.app)
    yield made
    made.stop()


@pytest.fixture
def visit(browser, listening):
    """`visit(width)`: the page, ready; what the browser complains of fails the test."""
    pages, complaints = [], []

    def go(width=1100, url=None, **options):
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url or listening.url)
        page.wait_for_selector("select[name=model] option:nth-child(3)", state="attached", timeout=60_000)
        pages.append(page)
        return page

    yield go
    for page in pages:
        page.close()
    assert complaints == []


def read(page, name, content):
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content})


def ask(page, model="baseline:mix", horizon="6"):
    page.wait_for_selector("#ask:not([hidden])", timeout=60_000)
    page.fill("input[name=horizon]", horizon)
    page.select_option("select[name=model]", model)
    page.click("#go")
    page.wait_for_selector("#answer:not([hidden])", timeout=60_000)


@pytest.mark.parametrize("width", [1100, 400])
def test_a_file_becomes_a_forecast_with_a_map_a_series_and_scores(visit, table, width):
    page = visit(width)
    read(page, "flows.csv", table)
    ask(page)
    facts = page.inner_text("#facts")
    assert "fixed places" in facts and "flow" in facts and "most at s1 (1.7 %)" in facts
    assert re.match(r"2024-03-11 05:00: flow will be about \d", page.inner_text("#verdict"))
    assert page.locator("#map .spot").count() == 3 and page.locator("#series path.median").count() == 1
    assert page.locator("#series .band").count() == 1
    before = page.inner_text("#map figcaption")
    page.focus("#step")
    page.keyboard.press("End")
    assert page.inner_text("#map figcaption") != before and "6 of 6" in page.inner_text("#step-words")
    page.locator("#map .spot").nth(2).click()
    assert page.input_value("#place") == "2" and "at s2" in page.inner_text("#series figcaption")
    page.wait_for_selector("#scores table", timeout=60_000)
    assert "past values" in page.inner_text("#scores-said") and "seasonal_naive" in page.inner_text("#scores")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing hangs over the edge"


def test_what_is_taken_along_is_what_the_lines_in_python_make(visit, table, tmp_path, monkeypatch):
    page = visit()
    read(page, "flows.csv", table)
    ask(page)
    with page.expect_download() as waited:
        page.click("#downloads button:has-text('CSV')")
    waited.value.save_as(tmp_path / "page.csv")
    monkeypatch.chdir(tmp_path)
    Path("flows.csv").write_bytes(table)
    page.click("#code summary")
    exec(page.inner_text("#python"), {})
    ours, theirs = pd.read_csv("page.csv"), pd.read_csv("forecast.csv")
    assert list(ours.columns) == list(theirs.columns) and len(ours) == 18
    np.testing.assert_allclose(ours.filter(like="q"), theirs.filter(like="q"))
    assert page.inner_text("#shell") == "chronotope forecast flows.csv --horizon 6 -m baseline:mix -o forecast.csv"


def test_columns_can_be_chosen_where_they_were_guessed_wrong(visit):
    days = pd.date_range("2024-01-01", periods=40, freq="D")
    frame = pd.DataFrame({"issued": days - pd.Timedelta("400D"), "valid": days, "load": np.arange(40.0), "price": 5.0})
    page = visit()
    read(page, "two.csv", frame.to_csv(index=False).encode())
    page.wait_for_selector("#understood:not([hidden])")
    page.click("#correct summary")
    assert page.locator("select[name=time] option").all_inner_texts() == ["guessed", "issued", "valid", "load", "price"]
    page.select_option("select[name=time]", "valid")
    page.select_option("select[name=target]", ["load"])
    page.click("#options button")
    page.wait_for_selector("#facts dd:has-text('2024-02-09')")
    assert page.input_value("select[name=time]") == "valid"


def test_a_wrong_file_says_what_to_do_and_the_next_one_is_read(visit, table):
    page = visit()
    for name, content, words in [
        ("sheet.xlsx", b"PK\x03\x04", "Save the sheet as .csv"),
        ("empty.csv", b"", "empty"),
        ("x.nc", b"CDFx", "begin like"),
    ]:
        read(page, name, content)
        page.wait_for_selector(f"[role=alert]:has-text('{words}')", timeout=30_000)
        assert page.is_hidden("#ask") and page.is_hidden("#work")
    read(page, "flows.csv", table)
    page.wait_for_selector("#ask:not([hidden])", timeout=30_000)
    assert page.is_hidden("#error")


def test_a_huge_file_is_refused_before_it_is_sent(visit):
    page = visit()
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    read(page, "huge.csv", b"x" * 2_100_000)
    page.wait_for_selector("[role=alert]:has-text('up to 2 MB')")
    assert not [url for url in sent if "info" in url]


def test_the_keyboard_is_enough(visit):
    page = visit()
    page.focus("#samples button:has-text('us income')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask:not([hidden])", timeout=30_000)
    page.focus("input[value=forecast]")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#go") == "Fill gaps"
    page.keyboard.press("ArrowLeft")
    page.focus("input[name=horizon]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer:not([hidden])", timeout=60_000)
    assert page.evaluate("document.activeElement.id") == "h-answer", "whoever hears the page is led to the answer"


def test_a_server_that_is_lost_is_said_and_found_again(visit, client, table):
    own = Listening(client.app)
    page = visit(url=own.url)
    read(page, "flows.csv", table)
    page.wait_for_selector("#ask:not([hidden])", timeout=30_000)
    own.stop()
    page.click("#go")
    page.wait_for_selector("[role=alert]:has-text('does not answer')", timeout=30_000)
    assert page.is_hidden("#work") and page.is_enabled("#go")


def test_a_call_is_cancelled_from_the_page(visit, client):
    page = visit()
    hours = pd.date_range("2024-01-01", periods=1500, freq="h")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1500, 40)).round(2), index=pd.Index(hours, name="time"), columns=[f"s{k}" for k in range(40)])
    read(page, "wide.csv", frame.to_csv().encode())
    page.wait_for_selector("#ask:not([hidden])", timeout=30_000)
    page.check("input[value=detect]", force=True)
    page.click("#go")
    page.wait_for_selector("#work:not([hidden])")
    page.click("#cancel")
    page.wait_for_selector("#work", state="hidden")
    assert page.is_hidden("#error") and page.is_hidden("#answer")
    end = time.monotonic() + 30
    while client.app.state.jobs.store.jobs("queued", "running"):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert client.app.state.jobs.store.count("cancelled") >= 1


def test_the_token_is_asked_for(browser, planted):
    client = planted(token="open sesame")
    own = Listening(client.app)
    page = browser.new_page()
    page.goto(own.url)
    page.wait_for_selector("#door:not([hidden])")
    page.fill("#token", "open sesame")
    page.click("#door button")
    page.wait_for_selector("#samples button")
    assert page.is_hidden("#door")
    page.close()
    own.stop()


def test_text_of_a_file_is_text_on_the_page(visit, table):
    page = visit()
    evil = table.replace(b",s1,", b",<img src=x onerror=document.title=1>,").replace(b"flow", b"<b>flow</b>")
    read(page, "<img src=x>.csv", evil)
    ask(page)
    assert page.locator("main img, main b b, dd b").count() == 0 and page.title() == "chronotope"
    assert "<b>flow</b>" in page.inner_text("#facts")
