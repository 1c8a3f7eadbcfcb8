"""`arith_synth.load_dataset` without a folder: the published version, checked, or its copy in the cache."""

import json

import huggingface_hub
import pytest
from hub.faults import Fault
from hub.server import REPO, TAG

import arith_synth
from arith_synth.data import loading
from arith_synth.data.folder import open_dataset
from arith_synth.errors import HubError, UnknownNameError

CORPUS = "corpus/full-00000-of-00001.parquet"
DOWNLOAD = f"GET .*/{CORPUS}"


@pytest.fixture
def published(client, folder, tmp_path, monkeypatch):
    """The Hub with the dataset on it; this process stands where there is no folder, and must not build one."""
    client.stock(folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(loading, "_build", lambda folder: pytest.fail("it was built"))
    return client


@pytest.fixture
def offline(monkeypatch):
    def go() -> None:
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)

    return go


def rows(folder, config, split):
    return open_dataset(folder).read(config, split).to_pylist()


def test_a_config_from_the_hub_has_the_rows_and_columns_of_the_folder(published, folder):
    loaded = arith_synth.load_dataset("support_shift")
    local = arith_synth.load_dataset("support_shift", data_dir=folder)
    assert list(loaded) == list(local)
    assert loaded["test"].features == local["test"].features
    assert all(loaded[split].to_list() == rows(folder, "support_shift", split) for split in loaded)


def test_one_split_needs_the_files_of_this_split_only(published, folder):
    assert arith_synth.load_dataset("random", "test").to_list() == rows(folder, "random", "test")
    fetched = {
        request.partition(f"/{TAG}/")[2] for request in published.requests if request.startswith("GET /datasets")
    }
    assert fetched == {"build.json", "checksums.json", "random/test-00000-of-00001.parquet"}


def test_it_is_the_version_of_this_package_whatever_has_come_since(published, folder):
    repository = published.repositories[REPO]
    repository.branches["main"] = repository.add(repository.branches["main"], {"summary": "the next version"}, {})
    assert arith_synth.load_dataset("random", "test").to_list() == rows(folder, "random", "test")


def test_a_version_that_the_hub_lacks_is_built(published, monkeypatch, folder):
    published.repositories[REPO].tags.clear()
    monkeypatch.setattr(loading, "_build", lambda wanted: folder.rename(wanted))
    assert arith_synth.load_dataset("random", "test").num_rows == 40


def test_it_loads_offline_from_the_cache(published, offline, folder):
    arith_synth.load_dataset("random", "test")
    offline()
    assert arith_synth.load_dataset("random", "test").to_list() == rows(folder, "random", "test")


def test_offline_what_is_not_in_the_cache_is_one_line(published, offline):
    arith_synth.load_dataset("random", "test")
    offline()
    with pytest.raises(HubError, match="cannot be reached, and config corpus is not all in the cache"):
        arith_synth.load_dataset("corpus")


def test_offline_without_a_cache_it_is_built(published, offline, monkeypatch, folder):
    offline()
    monkeypatch.setattr(loading, "_build", lambda wanted: folder.rename(wanted))
    assert arith_synth.load_dataset("random", "test").num_rows == 40


def test_a_download_that_came_damaged_is_asked_for_once_more(published, folder):
    published.faults.append(Fault(DOWNLOAD, corrupt=True, times=1))
    assert arith_synth.load_dataset("corpus", "full").to_list() == rows(folder, "corpus", "full")


def test_a_download_that_comes_damaged_twice_is_one_line_and_goes_well_later(published, folder):
    published.faults.append(Fault(DOWNLOAD, corrupt=True))
    with pytest.raises(HubError, match=f"{CORPUS} of {REPO} came damaged") as caught:
        arith_synth.load_dataset("corpus", "full")
    assert "\n" not in str(caught.value)
    published.faults.clear()
    assert arith_synth.load_dataset("corpus", "full").to_list() == rows(folder, "corpus", "full")


def test_a_cache_that_was_damaged_is_mended(published, folder, tmp_path):
    arith_synth.load_dataset("corpus", "full")
    sha256 = json.loads((folder / "checksums.json").read_text(encoding="utf-8"))["files"][CORPUS]["sha256"]
    (blob,) = (tmp_path / "hub-cache").rglob(f"blobs/{sha256}")
    blob.write_bytes(blob.read_bytes()[:-100] + bytes(100))
    assert arith_synth.load_dataset("corpus", "full").to_list() == rows(folder, "corpus", "full")


@pytest.mark.parametrize("name", ["build.json", "checksums.json"])
@pytest.mark.parametrize("damage", [{"corrupt": True}, {"body": b"<html>"}])
def test_a_json_file_that_came_damaged_is_asked_for_once_more(published, name, damage):
    published.faults.append(Fault(f"GET .*/{name}", times=1, **damage))
    assert arith_synth.load_dataset("random", "test").num_rows == 40


@pytest.mark.parametrize("name", ["build.json", "checksums.json"])
@pytest.mark.parametrize("damage", [{"corrupt": True}, {"body": b"<html>"}])
def test_a_json_file_that_comes_damaged_twice_is_one_line(published, name, damage):
    published.faults.append(Fault(f"GET .*/{name}", **damage))
    with pytest.raises(HubError, match=f"{name} of {REPO} came damaged"):
        arith_synth.load_dataset("random", "test")


def test_a_download_that_was_cut_is_gone_on_with(published, folder):
    published.faults.append(Fault(DOWNLOAD, cut=True, times=1))
    assert arith_synth.load_dataset("corpus", "full").to_list() == rows(folder, "corpus", "full")


@pytest.mark.parametrize(("status", "advice"), [(403, "may not do that"), (401, "does not know the token")])
def test_a_refused_download_is_one_line(published, status, advice):
    published.faults.append(Fault(DOWNLOAD, status=status))
    with pytest.raises(HubError, match=advice):
        arith_synth.load_dataset("corpus", "full")


def test_a_hub_that_asks_to_wait_long_is_one_line(published):
    published.faults.append(Fault("", status=429, headers={"Retry-After": "9999"}))
    with pytest.raises(HubError, match=r"asks to wait 9999 seconds \(429\)"):
        arith_synth.load_dataset("corpus", "full")


def test_an_unknown_name_is_one_line_with_the_nearest(published):
    with pytest.raises(UnknownNameError, match="unknown config 'suport_shift'; did you mean 'support_shift'"):
        arith_synth.load_dataset("suport_shift")
    with pytest.raises(UnknownNameError, match="unknown split 'tes'; did you mean 'test'"):
        arith_synth.load_dataset("random", "tes")


def test_a_private_dataset_is_not_there_for_others(published, monkeypatch, tmp_path, folder):
    published.repositories[REPO].private = True
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(loading, "_build", lambda wanted: folder.rename(wanted))
    assert arith_synth.load_dataset("random", "test").num_rows == 40
