"""What an import says at the terminal: one language throughout, and for every refusal what to do next."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dianmai.core.errors import Language, Refusal

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "apply": ("要应用这些变动吗？[y/N] ", "Apply this? [y/N] "),
    "declined": ("没有做任何改动。", "Nothing was changed."),
    "nobody_to_ask": (
        "没有做任何改动：这里无人回答。确认无误后请加上 --yes 再运行。",
        "Nothing was changed: there is nobody here to ask. Add --yes to apply it without asking.",
    ),
    "done": ("完成。", "Done."),
    "no_change": ("文件与现状一致，没有做任何改动。", "The file says what is so already; nothing was changed."),
    "missing": ("没有这个文件：{path}", "There is no file {path}"),
    "folder": ("{path} 是文件夹，不是文件", "{path} is a folder, not a file"),
    "unreadable": ("无法读取文件 {path}：没有权限", "The file {path} cannot be read: permission denied"),
    "failed": ("无法读取文件 {path}：{reason}", "The file {path} cannot be read: {reason}"),
    "row": ("第 {row} 行，{column}：“{value}”。{reason}", "row {row}, {column}: “{value}”. {reason}"),
    "header": ("第 {row} 行：{column}", "row {row}: {column}"),
    "more": ("另有 {count} 处", "and {count} more"),
    "confirm": (
        "没有做任何改动。核对以上变动，确认无误后请加上 --confirm-mass-change 再运行。",
        "Nothing was changed. If all of the above is meant, run it again with --confirm-mass-change.",
    ),
}


def language_of(environment: Mapping[str, str]) -> Language:
    """The terminal's language: Chinese where it says so, else English, as everywhere on the command line."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), "")
    return "zh-CN" if said.lower().startswith("zh") else "en"


def words(key: str, language: Language, **facts: object) -> str:
    """One sentence in the terminal's language."""
    return _printable(_WORDS[key][0 if language == "zh-CN" else 1].format_map(facts))


def trouble_with(path: Path, language: Language) -> str | None:
    """Why a file cannot be read at all; None when it can."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        return words("missing", language, path=path)
    except IsADirectoryError:
        return words("folder", language, path=path)
    except PermissionError:
        return words("unreadable", language, path=path)
    except (OSError, ValueError) as error:
        return words("failed", language, path=path, reason=getattr(error, "strerror", None) or error)
    return None


def refusal_words(refusal: Refusal, language: Language) -> str:
    """A refusal with each bad row, and the way out where there is one."""
    body = refusal.body(language, "-")
    lines = [_printable(body.message)]
    # What is wrong with the header has no reason of its own: the refusal is the reason.
    lines += [f"  {words('row' if 'reason' in row else 'header', language, **row)}" for row in body.rows or []]
    count = refusal.params.get("count")
    if isinstance(count, int) and count > len(body.rows or []):
        lines.append(f"  … {words('more', language, count=count - len(body.rows or []))}")
    if refusal.code == "mass_change_needs_confirmation":
        lines.append(words("confirm", language))
    return "\n".join(lines)


def _printable(text: str) -> str:
    """What comes from a file or its name must not steer the terminal."""
    return "".join(ch for ch in text if ch.isprintable())
