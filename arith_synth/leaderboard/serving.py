"""Serving the app on this machine, and making the folder of a Space."""

import shutil
import sys
from pathlib import Path

from arith_synth import __version__
from arith_synth.errors import UsageError
from arith_synth.files import write_atomically
from arith_synth.leaderboard.app import TITLE, launch_options, leaderboard_app
from arith_synth.leaderboard.extra import gradio
from arith_synth.leaderboard.results import read_results
from arith_synth.leaderboard.tasks_file import TASKS_FILE
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.entries import SUBMISSION_FILE, SUBMISSIONS_FOLDER, VERIFICATION_FILE

RESULTS_IN_SPACE = "results"


def serve(results: Path, *, host: str, port: int) -> None:
    """Serve the app until it is interrupted.

    Raises UsageError when the port is taken, MissingExtraError without Gradio, DatasetError for a folder that has no
    results.
    """
    app = leaderboard_app(results)
    try:
        app.launch(server_name=host, server_port=port, prevent_thread_lock=True, **launch_options())
    except OSError:
        raise UsageError(f"port {port} of {host} cannot be had; choose another with --port") from None
    sys.stderr.write(f"leaderboard of {results} at {app.local_url} (Ctrl-C ends it)\n")
    sys.stderr.flush()
    try:
        app.block_thread()
    finally:
        app.close(verbose=False)


def export_space(results: Path, folder: Path) -> None:
    """Make the folder of a Space: app.py, requirements.txt, README.md and the results that it shows.

    Raises UsageError when the folder is not empty, DatasetError when `results` is no results folder.
    """
    read = read_results(results)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already, and not empty; name a new folder")
    for entry in read.entries:
        copy = folder / RESULTS_IN_SPACE / SUBMISSIONS_FOLDER / entry.name
        copy.mkdir(parents=True)
        for name in (SUBMISSION_FILE, VERIFICATION_FILE, PREDICTIONS_FILE):
            source = entry.folder / name
            if source.is_file() and not source.is_symlink():
                shutil.copyfile(source, copy / name)
    (folder / RESULTS_IN_SPACE / SUBMISSIONS_FOLDER).mkdir(parents=True, exist_ok=True)
    if read.tasks is not None:
        shutil.copyfile(results / TASKS_FILE, folder / RESULTS_IN_SPACE / TASKS_FILE)
    write_atomically(folder / "app.py", _APP)
    write_atomically(folder / "requirements.txt", f"arith-synth[leaderboard]=={__version__}\n")
    write_atomically(folder / "README.md", _CARD.format(title=TITLE, version=gradio().__version__))


_APP = f'''"""The leaderboard and explorer of arith-synth, over the results beside this file."""

from pathlib import Path

from arith_synth.leaderboard.app import launch_options, leaderboard_app

app = leaderboard_app(Path(__file__).parent / "{RESULTS_IN_SPACE}")

if __name__ == "__main__":
    app.launch(**launch_options())
'''

_CARD = """---
title: {title}
emoji: 🧮
colorFrom: blue
colorTo: yellow
sdk: gradio
sdk_version: {version}
app_file: app.py
license: apache-2.0
short_description: Does a program synthesizer generalize, or retrieve?
---

# {title}

Programs from examples, scored by exact execution; tests differ from training in syntax, semantics or both. Made by
`arith-synth leaderboard --export`, from the results in `results/`: export again when they change.
"""
