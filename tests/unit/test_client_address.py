import pytest
from starlette.requests import HTTPConnection

from askchopper.api.dependencies import client_ip
from askchopper.settings import environment


def connection(peer: str, *forwarded: str) -> HTTPConnection:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return HTTPConnection({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        ("0", ["203.0.113.9"], "192.0.2.1"),
        ("1", ["203.0.113.9"], "203.0.113.9"),
        ("1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        ("2", ["6.6.6.6, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        ("2", ["203.0.113.9"], "203.0.113.9"),
        ("1", [], "192.0.2.1"),
        ("1", ["nonsense"], "192.0.2.1"),
        ("1", ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
    ],
)
def test_forwarding_headers_need_trusted_proxies(hops: str, forwarded: list[str], address: str):
    with environment(TRUSTED_PROXIES=hops):
        assert client_ip(connection("192.0.2.1", *forwarded)) == address
