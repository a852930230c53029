"""ejabberd's configuration: tuned for what is measured, as whoever runs it for speed would."""

import json
from dataclasses import dataclass
from typing import Any

HOST = "localhost"
ROOM = f"room@conference.{HOST}"
RESOURCE = "bench"


@dataclass(frozen=True)
class Archive:
    """Where ejabberd keeps its archive."""

    address: str
    port: int
    database: str
    user: str
    password: str


def configuration(port: int, archive: Archive) -> str:
    """The text of ejabberd.yml; JSON is YAML."""
    return json.dumps(_settings(port, archive), indent=1)


def _settings(port: int, archive: Archive) -> dict[str, Any]:
    rooms: dict[str, Any] = {
        "access": "all",
        "access_create": "all",
        "access_persistent": "all",
        "max_users": 10_000,
        "max_user_conferences": 1_000,
        "history_size": 0,
        # Otherwise n people who join cost n² presences, and the storm of those who leave disturbs the next run.
        "default_room_options": {
            "mam": True,
            "persistent": True,
            "public": True,
            "max_users": 10_000,
            "presence_broadcast": [],
        },
    }
    return {
        "hosts": [HOST],
        "loglevel": 3,
        "listen": [
            {
                "port": port,
                "ip": "127.0.0.1",
                "module": "ejabberd_c2s",
                "max_stanza_size": 262_144,
                "shaper": "none",
                "access": "all",
                "starttls": False,
                "backlog": 4_096,
            }
        ],
        "auth_method": "internal",
        "auth_password_format": "plain",  # a hashed one would cost it what argon2 costs us
        "cache_size": 100_000,  # everybody's password and preferences fit
        "shaper_rules": {"max_user_sessions": 100},
        "modules": {
            "mod_disco": {},
            "mod_ping": {},
            "mod_muc": rooms,
            "mod_mam": {"assume_mam_usage": True, "default": "always", "db_type": "sql"},
        },
        "sql_type": "pgsql",
        "sql_server": archive.address,
        "sql_port": archive.port,
        "sql_database": archive.database,
        "sql_username": archive.user,
        "sql_password": archive.password,
        "sql_pool_size": 10,
    }
