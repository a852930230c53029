"""The one error of the engines: a code for programs, a message for the person who has to act."""

from typing import Literal

EngineErrorCode = Literal[
    "already_running",
    "data_directory_unusable",
    "data_from_newer_version",
    "data_from_older_version",
    "disk_full",
    "foreign_directory",
    "initialisation_failed",
    "no_binaries",
    "not_reachable",
    "not_running",
    "secret_missing",
    "socket_directory_unwritable",
    "socket_path_too_long",
    "start_failed",
    "unsafe_settings",
]


class EngineError(RuntimeError):
    """An engine cannot do its work; `message` says what is wrong and what to do about it."""

    def __init__(self, code: EngineErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: EngineErrorCode = code
        self.message = message
