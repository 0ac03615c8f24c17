"""The page on another address than this machine's own: accounts, a real TLS handshake, the proxy in front."""

import asyncio
import json
import ssl

import httpx
import pytest
from freedom_id.certificates import make_certificate
from web.ops_page import Person, Server
from web.test_accounts import PASSWORD, Visitor

from importer.settings import load
from importer.web.access.accounts import Accounts, SignInThrottle
from importer.web.access.roles import Role
from importer.web.application import create_app
from importer.web.site import Site


@pytest.fixture
def users(tmp_path):
    accounts = Accounts(tmp_path / "users.json")
    accounts.add("Айгерим", Role.OPERATOR, PASSWORD)
    return accounts.path


def test_over_tls_people_sign_in_their_cookie_stays_there_and_another_host_and_too_many_attempts_are_refused(
    users, tmp_path
):
    certificate, key = make_certificate(tmp_path)
    options = ("--host", "0.0.0.0", "--users", users, "--tls-cert", certificate, "--tls-key", key)
    server = Server(tmp_path / "home", *options, "--max-upload", "1kb")
    try:
        server.verify = ssl.create_default_context(cafile=certificate)
        server.address = server.address.replace("0.0.0.0", "127.0.0.1")
        assert server.address.startswith("https://")
        person = Person(server)
        assert "Sign in" in person.http.get("/").text
        assert person.sign_in("Айгерим", PASSWORD).status_code == 200
        [cookie] = [one for one in person.http.cookies.jar if one.name == "importer_session"]
        assert cookie.secure
        assert cookie.has_nonstandard_attr("HttpOnly")
        too_large = person.http.post("/upload", data={"csrf": person.csrf}, files={"file": ("a.csv", b"x" * 100_000)})
        assert too_large.status_code == 413
        assert "1 KB" in too_large.text
        assert person.http.get("/healthz", headers={"host": "evil.example"}).status_code == 421
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            httpx.get(server.address)
        with pytest.raises(httpx.HTTPError):
            httpx.get(server.address.replace("https", "http"))

        stranger = Person(server)
        codes = [stranger.sign_in("Айгерим", "wrong" * 3).status_code for _ in range(SignInThrottle.FREE + 1)]
        assert codes == [401] * SignInThrottle.FREE + [429]
    finally:
        server.kill()


def test_behind_a_proxy_the_names_of_the_page_are_taken_and_the_last_address_that_it_told_counts(users, tmp_path):
    settings = load({"home": tmp_path / "home"}, look_around=False)
    names = frozenset({"import.example.kz"})
    site = Site(settings, accounts=Accounts(users), secure=True, behind_proxy=True, hosts=names)
    visitor = Visitor(site)
    form = {"name": "Айгерим", "password": PASSWORD}

    async def came(host):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(site)), base_url="https://import.example.kz"
        ) as client:
            headers = {"host": host, "x-forwarded-for": "6.6.6.6, 10.1.2.3", "origin": f"https://{host}"}
            return await client.post("/enter", data=form, headers=headers)

    answer = asyncio.run(came("import.example.kz"))
    assert answer.status_code == 303
    assert "Secure" in answer.headers["set-cookie"]
    assert asyncio.run(came("evil.example")).status_code == 421
    [line] = [json.loads(line) for line in site.audit.path.read_text().splitlines()]
    assert line["address"] == "10.1.2.3"
    assert visitor.ask("GET", "/").status_code == 401
