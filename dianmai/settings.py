"""Every setting of Dianmai: its type, its default and what it means.

A setting comes from, weakest first: the default below, the TOML file (`DIANMAI_CONFIG`, or `dianmai.toml` in the data
directory), the environment (`DIANMAI_PORT=8420`), the command line. Dianmai runs with none of them set.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from dianmai.manual import explained, type_words
from dianmai.well_formed import require_well_formed

ENVIRONMENT_PREFIX = "DIANMAI_"
PLAIN_NAMES = {"database_url": "DATABASE_URL", "nats_url": "NATS_URL"}
"""Settings that are also read from the name which other tools use for them; the DIANMAI_ name wins."""


BESIDE_THE_POOL = 4
"""Connections that a process has besides its pool: two for the journal, to look at the lanes, to feel the pulse."""


class SettingsError(ValueError):
    """A setting cannot be used; the message names it, where it was set and what to write instead."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One consistent set of settings; `load` makes it, nothing changes it afterwards."""

    data_dir: Annotated[
        Path,
        Meta(
            description="Directory for everything Dianmai stores. Default: data/ in the checkout; as root below "
            "/var/lib/dianmai, because PostgreSQL refuses to run as root and its account must reach its files."
        ),
    ]
    host: Annotated[
        str, Meta(min_length=1, description="Address to listen on; 0.0.0.0 is every IPv4 address of the machine.")
    ] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port to listen on; 0 takes any free one.")] = 8420
    database_url: Annotated[
        str | None,
        Meta(
            description="PostgreSQL 15 or newer, as postgresql://user:password@host:5432/name. "
            "Not set: Dianmai runs its own PostgreSQL in the data directory."
        ),
    ] = None
    database_pool: Annotated[
        int, Meta(ge=2, le=500, description="Largest number of database connections of this process.")
    ] = 8
    nats_url: Annotated[
        str | None,
        Meta(
            description="NATS server as nats://user:password@host:4222, the bus between several machines that serve "
            "one database. Not set: workers of one machine get a NATS of their own."
        ),
    ] = None
    files_dir: Annotated[
        Path | None,
        Meta(
            description="Directory for uploaded files, which several machines of one installation share. "
            "Not set: files/ in the data directory."
        ),
    ] = None
    public_url: Annotated[
        str | None,
        Meta(description="Address people type, as https://im.example.com. Not set: taken from each request."),
    ] = None
    origins: Annotated[
        tuple[str, ...],
        Meta(description="Further web origins that may use the API, each as https://host[:port]."),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Networks (CIDR) of proxies whose X-Forwarded-* headers are believed; all others are not."),
    ] = ()
    metrics_from: Annotated[
        tuple[str, ...],
        Meta(description="Networks (CIDR) that may read /metrics, besides this machine itself."),
    ] = ()
    egress_allow: Annotated[
        tuple[str, ...],
        Meta(
            description="Systems of your own that the server may fetch from: host names (oa.example.com, "
            "*.example.com), addresses or networks (CIDR). All other addresses inside are out of reach."
        ),
    ] = ()
    egress_ports: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=65535)], ...],
        Meta(description="Ports the server may fetch from."),
    ] = (80, 443, 8443)
    tls_cert: Annotated[Path | None, Meta(description="PEM file with the TLS certificate chain; needs tls_key.")] = None
    tls_key: Annotated[
        Path | None, Meta(description="PEM file with the private key of tls_cert, readable by Dianmai only.")
    ] = None
    insecure_cookies: Annotated[
        bool,
        Meta(description="Send session cookies over plain HTTP to other machines as well. For trials only."),
    ] = False
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least severity that is logged.")
    ] = "info"
    workers: Annotated[
        int, Meta(ge=1, le=64, description="Number of serving processes on this machine; one for each core is plenty.")
    ] = 1
    role: Annotated[
        Literal["all", "edge", "worker"],
        Meta(
            description="What this machine does: edge answers people, worker does what follows from it (groups, "
            "timers), all does both. Several machines need database_url and nats_url."
        ),
    ] = "all"
    demo: Annotated[
        bool, Meta(description="Fill an empty installation with the demonstration chain and its people.")
    ] = False

    @property
    def connections(self) -> int:
        """How many database connections this machine may have at once."""
        return self.workers * (self.database_pool + BESIDE_THE_POOL)

    def __repr__(self) -> str:
        """All settings but for passwords in addresses, so that it may be logged."""
        shown = (f"{name}={_without_password(getattr(self, name))!r}" for name in self.__struct_fields__)
        return f"Settings({', '.join(shown)})"


def load(
    environ: Mapping[str, str] | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    cwd: Path | None = None,
    uid: int | None = None,
) -> Settings:
    """Settings from all sources; `overrides` (the command line) win, those that are None are left out.

    Raises SettingsError with a message for the person who wrote the setting.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    from_environment = _from_environment(environ)
    given = {name: (value, "the command line") for name, value in (overrides or {}).items() if value is not None}
    values = {**from_environment, **given}
    if "data_dir" in values:
        data_dir = Path(str(values["data_dir"][0])).expanduser()
    else:
        data_dir = default_data_dir(cwd, os.geteuid() if uid is None else uid)
    values = {"data_dir": (data_dir, "default"), **_from_file(environ, cwd / data_dir, cwd), **values}
    decoded = {name: _decoded(name, value, source, cwd) for name, (value, source) in values.items()}
    settings = Settings(**decoded)
    _require_consistent(settings)
    return settings


def default_data_dir(cwd: Path, uid: int) -> Path:
    """Where data goes when nobody says: one directory for each checkout, or one for an installed Dianmai."""
    checkout = next((place for place in (cwd, *cwd.parents) if (place / "dianmai" / "settings.py").is_file()), None)
    if uid != 0:
        return (checkout or cwd) / "data"
    if checkout is None:
        return Path("/var/lib/dianmai/data")
    # Two checkouts on one machine must not meet in one database.
    return Path("/var/lib/dianmai") / str(checkout.resolve()).strip("/").replace("/", "-")


def manual() -> str:
    """The manual of all settings, as printed by `dianmai config`."""
    return (
        "Settings, weakest source first: default, TOML file (DIANMAI_CONFIG, or dianmai.toml in the data directory),\n"
        "environment, command line. Lists are separated by commas in the environment.\n"
        f"{explained(Settings, _variables)}\n"
    )


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    found: dict[str, tuple[object, str]] = {}
    for name in Settings.__struct_fields__:
        for variable in _variables(name):
            if environ.get(variable, "") != "":
                found[name] = (environ[variable], variable)
                break
    return found


def _variables(name: str) -> list[str]:
    return [ENVIRONMENT_PREFIX + name.upper(), *filter(None, [PLAIN_NAMES.get(name)])]


def _from_file(environ: Mapping[str, str], data_dir: Path, cwd: Path) -> dict[str, tuple[object, str]]:
    named = environ.get("DIANMAI_CONFIG")
    path = cwd / named if named else data_dir / "dianmai.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            raise SettingsError(f"DIANMAI_CONFIG names {path}, but there is no such file.") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from error
    for name in content:
        if name not in Settings.__struct_fields__:
            nearest = difflib.get_close_matches(name, Settings.__struct_fields__, n=1, cutoff=0)[0]
            raise SettingsError(f"{path}: there is no setting {name!r}. The nearest one is {nearest!r}.")
    if "data_dir" in content and not named:
        raise SettingsError(f"{path}: data_dir cannot be set inside the data directory; use DIANMAI_DATA_DIR.")
    return {name: (value, str(path)) for name, value in content.items()}


def _decoded(name: str, value: object, source: str, cwd: Path) -> Any:
    hint = get_type_hints(Settings, include_extras=True).get(name)
    if hint is None:
        raise SettingsError(f"There is no setting {name!r} (from {source}).")
    from_text = source.startswith(ENVIRONMENT_PREFIX) or source in PLAIN_NAMES.values()
    if from_text and isinstance(value, str) and "tuple" in str(hint):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if from_text and isinstance(value, str) and hint.__origin__ is bool:
        value = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(value.lower(), value)
    try:
        decoded = msgspec.convert(value, hint, strict=not from_text, dec_hook=_path)
    except msgspec.ValidationError as error:
        wrong = str(error)[:1].lower() + str(error)[1:].replace("`", "")
        raise SettingsError(f"{name} = {value!r} (from {source}): {wrong}. It is: {type_words(hint)}.") from None
    try:
        require_well_formed(name, decoded)
    except ValueError as error:
        raise SettingsError(f"{name} = {_without_password(value)!r} (from {source}): {error}.") from None
    return cwd / decoded if isinstance(decoded, Path) else decoded


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str | Path):
        return Path(value).expanduser()
    raise ValueError("expected a path")


def _require_consistent(settings: Settings) -> None:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError("tls_cert and tls_key belong together: set both or none.")
    if settings.role != "all" and None in (settings.database_url, settings.nats_url):
        raise SettingsError(
            f"role = {settings.role} is half of an installation: it needs the database_url and the nats_url of both."
        )


def _without_password(value: object) -> object:
    if isinstance(value, str) and "://" in value and urlsplit(value).password is not None:
        parts = urlsplit(value)
        return value.replace(f":{parts.password}@", ":…@", 1)
    return str(value) if isinstance(value, Path) else value
