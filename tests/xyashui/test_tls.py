"""The TLS contexts of a process."""

from __future__ import annotations

import certifi
import pytest

from tests.xyashui.test_locks import IN_A_CHILD
from tests.xyashui.test_processes import run_alone
from xyashui import Client
from xyashui.tls import CERTIFICATES, tls_context
from xyashui.transport import shared_client


def test_pools_that_come_and_go_share_one() -> None:
    used = []
    for _ in range(2):
        with Client("xingyun", api_key="test-key", base_url="https://127.0.0.1:1/v1") as client:
            pool = shared_client(client.base_url)
            used.append(pool._transport._pool._ssl_context)  # type: ignore[attr-defined]
        pool.close()
    assert used[0] is used[1]


def test_other_authorities_make_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CERTIFICATES:
        monkeypatch.delenv(name, raising=False)
    usual = tls_context(trust_env=True)
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    assert tls_context(trust_env=True) is not usual
    assert tls_context(trust_env=False) is tls_context(trust_env=False)
    monkeypatch.delenv("SSL_CERT_FILE")
    assert tls_context(trust_env=True) is usual


def test_a_fork_has_its_own() -> None:
    script = """
        from xyashui.tls import tls_context
        here = tls_context(trust_env=True)
        def compare():
            assert tls_context(trust_env=True) is not here
        print(in_a_child(compare))
    """
    assert run_alone(IN_A_CHILD + script) == "True"
