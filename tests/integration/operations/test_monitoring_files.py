"""The dashboard and the alert rules name metrics that exist, in expressions that Prometheus accepts."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from askchopper.database import transaction
from askchopper.services import checks, feedback
from askchopper.vocabulary import Role
from tests.support.clients import api_client
from tests.support.database import ROOT
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
ALERTS, DASHBOARD = ROOT / "deploy/alerts.yml", ROOT / "deploy/grafana-dashboard.json"
_NAME = re.compile(r"\baskchopper_[a-z0-9_]+")


def expressions() -> list[str]:
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]


async def scrape() -> str:
    async with api_client(await make_user(role=Role.ADMIN)) as client:
        return (await client.get("/metrics")).text


async def promtool(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = ["promtool", *words]
    return await asyncio.to_thread(subprocess.run, command, input=given, capture_output=True, text=True, check=False)


async def test_every_metric_is_exported(db: None, as_owner):
    async with transaction() as session:
        await checks.record(session, "ledger", problems=0)
        await feedback.add(session, None, message="It broke.", reference="", page="/", client_ip="192.0.2.1")
    as_owner("INSERT INTO backups (name, finished_at, file_count, size_bytes) VALUES ('x', now(), 1, 1)")
    await scrape()
    exported = await scrape()
    names = {name for expression in expressions() for name in _NAME.findall(expression)}
    families = re.findall(r"^# TYPE (\w+) (\w+)$", exported, re.MULTILINE)
    known = {name for name, _ in families}
    known |= {
        f"{name}_{part}"
        for name, kind in families
        if kind in {"histogram", "summary"}
        for part in ("bucket", "sum", "count")
    }
    assert names - known == set()
    assert 'askchopper_route_seconds_count{route="/metrics"}' in exported
    assert 'askchopper_check_problems{check="ledger"} 0' in exported
    assert "askchopper_feedback_last_hour 1" in exported


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool, of the Debian package prometheus")
async def test_prometheus_accepts_rules_expressions_and_metrics(db: None, tmp_path: Path):
    listed = tmp_path / "rules.yml"
    numbered = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(expressions())]
    listed.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": numbered}]}))
    for words in (["check", "rules", str(ALERTS)], ["check", "rules", str(listed)]):
        done = await promtool(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    await scrape()
    done = await promtool("check", "metrics", given=await scrape())
    assert done.returncode in {0, 3}, done.stderr  # 3: style, such as a missing help text
    assert "error while linting" not in done.stderr
