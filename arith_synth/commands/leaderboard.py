"""The command that serves the leaderboard, makes its Space and its file of tasks."""

from dataclasses import dataclass
from pathlib import Path

from arith_synth.commands.printing import print_line
from arith_synth.errors import UsageError
from arith_synth.leaderboard import DEFAULT_RESULTS

_MOST_PORTS = 65_535


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """Serve the leaderboard and explorer, or export it as the folder of a Space, or make its file of tasks.

    Example: arith-synth leaderboard --serve --results results/leaderboard
    """

    serve: bool = False
    """Serve the app until Ctrl-C."""
    export: Path | None = None
    """Make this folder: a Space with app.py, requirements.txt, README.md and the results."""
    tasks_from: Path | None = None
    """A dataset folder: write tasks.parquet into the results, for the map and for grading uploads."""
    configs: str = "support_shift"
    """With --tasks-from: configs whose tests are taken, with commas between."""
    results: Path = DEFAULT_RESULTS
    """The results folder."""
    port: int = 7860
    """Where to serve."""
    host: str = "127.0.0.1"
    """Address to serve on; 0.0.0.0 lets other machines in."""


def run_leaderboard(options: Leaderboard) -> int:
    """Do what was asked for; returns the exit status."""
    asked = (options.serve, options.export is not None, options.tasks_from is not None)
    if sum(asked) != 1:
        raise UsageError("say one of --serve, --export DIR and --tasks-from DATA")
    if not 1 <= options.port <= _MOST_PORTS:
        raise UsageError(f"--port must be 1 to {_MOST_PORTS}, not {options.port}")
    if options.tasks_from is not None:
        from arith_synth.leaderboard.tasks_file import write_tasks_file

        configs = [name.strip() for name in options.configs.split(",")]
        if "" in configs or len(set(configs)) < len(configs):
            raise UsageError(f"--configs {options.configs!r} must name each config once, as in support_shift,random")
        path = write_tasks_file(options.tasks_from, options.results, configs)
        print_line(f"written to {path}, {path.stat().st_size:,} bytes")
        return 0
    from arith_synth.leaderboard.serving import export_space, serve

    if options.export is not None:
        export_space(options.results, options.export)
        print_line(f"written to {options.export}; try it with: python {options.export / 'app.py'}")
        return 0
    serve(options.results, host=options.host, port=options.port)
    return 0
