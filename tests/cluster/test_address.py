"""Which addresses a cluster may have, and where its storage is then."""

import pytest

from importer.cluster import check_options, storage_url
from importer.cluster.cluster_address import ClusterAddress
from importer.cluster.equal_versions import check_versions, versions_here
from importer.errors import ClusterLost, UsageError
from importer.settings import Settings


@pytest.mark.parametrize(
    ("told", "on_loopback", "encrypted"),
    [
        ("tcp://127.0.0.1:8786", True, False),
        ("tcp://127.8.9.1:8786", True, False),
        ("tcp://[::1]:8786", True, False),
        ("tcp://localhost:8786/", True, False),
        ("tls://scheduler:8786", False, True),
        ("tls://10.0.0.7:443", False, True),
        ("tls://127.0.0.1:8786", True, True),
        ("local", True, True),
        ("local:4", True, True),
    ],
)
def test_tls_reaches_any_host_and_plain_tcp_this_one_alone(told, on_loopback, encrypted):
    address = ClusterAddress.of(told)
    assert (address.on_loopback, address.encrypted) == (on_loopback, encrypted)
    assert address.workers == (4 if told == "local:4" else 0)


@pytest.mark.parametrize(
    "told",
    [
        "tcp://10.0.0.7:8786",
        "tcp://scheduler:8786",
        "tcp://0.0.0.0:8786",
        "tcp://[2001:db8::1]:8786",
        "tcp://localhost.:1",
    ],
)
def test_plain_tcp_to_another_host_is_refused_and_the_message_says_tls(told):
    with pytest.raises(UsageError, match="use tls://"):
        ClusterAddress.of(told)


@pytest.mark.parametrize(
    "told",
    ["local:0", "local:", "local:two", "scheduler:8786", "http://127.0.0.1:8786", "inproc://x", "tcp://127.0.0.1",
     "tcp://127.0.0.1:0", "tcp://127.0.0.1:70000", "tls://u:p@scheduler:8786", "ucx://127.0.0.1:1", "tls://:8786"],
)  # fmt: skip
def test_anything_else_is_no_address_of_a_cluster(told):
    with pytest.raises(UsageError, match="expected tls://"):
        ClusterAddress.of(told)


def test_workers_elsewhere_need_a_storage_that_they_reach(tmp_path):
    with pytest.raises(UsageError, match="needs --storage"):
        check_options(Settings(home=tmp_path, cluster="tls://scheduler:8786"))
    assert storage_url(Settings(home=tmp_path, cluster="local")) == str(tmp_path / "storage")
    assert storage_url(Settings(home=tmp_path, cluster="tls://s:1", storage="s3://b/f")) == "s3://b/f"
    check_options(Settings(home=tmp_path))


def test_other_versions_are_told_with_where_they_are():
    here = versions_here()
    check_versions(here, {"tcp://a:1": dict(here)})
    with pytest.raises(UsageError, match=r"tcp://b:2 runs other versions .* \(pandas 0 / "):
        check_versions(here, {"tcp://a:1": dict(here), "tcp://b:2": {**here, "pandas": "0"}})
    with pytest.raises(UsageError, match="scheduler: freedom-id-importer cannot be loaded there"):
        check_versions(ModuleNotFoundError("No module named 'importer'"), {})
    # one that stands still says nothing of its versions: nobody has to install anything
    with pytest.raises(ClusterLost, match="tcp://b:2 does not answer; the same command starts again"):
        check_versions(here, {"tcp://b:2": OSError("Timed out trying to connect")})


def test_without_dask_the_message_says_what_to_install(importer, monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    (tmp_path / "u.csv").write_text("Телефон\n87011234567\n", encoding="utf-8")
    ended = importer("validate", tmp_path / "u.csv", "--cluster", "local")
    assert ended.code == 2
    assert "pip install freedom-id-importer[cluster]" in ended.err


def test_a_plain_address_of_another_host_ends_a_command_before_anything_is_read(importer):
    ended = importer("validate", "nowhere.csv", "--cluster", "tcp://10.0.0.7:8786")
    assert ended.code == 2
    assert "use tls://10.0.0.7:8786" in ended.err
