"""What a visitor does, in a real browser. The fixture `page` fails a test in which the page logs an error, a request
fails or leaves this machine, or a script of a stranger runs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from leaderboard.serving import free_port, served
from leaderboard.submitted import IMAGE, SPLITS

from arith_synth.leaderboard import DEFAULT_RESULTS
from arith_synth.leaderboard.results import read_results
from arith_synth.leaderboard.tasks_file import TASKS_FILE

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parent.parent.parent / DEFAULT_RESULTS
PHONE = pytest.mark.parametrize("page", [(390, 844)], indirect=True, ids=["phone"])
TABS = {"Distance": "#distance svg", "Map": "#task h3", "Compare": "#comparison table", "Check a file": "#check-said"}


def open_tab(page, name):
    tab = page.get_by_role("tab", name=name, exact=True)
    if tab.count() == 0 or not tab.is_visible():  # on a phone the last ones are in a menu
        page.locator(".overflow-menu > button").click()
        tab = page.locator(".overflow-dropdown button", has_text=name)
    tab.click()
    page.wait_for_selector(TABS[name])


def choose(page, label, text):
    field = page.get_by_role("tabpanel").locator(":visible").get_by_label(label, exact=True).first
    field.click()
    page.get_by_role("option", name=re.compile(re.escape(text))).first.click()


def ranks_and_models(page):
    rows = page.locator("#board tbody tr")
    return [
        (row.locator(".rank").inner_text(), row.locator(".model .slug").first.inner_text().partition(",")[0])
        for row in rows.all()
    ]


def wait_for_rows(page, n):
    page.wait_for_function(f"document.querySelectorAll('#board tbody tr').length === {n}")


def test_the_page_loads_with_the_ranking(page):
    assert page.title() == "arith-synth leaderboard"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert ranks_and_models(page) == [("1 =", "everywhere"), ("1 =", "everywhere-else"), ("3", "on-test-only")]
    assert IMAGE in page.locator("#board").inner_text()


def test_it_ranks_by_the_mean_too(page):
    page.get_by_label("mean of splits").check()
    page.wait_for_function("document.querySelector('#board').innerText.includes('ranked by the mean over splits')")
    assert ranks_and_models(page) == [("1 =", "everywhere"), ("1 =", "everywhere-else"), ("3", "on-test-only")]


def test_it_filters_by_text_status_family_and_track(page):
    page.get_by_label("Search models").fill("right only")
    wait_for_rows(page, 1)
    assert ranks_and_models(page) == [("3", "on-test-only")]
    page.get_by_label("Search models").fill("")
    wait_for_rows(page, 3)
    page.get_by_label("self-reported").uncheck()
    page.wait_for_selector("text=No submission passes these filters")
    page.get_by_label("self-reported").check()
    wait_for_rows(page, 3)
    choose(page, "Track", "Other data")
    wait_for_rows(page, 1)
    assert ranks_and_models(page) == [("1", "target")]
    assert "✓ verified" in page.locator("#board").inner_text()
    choose(page, "Model family", "text")
    page.wait_for_selector("text=No submission passes these filters")


def test_the_curves_are_drawn_for_every_split(page):
    open_tab(page, "Distance")
    assert page.locator("#distance svg.drawing").count() == 2
    for split in SPLITS:
        assert f"{split} (n = 40)" in page.locator("#distance .legend").inner_text()


def test_a_click_on_the_map_shows_the_task_and_the_answers(page, results):
    open_tab(page, "Map")
    first = page.locator("#task h3").inner_text()
    box = page.locator("canvas").nth(1).bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.4)
    page.wait_for_function(f"document.querySelector('#task h3').innerText !== {first!r}")
    task = results.tasks.task(page.locator("#task h3").inner_text())
    shown = page.locator("#task").inner_text()
    assert task.program in shown
    assert all(output in shown for output in task.outputs)
    assert "✓ correct" in shown or "✗ disagrees with a shown example" in shown
    assert page.get_by_label("Number of the task").input_value() == str(int(task.task_id[-6:]))
    assert "at this place" in page.locator("#map [role=status]").inner_text()


def test_the_map_and_its_tasks_can_be_reached_without_a_mouse(page):
    open_tab(page, "Map")
    canvas = page.locator("canvas").first
    canvas.focus()
    seen = set()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"):
        before = page.locator("#task h3").inner_text()
        canvas.press(key)
        page.wait_for_function(f"document.querySelector('#task h3').innerText !== {before!r}")
        seen.add(page.locator("#task h3").inner_text())
    assert len(seen) >= 3
    number = page.get_by_label("Number of the task")
    number.fill("7")
    number.press("Enter")
    page.wait_for_function("document.querySelector('#task h3').innerText.endsWith('000007')")
    page.get_by_role("button", name="Next task").press("Enter")
    page.wait_for_function("document.querySelector('#task h3').innerText.endsWith('000008')")


def test_two_models_are_compared(page):
    open_tab(page, "Compare")
    choose(page, "Model A", "on-test-only")
    choose(page, "Model B", "target")
    page.wait_for_function("document.querySelector('#comparison').innerText.includes('−100.0')")
    page.get_by_label("B is right more often").check()
    choose(page, "Tasks of the split", "test_both")
    page.wait_for_selector("text=B is right more often on 40 tasks of test_both; 25 are listed.")
    assert page.locator("#differing tbody tr").count() == 25


def test_a_bad_file_is_refused_and_a_good_one_graded(page, results, tmp_path):
    tasks = results.tasks.tasks("support_shift", ["test"])
    lines = [json.dumps({"task_id": task.task_id, "completions": [task.program]}) for task in tasks]
    bad, good = tmp_path / "bad.jsonl", tmp_path / "good.jsonl"
    bad.write_text("\n".join([*lines[:-1], '{"task_id": "<img src=x onerror=window.pwned=4>", "completions": ["x"]}']))
    good.write_text("\n".join(lines))
    open_tab(page, "Check a file")
    page.locator("input[type=file]").set_input_files(bad)
    page.wait_for_selector("#verdict >> text=✗ Refused")
    assert "is not <config>/<split>/<number>" in page.locator("#verdict").inner_text()
    page.get_by_label("Clear").or_(page.get_by_label("Remove this file")).first.click()
    page.locator("input[type=file]").set_input_files(good)
    page.wait_for_selector("#verdict >> text=✓ Graded")
    assert "100.0" in page.locator("#verdict td").nth(3).inner_text()


def test_every_control_has_a_name_and_is_reached_by_tab_with_a_visible_focus(page):
    names = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        name, outlined = page.evaluate(
            """() => {
              const at = document.activeElement;
              const label = at.getAttribute('aria-label') || at.labels?.[0]?.innerText || at.innerText || '';
              const shown = [at, at.closest('label'), at.closest('.wrap')].filter(Boolean);
              return [label.trim(), shown.some((element) => getComputedStyle(element).outlineStyle === 'solid')];
            }"""
        )
        assert name != ""
        assert outlined, name
        names.add(name)
    assert {"Config and data", "Track", "Search models", "Model family"} <= names


@PHONE
def test_on_a_phone_nothing_makes_the_page_wider(page):
    for name in ("Table", *TABS):
        if name != "Table":
            open_tab(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    assert page.locator(".wide").first.evaluate("box => box.scrollWidth >= box.clientWidth")


@PHONE
def test_a_phone_can_choose_a_task_on_the_map(page):
    open_tab(page, "Map")
    box = page.locator("canvas").first.bounding_box()
    page.locator("canvas").first.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.6})
    page.wait_for_function("document.querySelector('#map [role=status]').innerText.includes('at this place')")


def test_the_space_is_a_folder_that_serves_itself(browser, results_dir, tmp_path):
    space = tmp_path / "space"
    command = [sys.executable, "-m", "arith_synth.cli", "leaderboard", "--results", str(results_dir)]
    subprocess.run([*command, "--export", str(space)], check=True, capture_output=True)
    assert "sdk: gradio" in (space / "README.md").read_text()
    assert (space / "requirements.txt").read_text().startswith("arith-synth[leaderboard]==")
    assert (space / "results" / TASKS_FILE).read_bytes() == (results_dir / TASKS_FILE).read_bytes()
    port = free_port()
    with served([sys.executable, "app.py"], port, cwd=space) as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#board table")
        assert len(ranks_and_models(page)) == 3
        page.close()
    again = subprocess.run([*command, "--export", str(space)], check=False, capture_output=True, text=True)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


def test_the_results_of_the_repository_are_shown(browser):
    if not REPOSITORY.is_dir():
        pytest.skip("no results/leaderboard here; the repository has it")
    read = read_results(REPOSITORY)
    assert read.left_out == ()
    assert any("nano" in entry.name for entry in read.entries)
    port = free_port()
    command = [sys.executable, "-m", "arith_synth.cli", "leaderboard", "--serve", "--results", str(REPOSITORY)]
    with served([*command, "--port", str(port)], port) as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#board table")
        shown = {name for _, name in ranks_and_models(page)}
        assert any("nano" in name for name in shown)
        assert shown <= {entry.name for entry in read.entries}
        open_tab(page, "Map")
        assert "✓" in page.locator("#task").inner_text() or "✗" in page.locator("#task").inner_text()
        page.close()


def test_a_taken_port_is_said_in_one_line(server, results_dir):
    port = server.rpartition(":")[2]
    command = [sys.executable, "-m", "arith_synth.cli", "leaderboard", "--serve", "--results", str(results_dir)]
    said = subprocess.run([*command, "--port", port], check=False, capture_output=True, text=True, timeout=120)
    assert said.returncode == 2
    assert "choose another with --port" in said.stderr
    assert said.stderr.count("\n") == 1
