"""Publishing a dataset folder on the Hub: audited first, sent unchanged, tagged with its data version, never rewritten.

Files are sent before the commit that names them, and the Hub keeps them by their content; so a run that was cut is
gone on with by running it again, nobody ever sees half a version, and the tag comes last, after the listed files of
the commit have been compared with the folder.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.data.hub.calls import Hub, hub_of
from arith_synth.data.hub.changes import commit, send, tag
from arith_synth.data.hub.contents import LocalFile, differences, files_held, files_to_publish, is_foreign
from arith_synth.data.hub.failures import scrubbed
from arith_synth.errors import DatasetError, HubError, UsageError
from arith_synth.progress import Progress

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

    from arith_synth.splits.audit import Claim

Audit = Callable[[Path, Progress | None], "Sequence[Claim]"]

_TAG = re.compile(r"v\d+(\.\d+)*([-+.][0-9A-Za-z]+)*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Published:
    """What stands on the Hub now.

    `commit`: 40 hex digits, of the tag, or of the pull request. `pull_request`: its address, None when there is none.
    `is_new`: whether this run has set the tag, or opened the pull request; False when all was there. `n_files`: of the
    folder. `n_changed`: files that this run's commit has added, changed or removed.
    """

    repo: str
    revision: str
    commit: str
    pull_request: str | None
    is_new: bool
    n_files: int
    n_changed: int


def publish(
    path: Path | str,
    repo: str,
    *,
    private: bool = False,
    create_pr: bool = False,
    revision: str | None = None,
    progress: Progress | None = None,
    audit: Audit | None = None,
) -> Published:
    """Audit the folder, send it to the dataset repository `repo` (ORG/NAME) and tag it with `revision`.

    `revision` defaults to the folder's data version, as in v1.1.0. `private`: a repository made for it is private.
    `create_pr`: open a pull request instead; the tag is set by publishing again once it is merged. `audit` gives the
    claims about the folder, by default those of `data.document_claims.audit_dataset`.

    What stands there already is not sent again. Raises UsageError for an impossible name, DatasetError for a folder
    that is damaged or does not pass, HubError when the version is there with other bytes or the Hub fails.
    """
    if not _is_repo_name(repo):
        raise UsageError("a repository is named ORG/NAME, as in arith-synth/arith-synth; correct --repo")
    if revision is not None and _TAG.fullmatch(revision) is None:
        raise UsageError("a revision is v and a version, as in v1.1.0; correct --revision")
    if private and create_pr:
        raise UsageError("a pull request is opened where a repository is, and makes none: leave out --private")
    folder = open_dataset(path)
    revision = revision or f"v{folder.build['data_version']}"
    with hub_of(repo, to_write=True) as hub:
        _check(folder, audit, progress)
        files = files_to_publish(folder, progress)
        if not create_pr:
            _make_repository(hub, private)
        return _bring(hub, files, revision, create_pr, progress)


def _is_repo_name(repo: str) -> bool:
    """Whether this is ORG/NAME, as the Hub allows."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError:
        return False
    return repo.count("/") == 1 and repo.isprintable()


def _check(folder: DatasetFolder, audit: Audit | None, progress: Progress | None) -> None:
    if audit is None:
        from arith_synth.data.document_claims import audit_dataset

        audit = audit_dataset
    broken = [claim for claim in audit(folder.path, progress) if not claim.holds]
    if broken:
        more = f", and {len(broken) - 1} more claims fail" if len(broken) > 1 else ""
        raise DatasetError(
            f"{folder.path} does not pass its audit, so nothing is published ({broken[0].claim}: {broken[0].detail}"
            f"{more}); see arith-synth audit {folder.path}"
        )


def _make_repository(hub: Hub, private: bool) -> None:
    """Make the repository, unless it is there. One that is public already is not taken for a private one."""
    hub.ask(
        f"making {hub.repo}",
        lambda: hub.api.create_repo(hub.repo, repo_type="dataset", private=private or None, exist_ok=True),
    )
    if private and not hub.ask(
        f"asking for {hub.repo}", lambda: hub.api.repo_info(hub.repo, repo_type="dataset").private
    ):
        raise HubError(f"{hub.repo} is there and public; make it private in its settings, or leave out --private")


def _bring(
    hub: Hub, files: Mapping[str, LocalFile], revision: str, create_pr: bool, progress: Progress | None
) -> Published:
    """Look at what is there and do the next thing that is missing, until the tag holds the folder."""
    n_changed, n_failed, is_committed, is_new = 0, 0, False, False
    while True:
        head, tags = _references(hub)
        if revision in tags:
            _check_same(hub, files, revision)
            return _published(hub, files, revision, tags[revision], is_new, n_changed)
        held = _listed(hub, head)
        if is_foreign(held):
            raise HubError(f"{hub.repo} holds something that is no arith-synth dataset; choose another --repo")
        changed = differences(files, held)
        if changed and is_committed:
            raise HubError(
                f"{hub.repo} does not hold what was sent ({scrubbed(changed[0], hub.token)} differs): somebody else "
                "has changed it, or a .gitignore hides files; run the same command again"
            )
        if changed:
            n_changed = len(changed)
            added = send(hub, files, changed, create_pr, progress)
            removed = [name for name in held if name not in files]
            made = commit(hub, added, removed, head, revision, create_pr, n_failed + 1)
            if made is not None and create_pr:
                return _published(hub, files, revision, made.oid, True, n_changed, made.pr_url)
            done = is_committed = made is not None
        elif create_pr:
            raise HubError(
                f"{hub.repo} has these files merged already; publish without --create-pr, which sets the tag"
            )
        else:
            done = is_new = tag(hub, revision, head, n_failed + 1)
        n_failed += not done


def _references(hub: Hub) -> tuple[str, dict[str, str]]:
    """The commit of the main branch, and of each tag."""
    refs = hub.ask(f"asking for {hub.repo}", lambda: hub.api.list_repo_refs(hub.repo, repo_type="dataset"))
    heads = [branch.target_commit for branch in refs.branches if branch.name == "main"]
    if not heads:
        raise HubError(f"{hub.repo} has no branch main; make a commit there, or choose another --repo")
    return heads[0], {ref.name: ref.target_commit for ref in refs.tags}


def _listed(hub: Hub, commit: str) -> dict[str, "RepoFile"]:
    def question() -> dict[str, "RepoFile"]:
        return files_held(hub.api.list_repo_tree(hub.repo, repo_type="dataset", revision=commit, recursive=True))

    return hub.ask(f"listing {hub.repo}", question, n_tries=1)  # the client tries again by itself


def _check_same(hub: Hub, files: Mapping[str, LocalFile], revision: str) -> None:
    different = differences(files, _listed(hub, revision))
    if different:
        raise HubError(
            f"{hub.repo} has {revision} already, with other bytes ({len(different)} files differ, the first is "
            f"{scrubbed(different[0], hub.token)}); a published version is never changed: make a new data version"
        )


def _published(
    hub: Hub,
    files: Mapping[str, LocalFile],
    revision: str,
    commit: str,
    is_new: bool,
    n_changed: int,
    pull_request: str | None = None,
) -> Published:
    return Published(
        repo=hub.repo,
        revision=revision,
        commit=scrubbed(commit, hub.token),
        pull_request=pull_request if pull_request is None else scrubbed(pull_request, hub.token),
        is_new=is_new,
        n_files=len(files),
        n_changed=n_changed,
    )
