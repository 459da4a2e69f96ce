import json
import sys
from datetime import date

import pytest

from tests.support.database import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import audit

TODAY = date(2026, 11, 28)
FOUND = [audit.Vulnerability("GHSA-1", "left-pad"), audit.Vulnerability("PYSEC-2", "rope")]


def test_output_of_both_tools_is_read():
    pip = {"dependencies": [{"name": "rope", "vulns": [{"id": "PYSEC-2"}]}, {"name": "fine", "vulns": []}]}
    npm = {"vulnerabilities": {"left-pad": {"via": [{"url": "https://github.com/advisories/GHSA-1"}, "other"]}}}
    assert audit.from_npm(json.dumps(npm)) + audit.from_pip(json.dumps(pip)) == FOUND


def test_registry_without_audit_service_is_no_clean_result():
    with pytest.raises(ValueError, match="no audit service"):
        audit.from_npm('{"message": "not found"}')


def test_exceptions_hold_until_their_day():
    known = [{"id": "GHSA-1", "reason": "not used", "expires": date(2026, 12, 1)}]
    assert audit.open_problems(FOUND, known, TODAY) == ["rope: PYSEC-2"]
    assert audit.open_problems([], known, date(2027, 1, 1)) == ["The exception for GHSA-1 ended on 2026-12-01."]
