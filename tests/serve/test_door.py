"""Who may come in: with the token, under the server's own name, and not through the page of another site."""

import pytest

NO_DATA = ["/", "/health", "/docs", "/openapi.json", "/page/app.js", "/docs/files/swagger-ui.css"]
DATA = [
    ("GET", "/v1/about"),
    ("POST", "/v1/nap"),
    ("GET", "/v1/jobs/x"),
    ("GET", "/v1/jobs/x/files/y"),
    ("DELETE", "/v1/jobs/x"),
    ("GET", "/metrics"),
]


def test_a_token_is_asked_for_wherever_there_are_data(planted):
    client = planted(token="open sesame")
    for path in NO_DATA:
        assert client.get(path).status_code == 200, path
    for method, path in DATA:
        for headers in ({}, {"Authorization": "Bearer open"}, {"Authorization": "Bearer "}, {"Authorization": "Basic open sesame"}):
            answer = client.request(method, path, headers=headers)
            assert answer.status_code == 401 and "needs its token" in answer.json()["error"], path
    assert client.post("/v1/nap", json={}, headers={"Authorization": "Bearer open sesame"}).status_code == 200
    assert client.get("/openapi.json").json()["security"] == [{"token": []}]


def test_another_name_and_another_site_are_refused(napper):
    client = napper
    for host in ("evil.example", "localhost.evil.example", "", "evil.example:8000"):
        answer = client.get("/v1/about", headers={"Host": host})
        assert answer.status_code == 403 and "This server is called localhost" in answer.json()["error"]
    assert client.get("/v1/about", headers={"Host": "127.0.0.1:8000"}).status_code == 200
    assert client.post("/v1/nap", json={}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.delete("/v1/jobs/x", headers={"Origin": "null"}).status_code == 403
    assert client.post("/v1/nap", json={}, headers={"Origin": "http://localhost"}).status_code == 200


@pytest.mark.parametrize("path", ["/page/../app.py", "/page/%2e%2e/app.py", "/docs/files/../../core.py", "/page//etc/passwd"])
def test_bundled_files_are_all_that_is_given(napper, path):
    answer = napper.get(path)
    assert answer.status_code == 404 and "import" not in answer.text


def test_answers_leave_with_their_headers(napper):
    client = napper
    page = client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"] and page.headers["x-content-type-options"] == "nosniff"
    assert client.get("/v1/about").headers["cache-control"] == "no-store"


def test_metrics_do_not_grow_with_what_is_asked(napper):
    client = napper
    for path in ("/a", "/b/c", "/v1/jobs/1", "/v1/jobs/2", "/v1/x1y2"):
        client.get(path)
    text = client.get("/metrics").text
    assert 'path="other"' in text and 'path="/v1/jobs/ID"' in text and "x1y2" not in text
