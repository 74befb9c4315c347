"""The scan of `./scripts/check`: it finds what must not be published, and nothing here."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCAN = Path(__file__).parents[2] / "scripts" / "secrets"


@pytest.fixture(scope="module")
def scan() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("scan_for_secrets", str(SCAN))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


# In two pieces, so that this file has none of them.
SECRETS = {
    "a private key": ("-----BEGIN RSA PRIVATE", " KEY-----\n" + "MIIEow" * 5),
    "a key of an AI service": ("sk", "-proj-0123456789abcdefghij"),
    "a key of LangSmith": ("lsv2_pt", "_0123456789abcdef01234567"),
    "a token of GitHub": ("ghp", "_0123456789abcdefghijABCDEFGHIJ012345"),
    "a token of GitLab": ("glpat", "-0123456789abcdefghij"),
    "a token of PyPI": ("pypi-AgE", "IcHlwaS5vcmcCJ0123456789abcdefghij"),
    "a key of AWS": ("AKIA", "0123456789ABCDEF"),
    "a key of Google": ("AIza", "0123456789abcdefghijABCDEFGHIJ01234"),
    "a token of Slack": ("xoxb", "-0123456789-abcdef"),
    "a JSON web token": ("eyJhbGciOiJI", "UzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2Q"),
    "a password in an address": ("https://user:hunter", "2hunter2@example.com"),
    "a key that is set": ("XINGYUN_API_KEY=", "0123456789abcdefghijABCDEF"),
    "a package registry's address": ("https://pypi.company.example", "/simple"),
    "a path of one machine": ("/home", "/li/project/file.py"),
}


def test_every_pattern_has_an_example(scan):
    assert list(SECRETS) == list(scan.PATTERNS)


@pytest.mark.parametrize("what", SECRETS)
def test_it_finds(scan, what):
    text = "".join(SECRETS[what])
    assert (2, what) in scan.findings(f"first line\nx = '{text}'\n")
    assert not scan.findings(f"{text}  # secrets: fine") or what == "a private key"


@pytest.mark.parametrize(
    "text",
    [
        'api_key="test-key"',
        "export XINGYUN_API_KEY=your-key",
        "XINGYUN_API_KEY=...",
        "https://docs.example.org/api",
        "a task-12345678901234567890 of many",
        "https://example.com/home/page",
        "~/worker/x",
        "/home/somebody/cat.png",
    ],
)
def test_it_lets_pass(scan, text):
    assert not scan.findings(text)


@pytest.mark.skipif(
    shutil.which("git") is None or not (SCAN.parents[1] / ".git").exists(), reason="no repository"
)
def test_there_is_nothing_here():
    done = subprocess.run([sys.executable, str(SCAN)], capture_output=True, check=False, text=True)
    assert (done.stdout, done.returncode) == ("", 0)
