"""A token that dies in the middle: renewed once for all where that is possible, else the run stops unharmed."""

import json

import pytest
from chaos.kit import Shop, Users, tell

AT_ONCE = 32


def token_file(shop: Shop) -> dict[str, str]:
    path = shop.folder / "token.json"
    pair = {"access_token": shop.sandbox.token, "refresh_token": "sandbox-refresh-token", "token_type": "Bearer"}
    path.write_text(json.dumps(pair), encoding="utf-8")
    path.chmod(0o600)
    return {
        "FREEDOM_ID_TOKEN": "",
        "FREEDOM_ID_TOKEN_FILE": str(path),
        "FREEDOM_ID_REFRESH_URL": f"{shop.sandbox.url}/api/v1/oauth/token",
    }


def everybody_created(shop: Shop, users: Users) -> None:
    settled = shop.settle(users)
    assert settled.statuses == {"created": len(users.cells)}
    shop.assert_whole(settled, users)


def test_a_dying_token_is_renewed_once_for_all_workers(shop: Shop):
    shop.sandbox.set(latency=30.0, token_requests=150)
    users = shop.users(400, bad=False)
    environ = token_file(shop)
    ended = shop.run("run", users.path, environ=environ)
    assert ended.code == 0, ended.err
    everybody_created(shop, users)
    stats = shop.sandbox.stats()
    refused = stats["by_status"]["401"]
    assert stats["refreshes"] == 2
    assert refused <= 2 * AT_ONCE
    kept = json.loads((shop.folder / "token.json").read_text(encoding="utf-8"))
    assert kept["refresh_token"] != "sandbox-refresh-token"
    tell("token expiry with a refresh token", rows=400, refreshes=stats["refreshes"], answered_401=refused, spent=0)


def test_a_new_pair_is_on_the_disk_before_it_is_used(shop: Shop):
    shop.sandbox.set(latency=30.0, token_requests=60)
    users = shop.users(150, bad=False)
    environ = token_file(shop)
    kept = [["importer.freedom_id.token_file:Place.keep", "after", 1, "kill"]]
    assert shop.run("run", users.path, environ=environ, crash=kept).code == -9
    shop.sandbox.set(token_requests=0)
    assert shop.run("run", users.path, environ=environ).code in {0, 1}
    shop.assert_whole(shop.settle(users), users)
    assert shop.sandbox.stats()["refreshes"] == 1


def test_a_dead_token_stops_the_run_and_a_new_one_lets_the_same_command_go_on(shop: Shop):
    shop.sandbox.set(latency=30.0, token_requests=100)
    users = shop.users(300, bad=False)
    ended = shop.run("run", users.path)
    assert ended.code == 4
    assert "401" in ended.out
    refused = shop.sandbox.stats()["by_status"]["401"]
    assert refused <= AT_ONCE
    assert shop.settle(users).statuses == {"created": 100, "not_sent": 200}
    assert shop.run("run", users.path).code == 4
    again = shop.sandbox.stats()["by_status"]["401"] - refused
    assert again <= AT_ONCE
    shop.sandbox.set(token="another-token", token_requests=0)
    assert shop.run("run", users.path, environ={"FREEDOM_ID_TOKEN": "another-token"}).code == 0
    everybody_created(shop, users)
    tell("token expiry without one", rows=300, answered_401=refused, answered_401_when_given_again=again, spent=0)


@pytest.mark.chaos
@pytest.mark.parametrize("fault", ["error", "html", "reset_before", "cut"])
def test_a_refresh_that_fails_stops_the_run_unharmed(shop: Shop, fault: str):
    shop.sandbox.set(latency=30.0, token_requests=60, refresh_fault=fault, refresh_fault_times=0)
    users = shop.users(200, bad=False)
    environ = token_file(shop)
    ended = shop.run("run", users.path, "--timeout", "2s", environ=environ)
    assert ended.code == 4, ended.err
    assert shop.settle(users).statuses == {"created": 60, "not_sent": 140}
    shop.sandbox.set(refresh_fault="", token_requests=0, token="replaced", refresh_token="replaced-refresh")
    pair = {"access_token": "replaced", "refresh_token": "replaced-refresh"}
    (shop.folder / "token.json").write_text(json.dumps(pair), encoding="utf-8")
    assert shop.run("run", users.path, environ=environ).code == 0
    everybody_created(shop, users)
    tell(f"refresh fails ({fault})", rows=200, spent=0, requests=shop.requests())


@pytest.mark.chaos
def test_a_forbidden_token_stops_the_run_and_spends_no_row(shop: Shop):
    shop.sandbox.set(latency=30.0, forbidden_after=60)
    users = shop.users(150, bad=False)
    assert shop.run("run", users.path).code == 4
    assert shop.settle(users).statuses == {"created": 60, "not_sent": 90}
    assert shop.sandbox.stats()["by_status"]["403"] <= AT_ONCE
    shop.sandbox.set(forbidden_after=0)
    assert shop.run("run", users.path).code == 0
    everybody_created(shop, users)
