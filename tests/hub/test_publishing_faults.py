"""The Hub refuses, fails, hangs up and lies: one line that says what to do, without a token, and nothing by halves."""

import logging
import re
import time

import pytest
from hub.faults import Fault
from hub.repositories import Repository
from hub.server import REPO, TAG, WRITER

from arith_synth.cli import main
from arith_synth.errors import HubError

CREATE, REFS, TREE = "POST /api/repos/create", r"GET .*/refs$", r"GET .*/tree/"
MODES, BATCH, UPLOAD, VERIFY = "POST .*/preupload/", "POST .*/objects/batch", "PUT /lfs/", "POST /lfs/"
CARD, COMMIT, TAGGING = "POST /api/validate-yaml", "POST .*/commit/", "POST .*/tag/"
#: What the client itself does not try again: we do.
OURS = (CREATE, REFS, COMMIT, TAGGING)
SOON = {"Retry-After": "0"}


def failure(publish_folder, **options) -> str:
    """The one line of the error, which holds no token."""
    with pytest.raises(HubError) as caught:
        publish_folder(**options)
    line = str(caught.value)
    assert line == " ".join(line.split())
    assert WRITER not in line
    return line


@pytest.mark.parametrize("call", [CREATE, REFS, TREE, MODES, BATCH, UPLOAD, COMMIT, TAGGING])
@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "does not know the token (401); log in with `hf auth login`, or set HF_TOKEN"),
        (403, "may not do that in arith-synth/arith-synth (403); use one with write access to it"),
    ],
)
def test_a_refused_token_is_said_with_what_to_do(client, publish_folder, call, status, advice):
    if call == CREATE:  # else the client takes it that the repository is there
        client.faults.append(Fault(r"GET /api/datasets/[^/]+/[^/]+$", status=status))
    client.faults.append(Fault(call, status=status))
    assert advice in failure(publish_folder)
    assert not any(repository.tags for repository in client.repositories.values())


@pytest.mark.parametrize(
    ("call", "status"), [*((call, 503) for call in OURS), *((COMMIT, status) for status in (408, 429, 500, 502, 504))]
)
def test_a_busy_hub_is_asked_again(client, folder, publish_folder, call, status):
    client.faults.append(Fault(call, status=status, headers=SOON, times=2))
    assert publish_folder().is_new
    assert client.contents()["README.md"] == (folder / "README.md").read_bytes()


@pytest.mark.parametrize("call", OURS)
def test_a_hub_that_stays_busy_is_asked_five_times(client, publish_folder, call):
    client.faults.append(Fault(call, status=429, headers=SOON))
    assert "rate limit is reached (429); run the same command again in a few minutes" in failure(publish_folder)
    assert sum(bool(re.search(call, request)) for request in client.requests) == 5


@pytest.mark.parametrize("call", [REFS, COMMIT])
def test_retry_after_is_waited_for(client, publish_folder, call):
    client.faults.append(Fault(call, status=503, headers={"Retry-After": "1"}, times=1))
    started = time.monotonic()
    publish_folder()
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("call", "status", "headers"),
    [
        *((call, 503, {"Retry-After": "86400"}) for call in (CREATE, TREE, UPLOAD, COMMIT)),
        (COMMIT, 429, {"Retry-After": "86400"}),
        (COMMIT, 429, {"ratelimit": '"api";r=0;t=86400', "ratelimit-policy": '"fixed window";"api";q=1;w=300'}),
    ],
)
def test_a_long_wait_is_left_to_the_user(client, publish_folder, call, status, headers):
    client.faults.append(Fault(call, status=status, headers=headers))
    assert failure(publish_folder).startswith(f"the Hub asks to wait 86400 seconds ({status}); run the same command")


def test_the_client_waits_for_an_upload_as_the_hub_asks(client, publish_folder):
    client.faults.append(Fault(UPLOAD, status=503, headers=SOON, times=1))
    assert publish_folder().is_new


@pytest.mark.parametrize("status", [409, 412])
def test_a_commit_that_came_in_between_is_looked_at(client, publish_folder, status):
    client.faults.append(Fault(COMMIT, status=status, headers=SOON, times=1))
    assert publish_folder().is_new


def test_who_is_always_second_is_told_so(client, publish_folder):
    client.faults.append(Fault(COMMIT, status=409, headers=SOON))
    assert "somebody else is changing arith-synth/arith-synth (409); run the same command again" in failure(
        publish_folder
    )


def test_a_hub_that_is_for_ever_making_another_repository_is_left(client, publish_folder):
    message = "Cannot create repo: another conflicting operation is in progress"
    client.faults.append(Fault(CREATE, status=409, message=message))
    assert "busy with another new repository (409)" in failure(publish_folder)


@pytest.mark.parametrize("call", [COMMIT, TAGGING])
def test_a_change_whose_answer_is_lost_is_made_once(client, folder, publish_folder, call):
    client.faults.append(Fault(call, lost=True, times=1))
    published = publish_folder()
    repository = client.repositories[REPO]
    assert len(repository.commits) == 2  # the Hub's own first one, and ours
    assert repository.tags == {TAG: published.commit}
    assert published.n_changed == published.n_files


def test_a_pull_request_whose_answer_is_lost_is_not_opened_twice(client, publish_folder):
    client.repositories[REPO] = Repository()
    client.faults.append(Fault(COMMIT, lost=True, times=1))
    assert "no connection, or it was cut" in failure(publish_folder, create_pr=True)
    assert len(client.repositories[REPO].pull_requests) == 1


def test_an_upload_that_was_cut_is_sent_again(client, publish_folder):
    client.faults.append(Fault(UPLOAD, cut=True, skip=2, times=1))
    assert publish_folder().is_new


@pytest.mark.slow
def test_an_upload_that_is_always_cut_is_one_line_and_goes_on_later(client, publish_folder):
    client.faults.append(Fault(UPLOAD, cut=True, skip=9))
    assert "no connection, or it was cut" in failure(publish_folder)
    client.faults.clear()
    finished = set(client.large_files)
    client.requests.clear()
    assert publish_folder().is_new
    assert not {request.rpartition("/")[2] for request in client.requests if request.startswith("PUT")} & finished


def test_what_was_sent_before_the_hub_failed_is_not_sent_again(client, folder, publish_folder):
    client.faults.append(Fault(UPLOAD, status=400, skip=9))
    assert "the Hub refuses it (400)" in failure(publish_folder)
    client.faults.clear()
    finished = set(client.large_files)
    assert finished
    client.requests.clear()
    publish_folder()
    sent = {request.rpartition("/")[2] for request in client.requests if request.startswith("PUT")}
    assert not sent & finished
    assert sent | finished == set(client.large_files)


@pytest.mark.parametrize(
    ("call", "status"),
    [
        *((call, 403) for call in (CREATE, REFS, TREE, MODES, BATCH, UPLOAD, VERIFY, CARD, COMMIT, TAGGING)),
        *((COMMIT, status) for status in (400, 401, 404, 409, 418)),
    ],
)
def test_a_token_that_the_hub_echoes_is_not_shown(client, publish_folder, call, status, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    echo = SOON | {"X-Error-Message": "no {token}", "X-HF-Warning": "w;seen {token}", "X-Request-Id": "{token}"}
    client.faults.append(Fault(r"GET /api/datasets/[^/]+/[^/]+$", status=status))
    client.faults.append(Fault(call, status=status, message="you sent Bearer {token}", headers=echo))
    failure(publish_folder)
    shown = caplog.text + "".join(capfd.readouterr())
    assert WRITER not in shown


def test_what_the_hub_gives_as_its_reason_is_shown_without_controls(client, publish_folder):
    client.faults.append(Fault(COMMIT, status=400, message="the card is bad\x1b[31m\r\n" + "x" * 1000))
    line = failure(publish_folder)
    assert "; the Hub says: the card is bad [31m" in line
    assert line.isprintable()
    assert len(line) < 400


@pytest.mark.parametrize("call", [REFS, MODES, BATCH, COMMIT])
@pytest.mark.parametrize("body", [b"<html>log in to the hotel's network</html>", b"[]", b"{}", b"null"])
def test_an_answer_that_is_none_of_a_hub_is_one_line(client, publish_folder, call, body):
    client.faults.append(Fault(call, body=body))
    failure(publish_folder)


@pytest.mark.slow
def test_no_connection_is_one_line(client, publish_folder, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert "no connection, or it was cut" in failure(publish_folder)


def test_offline_mode_is_one_line(client, publish_folder, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set, so nothing is asked of the Hub; unset it" in failure(publish_folder)


def test_a_file_that_a_gitignore_hides_is_noticed_before_the_tag(client, publish_folder):
    client.ignored.add("README.md")
    assert "does not hold what was sent (README.md differs)" in failure(publish_folder)
    assert client.repositories[REPO].tags == {}


def test_the_command_says_in_one_line_that_nobody_is_logged_in(client, folder, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
    assert main(["publish", str(folder), "--repo", REPO]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("arith-synth publish: nobody is logged in to the Hub; log in with")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("options", [["--repo", "name"], ["--repo", REPO, "--revision", "main"]])
def test_the_command_called_wrongly_has_status_2(client, folder, options, capsys):
    assert main(["publish", str(folder), *options]) == 2
    assert client.requests == []


def test_a_folder_that_is_none_is_one_line(client, tmp_path, capsys):
    assert main(["publish", str(tmp_path / "nothing"), "--repo", REPO]) == 1
    assert "there is no dataset at" in capsys.readouterr().err
