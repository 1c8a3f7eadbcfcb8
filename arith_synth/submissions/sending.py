"""Sending a submission: a pull request on the results dataset, which who may only read can open too."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.data.hub.calls import Hub, hub_of
from arith_synth.data.hub.failures import scrubbed
from arith_synth.errors import HubError, UsageError
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.entries import SUBMISSION_FILE, SUBMISSIONS_FOLDER


@dataclass(frozen=True, kw_only=True)
class Sent:
    """`pull_request`: its address. `commit`: 40 hex digits, of the pull request."""

    repo: str
    pull_request: str
    commit: str


def send_submission(folder: Path, repo: str) -> Sent:
    """Open a pull request that adds the two files of a submission's folder to the dataset repository ORG/NAME.

    It is not tried twice, since two could come. Raises UsageError for an impossible name, HubError when the repository
    has a submission of that name, nobody is logged in, or the Hub fails.
    """
    from huggingface_hub import CommitOperationAdd

    if repo.count("/") != 1 or not all(repo.split("/")) or not repo.isprintable() or repo != repo.strip():
        raise UsageError(
            "a results repository is named ORG/NAME, as in arith-synth/arith-synth-results; correct --repo"
        )
    place = f"{SUBMISSIONS_FOLDER}/{folder.name}"
    with hub_of(repo, to_write=True) as hub:
        if _is_there(hub, place):
            raise HubError(f"{repo} has a submission {folder.name} already; choose another --name")
        operations: list[Any] = [
            CommitOperationAdd(f"{place}/{name}", str(folder / name)) for name in (SUBMISSION_FILE, PREDICTIONS_FILE)
        ]
        made = hub.ask(
            f"opening a pull request on {repo}",
            lambda: hub.api.create_commit(
                repo, operations, commit_message=f"Submit {folder.name}", repo_type="dataset", create_pr=True
            ),
            n_tries=1,
        )
    if made.pr_url is None:
        raise HubError(f"{repo} has taken the submission and named no pull request; look at its page")
    return Sent(repo=repo, pull_request=scrubbed(made.pr_url, hub.token), commit=scrubbed(made.oid, hub.token))


def _is_there(hub: Hub, place: str) -> bool:
    def question() -> bool:
        from huggingface_hub.errors import EntryNotFoundError

        try:
            return any(True for _ in hub.api.list_repo_tree(hub.repo, place, repo_type="dataset"))
        except EntryNotFoundError:
            return False

    return hub.ask(f"asking for {hub.repo}", question)
