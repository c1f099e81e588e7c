"""The text of a SIE 4 file: bytes to records, and the file's own checksum.

SIE 4B §5 (records, fields, quotes, code page 437) and §10 (`#KSUMMA`) live here. What the records
mean lives in `sie`. Errors are `ValueError`s whose text says the line and what must be.

Code page 437 gives every byte a meaning, so a file in another encoding decodes without complaint
into wrong letters. Two signs tell:

- Text outside ASCII that is valid UTF-8 is UTF-8: Swedish letters in code page 437 are the bytes
  0x80-0x9F, and UTF-8 never has one of those alone.
- In code page 437 the Latin-1 letters å ä ö are Greek and mathematical signs, and Å Ä Ö are
  pieces of boxes. No bookkeeping text holds those; letters and the signs of `_TEXT` it does.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

ENCODING = "cp437"

Field = str | tuple[str, ...]
"""A field; an object list is a tuple of its parts."""

_TEXT = frozenset(
    [*range(0x20, 0x7F), *range(0x80, 0xB0), *b"\xe1\xe6\xf1\xf8\xfa\xfd\xff", *b"\t"]
)
"""Bytes that text may hold: ASCII, the letters and signs of 0x80-0xAF, and ß µ ± ° · ² nbsp."""
_FOREIGN = re.compile(b"[^" + b"".join(re.escape(bytes([byte])) for byte in sorted(_TEXT)) + b"]")
_TOKEN = re.compile(
    r"""[ \t]*(?:
        "(?P<quoted>(?:[^"\\]|\\"|\\(?!"))*)"(?=[ \t{}]|$)
      | (?P<brace>[{}])
      | (?P<bare>(?:[^ \t"{}\\]|\\"|\\(?!"))+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Record:
    """One line: its label and fields. The lines `{` and `}` have the brace as their label."""

    line: int
    label: str
    fields: tuple[Field, ...] = ()


def records(content: bytes) -> Iterator[Record]:
    """The records of a file, in order; the checksum is verified where the file has one."""
    _refuse_utf8(content)
    sum_so_far: int | None = None
    for number, raw in enumerate(content.split(b"\n"), start=1):
        line = raw.removesuffix(b"\r")
        _refuse_foreign_bytes(number, line)
        record = _record(number, line.decode(ENCODING))
        if record is None:
            continue
        if record.label == "#KSUMMA":
            sum_so_far = _checked(record, sum_so_far)
            continue
        if sum_so_far is not None:
            sum_so_far = zlib.crc32(_summed(record), sum_so_far)
        yield record
    if sum_so_far is not None:
        raise ValueError(
            "the file must end with #KSUMMA and a sum, for it begins with #KSUMMA; it is cut short"
        )


def quoted(text: str) -> str:
    """`text` as a field in quotes."""
    if text.endswith("\\"):
        raise ValueError(f"{text!r} must not end with a backslash: SIE cannot quote it")
    return '"' + text.replace('"', '\\"') + '"'


def with_checksum(lines: list[str]) -> bytes:
    """A file of `lines`, the first of which is `#FLAGGA`, with its `#KSUMMA` records."""
    total = 0
    for number, line in enumerate(lines[1:], start=2):
        record = _record(number, line)
        if record is not None:
            total = zlib.crc32(_summed(record), total)
    whole = [lines[0], "#KSUMMA", *lines[1:], f"#KSUMMA {total}"]
    return "".join(f"{line}\r\n" for line in whole).encode(ENCODING)


def _record(number: int, line: str) -> Record | None:
    label, *fields = _fields(number, line) or [""]
    match label:
        case "":
            return None
        case "{" | "}" if not fields:
            return Record(number, label)
        case str() if label.startswith("#"):
            return Record(number, label, tuple(fields))
        case _:
            raise ValueError(f"line {number}: must begin with a label such as #TRANS")


def _fields(number: int, line: str) -> list[Field]:
    """The label and the fields of a line; a lone brace comes back as itself."""
    line = line.strip(" \t")
    if line in ("{", "}"):
        return [line]
    fields: list[Field] = []
    parts: list[str] | None = None
    position = 0
    while position < len(line):
        found = _TOKEN.match(line, position)
        if found is None:
            raise ValueError(
                f"line {number}: a field in quotes must end with a quote, and a quote within it "
                'must be written \\"'
            )
        position = found.end()
        brace = found["brace"]
        if (brace == "{" and parts is not None) or (brace == "}" and parts is None):
            raise ValueError(f"line {number}: an object list must be one pair of braces")
        if brace == "{":
            parts = []
        elif brace == "}":
            fields.append(tuple(parts or ()))
            parts = None
        else:
            text = found["quoted"] if found["bare"] is None else found["bare"]
            (fields if parts is None else parts).append(text.replace('\\"', '"'))
    if parts is not None:
        raise ValueError(f"line {number}: an object list must end with a closing brace")
    return fields


def _summed(record: Record) -> bytes:
    """What of a record the checksum covers: label and fields, without braces, quotes, spaces."""
    if not record.label.startswith("#"):
        return b""
    parts = ("".join(part) for part in record.fields)
    return (record.label + "".join(parts)).encode(ENCODING)


def _checked(record: Record, total: int | None) -> int | None:
    """The sum to go on with: zero after the first #KSUMMA, none after the last."""
    if total is None:
        if record.fields:
            raise ValueError(f"line {record.line}: the first #KSUMMA must have no sum")
        return 0
    if record.fields[:1] != (str(total),):
        given = "".join(record.fields[0]) if record.fields else "missing"
        raise ValueError(
            f"line {record.line}: #KSUMMA must be {total}, the checksum of the records above, and "
            f"is {given}; the file was changed or damaged after it was written"
        )
    return None


def _refuse_utf8(content: bytes) -> None:
    if content.isascii():
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return
    line = next(number for number, text in enumerate(content.split(b"\n"), 1) if not text.isascii())
    raise ValueError(f"line {line}: must be in code page 437 (#FORMAT PC8), and is in UTF-8")


def _refuse_foreign_bytes(number: int, line: bytes) -> None:
    found = _FOREIGN.search(line)
    if found is None:
        return
    byte, column = found[0][0], found.start() + 1
    if found[0].isascii():
        raise ValueError(f"line {number}, character {column}: must not hold control characters")
    shown, meant = bytes([byte]).decode(ENCODING), bytes([byte]).decode("latin-1")
    raise ValueError(
        f"line {number}, character {column}: must be in code page 437 (#FORMAT PC8), where byte "
        f"0x{byte:02X} is {shown!r} and no letter; in Latin-1 it is {meant!r}"
    )
