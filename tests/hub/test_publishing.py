"""What publishing promises: the folder unchanged, under a tag that never changes."""

import json
from pathlib import Path

import pytest
from hub.repositories import File, Repository
from hub.server import READER, REPO, TAG

from arith_synth.errors import DatasetError, HubError, UsageError
from arith_synth.splits.audit import Claim

WRITES = ("POST /api/datasets", "PUT")


def files_of(folder: Path) -> dict[str, bytes]:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return {name: (folder / name).read_bytes() for name in names if name != "build_log.json"}


def published_files(hub, revision=TAG) -> dict[str, bytes]:
    return {path: content for path, content in hub.contents(revision).items() if path != ".gitattributes"}


def change_card(folder: Path) -> None:
    """Another card, with its checksum: a folder that is sound and other."""
    card, checksums = folder / "README.md", folder / "checksums.json"
    card.write_text(card.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    from arith_synth.data.checksums import file_sha256

    document = json.loads(checksums.read_text(encoding="utf-8"))
    document["cards"]["README.md"] = file_sha256(card)
    checksums.write_text(json.dumps(document), encoding="utf-8")


def test_what_is_published_is_the_folder_but_for_its_build_log(client, folder, publish_folder):
    published = publish_folder()
    assert published.is_new
    assert published_files(client) == files_of(folder)
    assert (
        client.repositories[REPO].tags == {TAG: published.commit} == {TAG: client.repositories[REPO].branches["main"]}
    )


def test_publishing_again_sends_nothing(client, publish_folder):
    first = publish_folder()
    client.requests.clear()
    again = publish_folder()
    assert (again.commit, again.is_new, again.n_changed) == (first.commit, False, 0)
    assert not any(request.startswith(WRITES) for request in client.requests)


def test_the_same_data_built_at_another_time_are_the_same(client, folder, publish_folder):
    publish_folder()
    (folder / "build_log.json").write_text('{"seconds": 1}', encoding="utf-8")
    assert not publish_folder().is_new


def test_a_published_version_is_not_overwritten_with_other_bytes(client, folder, publish_folder):
    publish_folder()
    before = client.contents("main")
    change_card(folder)
    with pytest.raises(HubError, match=rf"has {TAG} already, with other bytes .*README.md.*make a new data version"):
        publish_folder()
    assert client.contents("main") == before


def test_a_new_version_sends_only_what_has_changed_and_leaves_the_old_one(client, folder, publish_folder):
    publish_folder()
    old = published_files(client)
    change_card(folder)
    client.requests.clear()
    published = publish_folder(revision="v9.0.0")
    assert published.n_changed == 2
    assert client.count("PUT") == 0
    assert published_files(client, TAG) == old
    assert published_files(client, "v9.0.0") == files_of(folder)


def test_a_file_that_the_folder_does_not_have_any_more_goes(client, folder, publish_folder):
    publish_folder()
    (folder / "eval.yaml").unlink()
    checksums = json.loads((folder / "checksums.json").read_text(encoding="utf-8"))
    del checksums["cards"]["eval.yaml"]
    (folder / "checksums.json").write_text(json.dumps(checksums), encoding="utf-8")
    publish_folder(revision="v9.0.0")
    assert published_files(client, "v9.0.0") == files_of(folder)


def test_the_tag_is_set_when_only_the_tag_is_missing(client, publish_folder):
    publish_folder()
    client.repositories[REPO].tags.clear()
    published = publish_folder()
    assert (published.is_new, published.n_changed) == (True, 0)
    assert TAG in client.repositories[REPO].tags


def test_a_folder_that_fails_its_audit_is_not_published(client, publish_folder):
    broken = [Claim("sizes", True, ""), Claim("forced", False, "x + 1 is not"), Claim("order", False, "no")]
    with pytest.raises(DatasetError, match=r"does not pass its audit.*forced: x \+ 1 is not, and 1 more claims fail"):
        publish_folder(audit=lambda path, progress: broken)
    assert client.requests == []


def test_a_file_that_changed_after_the_audit_is_not_published(client, folder, publish_folder):
    def audit(path, progress):
        (path / "README.md").write_text("other", encoding="utf-8")
        return []

    with pytest.raises(DatasetError, match=r"README.md has changed since it was audited"):
        publish_folder(audit=audit)
    assert client.repositories == {}


def test_a_repository_that_is_made_can_be_private(client, publish_folder):
    publish_folder(private=True)
    assert client.repositories[REPO].private


def test_a_public_repository_is_not_taken_for_a_private_one(client, publish_folder):
    client.repositories[REPO] = Repository()
    with pytest.raises(HubError, match="is there and public"):
        publish_folder(private=True)
    assert TAG not in client.repositories[REPO].tags


def test_a_pull_request_needs_no_right_to_write_and_changes_nothing_yet(client, folder, publish_folder, monkeypatch):
    client.repositories[REPO] = Repository()
    monkeypatch.setenv("HF_TOKEN", READER)
    published = publish_folder(create_pr=True)
    assert published.pull_request == f"{client.url}/datasets/{REPO}/discussions/1"
    assert published_files(client, "refs/pr/1") == files_of(folder)
    assert published_files(client, "main") == {}
    assert client.repositories[REPO].tags == {}


def test_publishing_after_the_merge_sets_the_tag(client, folder, publish_folder):
    client.repositories[REPO] = Repository()
    publish_folder(create_pr=True)
    client.repositories[REPO].branches["main"] = client.repositories[REPO].pull_requests["refs/pr/1"]
    with pytest.raises(HubError, match="merged already; publish without --create-pr"):
        publish_folder(create_pr=True)
    assert publish_folder().n_changed == 0
    assert published_files(client) == files_of(folder)


def test_a_repository_of_something_else_is_left_alone(client, publish_folder):
    other = Repository()
    head = other.add(other.branches["main"], {"summary": "other"}, {"weights.bin": File(b"1", 1)})
    other.branches["main"] = head
    client.repositories[REPO] = other
    with pytest.raises(HubError, match="no arith-synth dataset; choose another --repo"):
        publish_folder()
    assert client.contents("main") == {"weights.bin": b"1"}


def test_who_is_not_logged_in_is_told_so(client, publish_folder, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
    with pytest.raises(HubError, match="nobody is logged in"):
        publish_folder()


@pytest.mark.parametrize(
    "repo",
    [
        "name",
        "org/name/more",
        "org/",
        "/name",
        "org/na me",
        "../name",
        "org/name\n",
        "org/a..b",
        "org/a--b",
        "org/name.git",
    ],
)
def test_a_repository_is_an_organization_and_a_name(client, folder, repo):
    from arith_synth.data.publishing import publish

    with pytest.raises(UsageError, match="named ORG/NAME"):
        publish(folder, repo)


def test_a_pull_request_makes_no_private_repository(publish_folder):
    with pytest.raises(UsageError, match="leave out --private"):
        publish_folder(private=True, create_pr=True)


@pytest.mark.parametrize("revision", ["main", "1.1.0", "v", "v1..0", "v1.1.0 ", "v1/2", "refs/tags/v1"])
def test_a_revision_is_a_version(publish_folder, revision):
    with pytest.raises(UsageError, match="a revision is v and a version"):
        publish_folder(revision=revision)


@pytest.mark.parametrize("revision", ["v1", "v1.1.0", "v1.1.0-rc1", "v1.1.0+small"])
def test_these_are_versions(client, publish_folder, revision):
    assert publish_folder(revision=revision).revision == revision


def test_each_stage_shows_its_progress(publish_folder):
    seen = []
    publish_folder(progress=lambda label, done, total: seen.append((label, done, total)))
    assert {label for label, _, _ in seen} == {"reading files", "sending files"}
    assert all(any(step == (label, total, total) for step in seen) for label, _, total in seen)
