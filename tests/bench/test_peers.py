"""What `bin/bench peers` says without running anything: how sides compare, what is set up, what lacks."""

import json
import sys
from pathlib import Path

import pytest

import bench.__main__ as command
from bench.measuring import Measured
from bench.peer import chain, installed
from bench.peer.configuration import Archive, configuration
from bench.peer.figures import Round, Signing, medians, ratios
from bench.processes import Usage


def a_round(messages_per_s: float, resumes_per_s: float, kib: float) -> Round:
    def run(messages: float, hearing: int) -> Measured:
        result = {"measured_acked": messages * 5, "measured_deliveries": messages * hearing * 5}
        return Measured(result, Usage(1.0, 1.0, 1.0, 3.0, 0.0), 5.0)

    resume = Signing(4_000, 4_000 / resumes_per_s, Usage(4.0, 4.0, 1.0, 9.0, 0.0), {})
    return Round(run(messages_per_s, 300), run(2 * messages_per_s, 300), run(messages_per_s, 1), resume, kib)


def test_of_each_figure_the_median_round_counts() -> None:
    three = [a_round(100, 900, 44), a_round(50, 1_000, 46), a_round(900, 100, 45)]
    assert medians(three) == {
        "fanout_deliveries_per_s": 30_000,
        "fanout_deliveries_per_s_w16": 60_000,
        "pairs_messages_per_s": 100,
        "resumes_per_s": 900,
        "kib_per_connection": 45,
        "fanout_deliveries_per_server_cpu_s": 75_000,
        "pairs_messages_per_server_cpu_s": 250,
        "resumes_per_server_cpu_s": 500,
    }


def test_a_ratio_above_one_is_better_for_us_also_where_less_is_better() -> None:
    ours, theirs = medians([a_round(1_500, 2_000, 15)]), medians([a_round(100, 1_000, 45)])
    assert ratios(ours, theirs) == {
        "fanout_ratio": 15.0,
        "fanout_ratio_w16": 15.0,
        "pairs_ratio": 15.0,
        "resume_ratio": 2.0,
        "memory_ratio": 3.0,
        "fanout_ratio_per_cpu": 15.0,
        "pairs_ratio_per_cpu": 15.0,
        "resume_ratio_per_cpu": 1.0,
    }


def test_the_peer_archives_everything_and_is_tuned() -> None:
    settings = json.loads(configuration(20_123, Archive("127.9.8.7", 5432, "ejabberd", "dianmai", "secret")))
    modules = settings["modules"]
    assert modules["mod_mam"] == {"assume_mam_usage": True, "default": "always", "db_type": "sql"}
    assert modules["mod_muc"]["default_room_options"]["mam"] is True
    assert modules["mod_muc"]["default_room_options"]["presence_broadcast"] == []
    assert (settings["sql_server"], settings["sql_port"], settings["sql_password"]) == ("127.9.8.7", 5432, "secret")
    assert [(door["ip"], door["port"], door["shaper"]) for door in settings["listen"]] == [
        ("127.0.0.1", 20_123, "none")
    ]


def test_everything_that_lacks_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(installed.NotInstalled, match="ejabberd erlang-p1-pgsql erlang-base"):
        installed.libraries(tmp_path)


def test_what_is_there_is_found_and_what_lacks_is_named(tmp_path: Path) -> None:
    ebin = tmp_path / "usr/lib/x86_64-linux-gnu/ejabberd-23.01/ebin"
    ebin.mkdir(parents=True)
    (ebin / "ejabberd.app").write_text('{application, ejabberd,\n [{description, "x"},\n  {vsn, "23.01"}]}.')
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/erl").touch()
    with pytest.raises(installed.NotInstalled, match="--no-install-recommends erlang-p1-pgsql "):
        installed.libraries(tmp_path)
    (tmp_path / "usr/lib/erlang/lib/p1_pgsql-1.1.20/ebin").mkdir(parents=True)
    assert installed.libraries(tmp_path) == tmp_path / "usr/lib/x86_64-linux-gnu"
    assert installed.ejabberd_version(tmp_path) == "23.01"


def test_the_bench_says_what_to_install_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def lacking() -> dict[str, object]:
        installed.libraries(tmp_path)
        return {}

    monkeypatch.setitem(command.BENCHES, "peers", lacking)
    monkeypatch.setattr("shutil.which", {"gcc": "/usr/bin/gcc"}.get)
    monkeypatch.setattr(sys, "argv", ["bench", "peers", "--json"])
    assert command.main() == 2
    said = capsys.readouterr()
    assert "apt-get install --no-install-recommends ejabberd" in said.err
    assert said.out == ""


def test_who_comes_back_lacks_what_their_store_said_and_not_what_ended_the_storm_before() -> None:
    known = {7: {"chat:1": 3, "chat:9": 100}, 8: {"chat:2": 5, "chat:9": 100}}
    made = chain.Chain("chat:5", [], [], "chat:9", [], known, {})
    now = {"chat:1": 23, "chat:2": 25, "chat:9": 102}
    assert chain.missed_lines(made, now) == ["20 chat:1 3 chat:9 102", "20 chat:2 5 chat:9 102"]
