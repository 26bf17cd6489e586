"""A client of the CacheWarp REST cache service in Python's standard library: nothing to install.

    cache = CacheWarp("http://127.0.0.1:8000")
    cache.set("user:1", {"name": "Ada"}, ttl=300, tags=["users"])
    cache.get("user:1")        # {'name': 'Ada'}, or None
    cache.invalidate(tag="users")
"""

import base64
import json
import sys
import urllib.error
import urllib.parse
import urllib.request


class CacheWarpError(Exception):
    """The service refused; `status` and `problem` (RFC 9457) say why."""

    def __init__(self, status, problem):
        super().__init__(f"{status}: {problem.get('detail', 'no reason given')}")
        self.status = status
        self.problem = problem


class CacheWarp:
    def __init__(self, url, token=None, timeout=2.0):
        self._url = url.rstrip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._timeout = timeout

    def get(self, key):
        """The value of a key: what JSON says, or bytes; None where there is nothing."""
        status, headers, body = self._ask("GET", self._path(key), accepts=(404,))
        if status == 404:
            return None
        is_json = headers.get("Content-Type", "").startswith("application/json")
        return json.loads(body)["value"] if is_json else body

    def set(self, key, value, ttl=None, tags=(), if_match=None, if_absent=False):
        """Keeps a value; answers its ETag, or None where a condition was given and did not hold."""
        if isinstance(value, bytes):
            headers = {"Content-Type": "application/octet-stream", "Cache-Tag": ",".join(tags)}
            if ttl is not None:
                headers["Cache-Control"] = f"max-age={int(ttl)}"
            body = value
        else:
            headers = {"Content-Type": "application/json"}
            draft = {"value": value, "tags": list(tags)}
            if ttl is not None:
                draft["ttl"] = ttl
            body = json.dumps(draft).encode()
        if if_match is not None:
            headers["If-Match"] = if_match
        if if_absent:
            headers["If-None-Match"] = "*"
        status, _, answer = self._ask("PUT", self._path(key), headers, body, accepts=(412,))
        return None if status == 412 else json.loads(answer)["etag"]

    def delete(self, key):
        """Removes a key; answers whether there was something."""
        status, _, _ = self._ask("DELETE", self._path(key), accepts=(404,))
        return status == 204

    def get_many(self, keys):
        """The values of many keys in their order, None for what is not there."""
        found = self._post("/cache/batch", {"get": list(keys)})["get"]
        return [None if e is None else base64.b64decode(e["base64"]) if "base64" in e else e["value"] for e in found]

    def set_many(self, values, ttl=None):
        """Keeps a dictionary of JSON values."""
        more = {} if ttl is None else {"ttl": ttl}
        self._post("/cache/batch", {"set": [{"key": key, "value": value, **more} for key, value in values.items()]})

    def invalidate(self, **targets):
        """invalidate(tag="users"), invalidate(prefix="user:"), invalidate(key="a"), invalidate(all=True)"""
        self._post("/invalidate", targets)

    def clear(self):
        self._ask("DELETE", "/cache")

    def stats(self):
        return json.loads(self._ask("GET", "/stats")[2])

    @staticmethod
    def _path(key):
        return "/cache/" + urllib.parse.quote(key, safe="")

    def _post(self, path, content):
        headers = {"Content-Type": "application/json"}
        return json.loads(self._ask("POST", path, headers, json.dumps(content).encode())[2])

    def _ask(self, method, path, headers=None, body=None, accepts=()):
        request = urllib.request.Request(self._url + path, body, {**self._headers, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                content = error.read()
                if error.code in accepts:
                    return error.code, error.headers, content
                problem = json.loads(content) if content else {}
                raise CacheWarpError(error.code, problem) from None


def main(url):
    """Tries everything; run by the project's tests against a service."""
    cache = CacheWarp(url)
    cache.clear()
    assert cache.get("user:1") is None
    etag = cache.set("user:1", {"name": "Ada", "tags": ["ä", None, 1.5]}, ttl=300, tags=["users"])
    assert cache.get("user:1") == {"name": "Ada", "tags": ["ä", None, 1.5]}
    assert cache.set("user:1", 1, if_absent=True) is None
    assert cache.set("user:1", 2, tags=["users"], if_match=etag) is not None
    assert cache.set("user:1", 3, if_match=etag) is None
    assert cache.get("user:1") == 2
    for key in ["a/b?c#d", "ä€𝄞", "%", " ", "x" * 1000]:
        cache.set(key, key)
        assert cache.get(key) == key, key
        assert cache.delete(key) and not cache.delete(key), key
    cache.set("bytes", bytes(range(256)), ttl=60, tags=["raw"])
    assert cache.get("bytes") == bytes(range(256))
    cache.set_many({f"n:{n}": n for n in range(500)}, ttl=60)
    assert cache.get_many(["n:0", "n:499", "bytes", "absent"]) == [0, 499, bytes(range(256)), None]
    cache.invalidate(tag="users")
    assert cache.get("user:1") is None and cache.get("n:1") == 1
    cache.invalidate(prefix="n:")
    assert cache.get("n:1") is None
    try:
        cache.set("a", 1, ttl=-5)
    except CacheWarpError as error:
        assert error.status == 400 and error.problem["field"] == "ttl" and error.problem["value"] == -5
    else:
        raise AssertionError("a ttl below 0 was taken")
    assert cache.stats()["entries"] == 1
    cache.clear()
    assert cache.stats()["entries"] == 0
    print("all well")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
