"""A results folder of real submissions over the small dataset, the app that serves it, and a browser that visits it."""

import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from leaderboard.serving import free_port, served
from leaderboard.submitted import IMAGE, SCRIPT, SPLITS, add_submission

from arith_synth.baselines.config import BaselineConfig
from arith_synth.baselines.run import run_baseline
from arith_synth.leaderboard.results import Results, read_results
from arith_synth.leaderboard.tasks_file import write_tasks_file
from arith_synth.submissions.making import submission_of, write_submission
from arith_synth.submissions.regeneration import regenerated
from arith_synth.submissions.verification import verify_submission

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="session")
def results_dir(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five submissions in three tracks, of which one has been verified, and the tasks. Read it, never write to it."""
    folder = tmp_path_factory.mktemp("leaderboard")
    run = folder / "run"
    target = BaselineConfig(name="target", data=small_dataset, splits=",".join(SPLITS), output=run)
    run_baseline(target)
    results = folder / "results"
    add = partial(add_submission, small_dataset, results, run)
    add("on-test-only", "Right on test only", "shifted_pass_at_1", lambda split, _: split == "test")
    add("everywhere", IMAGE, "shifted_pass_at_1", lambda _, number: number % 2 == 0)
    add("everywhere-else", SCRIPT, "shifted_pass_at_1", lambda _, number: number % 2 == 1)
    add("sampled", "Eight samples", "shifted_best_of_n", lambda _, number: number % 4 == 0, n_samples=8)
    said = {"name": "target", "track": "other_data", "model": {"name": "The target itself"}, "licence": "Apache-2.0"}
    made = submission_of(run, small_dataset, {**said, "other_data": "the tasks themselves"})
    verified = write_submission(*made, results)
    verify_submission(verified, small_dataset, regenerate=regenerated, n_regenerated=5, seed=0)
    write_tasks_file(small_dataset, results, ["support_shift"])
    return results


@pytest.fixture(scope="session")
def results(results_dir: Path) -> Results:
    """The folder, read."""
    return read_results(results_dir)


@pytest.fixture(scope="session")
def server(results_dir: Path) -> Iterator[str]:
    """The address of the app, served by the command in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "arith_synth.cli", "leaderboard", "--serve"]
    with served([*command, "--results", str(results_dir), "--port", str(port)], port) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium without a window; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
    with playwright.sync_playwright() as driver:
        path = next(filter(None, map(shutil.which, _BROWSERS)), None) or driver.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("the browser tests need Chromium; say: playwright install chromium")
        chromium = driver.chromium.launch(executable_path=path, headless=True, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=[(1280, 900)], ids=["desktop"])
def page(browser: Any, server: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The first page, its table there; at the end no error, no failed request, and no stranger's script has run."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("response", lambda response: trouble.append(response.url) if response.status >= 400 else None)
    opened.on("requestfailed", lambda asked: trouble.append(asked.url) if not _is_closed_stream(asked) else None)
    opened.on("request", lambda asked: trouble.append(asked.url) if not _is_ours(asked.url, server) else None)
    opened.goto(server)
    opened.wait_for_selector("#board table")
    yield opened
    assert opened.evaluate("window.pwned") is None
    assert trouble == []
    context.close()


def _is_ours(url: str, server: str) -> bool:
    return url.startswith((server, "data:", "blob:"))


def _is_closed_stream(request: Any) -> bool:
    """Gradio's client ends the stream of events of a finished upload itself, which a browser counts as a failure."""
    return "/queue/data" in request.url or "/upload_progress" in request.url
