"""What publishing changes in a repository: content is sent, a commit names it, a tag names the commit."""

from collections.abc import Mapping, Sequence

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete

from arith_synth.data.hub.calls import N_TRIES, Hub
from arith_synth.data.hub.contents import LocalFile
from arith_synth.progress import Progress

#: Files whose content is sent together, before it is asked again what is missing.
_SENT_TOGETHER = 8


def send(
    hub: Hub, files: Mapping[str, LocalFile], changed: Sequence[str], create_pr: bool, progress: Progress | None
) -> list[CommitOperationAdd]:
    """Send the content of what has changed, and give the operations that will name it in a commit."""
    added = [CommitOperationAdd(name, str(files[name].path)) for name in changed if name in files]
    for operation in added:
        operation.upload_info.sha256 = bytes.fromhex(files[operation.path_in_repo].sha256)  # not computed again
    for start in range(0, len(added), _SENT_TOGETHER):
        together = added[start : start + _SENT_TOGETHER]
        if progress is not None:
            progress("sending files", start, len(added))
        hub.ask(
            f"sending files {start + 1} to {start + len(together)} of {len(added)} to {hub.repo}",
            lambda together=together: hub.api.preupload_lfs_files(
                hub.repo, together, repo_type="dataset", revision="main", create_pr=create_pr
            ),
            n_tries=1,  # the client tries again by itself
        )
    if progress is not None:
        progress("sending files", len(added), len(added))
    return added


def commit(
    hub: Hub,
    added: Sequence[CommitOperationAdd],
    removed: Sequence[str],
    head: str,
    revision: str,
    create_pr: bool,
    n_tried: int,
) -> CommitInfo | None:
    """One commit on `head`; None when it is best to look again. Pull requests are not tried twice: two could come."""
    return hub.ask_once(
        f"committing to {hub.repo}",
        lambda: hub.api.create_commit(
            hub.repo,
            [*map(CommitOperationDelete, removed), *added],
            commit_message=f"Publish {revision}",
            repo_type="dataset",
            parent_commit=head,
            create_pr=create_pr,
        ),
        n_tried,
        n_tries=1 if create_pr else N_TRIES,
    )


def tag(hub: Hub, revision: str, commit: str, n_tried: int) -> bool:
    """Tag a commit whose files have been compared; False when it is best to look again."""
    answer = hub.ask_once(
        f"tagging {hub.repo} with {revision}",
        lambda: [hub.api.create_tag(hub.repo, tag=revision, revision=commit, repo_type="dataset")],
        n_tried,
        n_tries=N_TRIES,
    )
    return answer is not None
