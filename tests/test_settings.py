"""Settings: precedence, messages for the person who wrote them, the printed manual."""

from pathlib import Path

import pytest

from dianmai.settings import Settings, SettingsError, default_data_dir, load, manual


def test_runs_with_none_set(tmp_path: Path) -> None:
    settings = load({}, cwd=tmp_path, uid=1000)
    assert settings == Settings(data_dir=tmp_path / "data")
    assert (settings.host, settings.port, settings.database_url, settings.origins) == ("127.0.0.1", 8420, None, ())


def test_each_source_beats_the_weaker_ones(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dianmai.toml").write_text('port = 1001\nhost = "10.0.0.1"\nlog_level = "debug"\n')
    settings = load({"DIANMAI_PORT": "1002", "DIANMAI_HOST": "10.0.0.2"}, overrides={"port": 1003}, cwd=tmp_path, uid=9)
    assert (settings.port, settings.host, settings.log_level) == (1003, "10.0.0.2", "debug")


def test_a_named_file_may_move_the_data(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(f'data_dir = "{tmp_path}/elsewhere"\norigins = ["https://a.example"]\n')
    settings = load({"DIANMAI_CONFIG": "my.toml"}, cwd=tmp_path)
    assert settings.data_dir == tmp_path / "elsewhere"
    assert settings.origins == ("https://a.example",)


def test_plain_names_are_read_and_the_prefixed_name_wins() -> None:
    plain = {"DATABASE_URL": "postgresql://db/a", "NATS_URL": "nats://n:4222"}
    settings = load(plain)
    assert (settings.database_url, settings.nats_url) == ("postgresql://db/a", "nats://n:4222")
    assert load({**plain, "DIANMAI_DATABASE_URL": "postgresql://db/b"}).database_url == "postgresql://db/b"


def test_words_and_lists_from_the_environment() -> None:
    settings = load({"DIANMAI_DEMO": "yes", "DIANMAI_TRUSTED_PROXIES": "10.0.0.0/8, ::1/128", "DIANMAI_TLS_KEY": ""})
    assert settings.demo is True
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1/128")
    assert settings.tls_key is None


def test_hosts_of_ones_own_may_end_in_digits() -> None:
    hosts = ("nas01", "*.oa.corp1", "10.1.0.0/16", "fd00::/8")
    assert load({"DIANMAI_EGRESS_ALLOW": ",".join(hosts)}).egress_allow == hosts


def test_root_data_lies_where_the_database_account_can_reach_it(tmp_path: Path) -> None:
    (tmp_path / "here" / "dianmai").mkdir(parents=True)
    (tmp_path / "here" / "dianmai" / "settings.py").touch()
    assert default_data_dir(Path("/nowhere"), 0) == Path("/var/lib/dianmai/data")
    in_checkout = default_data_dir(tmp_path / "here" / "dianmai", 0)
    assert in_checkout.parent == Path("/var/lib/dianmai")
    assert in_checkout.name.endswith("here")
    assert default_data_dir(tmp_path / "here" / "dianmai", 1000) == tmp_path / "here" / "data"


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"DIANMAI_PORT": "99999"}, "port = '99999' (from DIANMAI_PORT): expected int <= 65535."),
        ({"DIANMAI_PORT": "http"}, "port = 'http' (from DIANMAI_PORT): expected int, got str."),
        ({"DIANMAI_DEMO": "maybe"}, "demo = 'maybe' (from DIANMAI_DEMO): expected bool, got str."),
        ({"DIANMAI_WORKERS": "65"}, "workers = '65' (from DIANMAI_WORKERS): expected int <= 64."),
        (
            {"DIANMAI_ROLE": "edge"},
            "role = edge is half of an installation: it needs the database_url and the nats_url of both.",
        ),
        (
            {"DIANMAI_LOG_LEVEL": "loud"},
            "(from DIANMAI_LOG_LEVEL): invalid enum value 'loud'. It is:",
        ),
        ({"DATABASE_URL": "postgres://db:x/a"}, "Port could not be cast to integer"),
        ({"DIANMAI_TRUSTED_PROXIES": "10.0.0.1/8"}, "10.0.0.1/8 has host bits set"),
        ({"DIANMAI_PUBLIC_URL": "https://a.example/"}, "without a path or a closing slash"),
        ({"DIANMAI_ORIGINS": "a.example"}, "must look like https://host"),
        ({"DATABASE_URL": "mysql://db/a"}, "must start with postgresql://"),
        ({"DIANMAI_EGRESS_ALLOW": "nas01, 10.0.0.256"}, "'10.0.0.256' does not appear to be an IPv4 or IPv6 network"),
        ({"DIANMAI_EGRESS_ALLOW": "host.0x7f"}, "'host.0x7f' does not appear to be an IPv4 or IPv6 network"),
        ({"DIANMAI_TLS_CERT": "cert.pem"}, "tls_cert and tls_key belong together"),
        ({"DIANMAI_CONFIG": "/no/such.toml"}, "DIANMAI_CONFIG names /no/such.toml, but there is no such file."),
    ],
)
def test_what_is_wrong_is_said(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('prot = 80\nhost = "x"', "there is no setting 'prot'. The nearest one is 'port'."),
        ("port = ", "is not valid TOML"),
        ('port = "80"', "port = '80' (from"),
        ("origins = [1]", "expected str, got int - at $[0]"),
        ('data_dir = "/elsewhere"', "use DIANMAI_DATA_DIR"),
    ],
)
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "dianmai.toml").write_text(content)
    with pytest.raises(SettingsError) as caught:
        load({"DIANMAI_DATA_DIR": str(tmp_path)})
    assert message in str(caught.value)


def test_passwords_are_not_shown() -> None:
    settings = load({"DATABASE_URL": "postgresql://me:s3cret@db/a"})
    assert "s3cret" not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        load({"DATABASE_URL": "mysql://me:s3cret@db/a"})
    assert "s3cret" not in str(caught.value)


def test_the_manual_names_every_setting_with_its_default() -> None:
    text = manual()
    for name in Settings.__struct_fields__:
        assert f"\n{name}  (" in text
        assert f"DIANMAI_{name.upper()}" in text
    assert "port  (number; default 8420; DIANMAI_PORT)" in text
    assert "database_url  (text; default not set; DIANMAI_DATABASE_URL or DATABASE_URL)" in text
