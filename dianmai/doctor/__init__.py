"""Looks at the machine and the installation, and says in plain words what will cause trouble: `dianmai doctor`."""

import asyncio

from dianmai.doctor import installation, machine
from dianmai.doctor.finding import Finding
from dianmai.settings import Settings

__all__ = ["Finding", "examine", "report"]


async def examine(settings: Settings) -> list[Finding]:
    """Everything that was looked at, in a fixed order. Changes nothing; an embedded database that is not running but
    exists is started for the moment."""
    findings = [
        machine.python(),
        installation.web_client(),
        machine.open_files(),
        machine.disk(settings.data_dir),
        installation.data_directory(settings),
    ]
    findings.append(await asyncio.to_thread(machine.sync_latency, settings.data_dir))
    findings += await installation.database(settings)
    findings += await installation.bus(settings)
    findings.append(await machine.port(settings.host, settings.port))
    return findings


def report(findings: list[Finding]) -> str:
    """The findings as text for a terminal, the grave ones last, where they are seen."""
    marks = {"ok": "ok  ", "warn": "WARN", "bad": "BAD "}
    lines: list[str] = []
    for finding in sorted(findings, key=lambda finding: ("ok", "warn", "bad").index(finding.level)):
        lines.append(f"{marks[finding.level]}  {finding.name}: {finding.meaning}")
        if finding.action:
            lines.append(f"      -> {finding.action}")
    return "\n".join(lines) + "\n"
