"""The command that publishes a dataset."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import tyro

from arith_synth.commands.datasets import DEFAULT_FOLDER
from arith_synth.commands.printing import print_json, print_line
from arith_synth.entry import progress_bar


@dataclass(frozen=True, kw_only=True)
class Publish:
    """Audit a dataset folder and publish it on the Hub, tagged with its data version; run again to go on.

    Example: arith-synth publish ./arith-synth --repo my-org/arith-synth --private
    """

    dir: Annotated[Path, tyro.conf.Positional] = DEFAULT_FOLDER
    """The dataset folder."""
    repo: str
    """The dataset repository, ORG/NAME; made when it is not there."""
    private: bool = False
    """A repository that is made is private."""
    create_pr: bool = False
    """Open a pull request instead of committing; publish again once it is merged, which sets the tag."""
    revision: str | None = None
    """The tag, as in v1.1.0; the folder's data version when None."""
    json: bool = False
    """Print one JSON object."""


def run_publish(options: Publish) -> int:
    """Publish the folder and print what stands on the Hub; returns the exit status."""
    from arith_synth.data.publishing import publish

    with progress_bar() as progress:
        published = publish(
            options.dir,
            options.repo,
            private=options.private,
            create_pr=options.create_pr,
            revision=options.revision,
            progress=progress,
        )
    if options.json:
        print_json(asdict(published))
    elif published.pull_request is not None:
        print_line(f"{published.repo}: {published.n_changed} files changed in {published.pull_request}")
    elif published.is_new:
        print_line(f"{published.repo}: published {published.revision}, {published.n_changed} files changed")
    else:
        print_line(f"{published.repo}: {published.revision} is there already with the same bytes; nothing was sent")
    return 0
