"""Where the fuzzing begins: inputs of each kind, good ones and those that were trouble once; and mutations of them."""

import ast
import random
from pathlib import Path
from typing import Final

from tests.org import hr_files

FOLDER: Final = Path(__file__).with_name("corpus")
SPLICES: Final = (
    b'"',
    b"{",
    b"[",
    b"}",
    b"]",
    b"\\",
    b"\\u0000",
    b"\xff",
    b"\xed\xa0\x80",
    b"1e999",
    b"-",
    b"\n",
    b",",
)


def of(target: str) -> list[bytes]:
    """The inputs kept for a target: one bytes literal a line, and workbooks as they are written."""
    if target == "roster_xlsx":
        whole = hr_files.xlsx_file()
        return [whole, hr_files.xlsx_file(formulas=True), whole[: len(whole) // 2], b"PK\x03\x04", b""]
    kept = (FOLDER / f"{target}.txt").read_text("utf-8").splitlines()
    return [ast.literal_eval(line) for line in kept if line and not line.startswith("#")]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The input, spoiled in a few places."""
    spoiled = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(spoiled))
        match chance.randrange(5):
            case 0:
                spoiled[at:at] = chance.choice(SPLICES) * chance.choice((1, 1, 1, 30))
            case 1:
                del spoiled[at : at + chance.randint(1, 8)]
            case 2:
                spoiled[at : at + 1] = chance.randbytes(chance.randint(1, 3))
            case 3:
                spoiled[at:at] = spoiled[max(0, at - 20) : at] * chance.choice((1, 2, 50))
            case _:
                spoiled[at : at + 1] = (
                    bytes([spoiled[at % len(spoiled)] ^ 1 << chance.randrange(8)]) if spoiled else b""
                )
    return bytes(spoiled[:100_000])
