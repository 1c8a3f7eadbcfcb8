"""Seconds until a browser shows the leaderboard of 200 submissions: its first paint, its table, a filter's answer.

The server is the command in a process of its own, on this machine; every visit has an empty cache. `server_seconds` is
the time from the start of the command to its first answer, of which importing Gradio is most.
"""

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.leaderboard_entries import many_submissions

N_SUBMISSIONS = 200
N_VISITS = 5
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_START_S = 300


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        many_submissions(N_SUBMISSIONS, Path(folder))
        started = time.perf_counter()
        with _served(Path(folder)) as address:
            server_s = time.perf_counter() - started
            visits = _visits(address)
    return {
        "n_submissions": N_SUBMISSIONS,
        "server_seconds": server_s,
        **{name: statistics.median(visit[name] for visit in visits) for name in visits[0]},
        "visits": visits,
    }


def _visits(address: str) -> list[dict[str, float]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        path = next(filter(None, map(shutil.which, _BROWSERS)), None)
        browser = driver.chromium.launch(executable_path=path, headless=True, args=_FLAGS)
        visits = [_visit(browser, address) for _ in range(N_VISITS)]
        browser.close()
    return visits


def _visit(browser: Any, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(f"#board tbody tr:nth-child({N_SUBMISSIONS})")
    table_s = time.perf_counter() - started
    paints = json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('paint'))"))
    contentful = {paint["name"]: paint["startTime"] / 1000 for paint in paints}["first-contentful-paint"]
    started = time.perf_counter()
    page.get_by_label("Search models").fill("number 17")
    page.wait_for_function(f"document.querySelectorAll('#board tbody tr').length < {N_SUBMISSIONS}")
    filter_s = time.perf_counter() - started
    context.close()
    return {"first_paint_seconds": contentful, "table_seconds": table_s, "filter_seconds": filter_s}


@contextmanager
def _served(results: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "arith_synth.cli", "leaderboard", "--serve", "--results", str(results)]
    process = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        stop = time.monotonic() + _START_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > stop:
                raise RuntimeError("the leaderboard does not start; try: arith-synth leaderboard --serve")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
