"""No secret is in the repository or in the built pages."""

import re
import subprocess

import pytest

from tests.support.database import ROOT

# Forms that vendors give their secrets, so that scanners find them.
FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bsk-ant-[\w-]{20,}|\bsk_live_\w{16,}|\bwhsec_\w{16,}|\bvercel_blob_rw_[A-Za-z0-9]{8,}_[A-Za-z0-9]{20,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bAKIA[0-9A-Z]{16}\b|\bxox[abp]-[\w-]{20,}|https://[0-9a-f]{32}@[\w.]*sentry\.io"
)
BUILT = ROOT / ".web" / "build" / "client"


def secrets_in(text: str) -> list[str]:
    return [found[0][:24] for found in FORMS.finditer(text)]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE " + "KEY-----",
        "key = 'sk-" + "ant-api03-abcdefghijklmnopqrstuvwxyz'",
        "vercel_blob_" + "rw_AbCdEfGh_0123456789abcdefghij",
    ],
)
def test_forms_are_recognised(text: str):
    assert secrets_in(text)


def test_repository_has_no_secret():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    hits = {
        name: found
        for name in names.split("\0")
        if name and (found := secrets_in((ROOT / name).read_bytes().decode("utf-8", "replace")))
    }
    assert hits == {}


@pytest.mark.skipif(not BUILT.is_dir(), reason="the pages are not built")
def test_built_pages_have_no_secret():
    hits = {file.name: found for file in BUILT.rglob("*.js") if (found := secrets_in(file.read_text(errors="replace")))}
    assert hits == {}
