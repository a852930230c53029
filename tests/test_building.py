"""Building the wheel on a machine without the right Node says what to install, before anything is fetched."""

from pathlib import Path

import pytest

import hatch_build


def program(path: Path, said: str) -> None:
    path.write_text(f"#!/bin/sh\necho {said}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "found"),
    [(None, "has none"), ("v18.20.4", "has v18.20.4"), ("v20.18.3", "has v20.18.3"), ("", "has an unknown one")],
)
def test_it_says_which_node_is_wanted_and_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None, found: str
) -> None:
    program(tmp_path / "npm", "10.0.0")
    if version is not None:
        program(tmp_path / "node", version)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as stopped:
        hatch_build.npm()
    said = str(stopped.value)
    assert found in said
    assert "Node 20.19 or newer" in said
    assert "https://nodejs.org" in said


@pytest.mark.parametrize("version", ["v20.19.0", "v22.1.0", "v24.19.0"])
def test_a_new_enough_node_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    program(tmp_path / "npm", "10.0.0")
    program(tmp_path / "node", version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hatch_build.npm() == str(tmp_path / "npm")
