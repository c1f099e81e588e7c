"""The text of a SIE 4 file: bytes to records, and the file's own checksum.

SIE 4B §5 (records, fields, quotes, code page 437) and §10 (`#KSUMMA`) live here. What the records
mean lives in `sie`. Errors are `ValueError`s whose text says the line and what must be.

Code page 437 gives every byte a meaning, so a file in another encoding decodes without complaint
into wrong letters. The bytes tell, for Swedish text in another encoding needs some that are never
text in code page 437: å ä ö of Latin-1 are Greek and mathematical signs there, Å Ä Ö are pieces of
boxes, and so is the byte that begins every Swedish letter of UTF-8.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

ENCODING = "cp437"

Field = str | tuple[str, ...]
"""A field; an object list is a tuple of its parts."""

_FOREIGN = re.compile(rb"[^\t\r\n\x20-\x7E\x80-\xAF\xE1\xE6\xF1\xF8\xFA\xFD\xFF]|\r(?!\n)")
"""Bytes that are no text: all but ASCII, the letters and signs of 0x80-0xAF, ß µ ± ° · ² and the
no-break space."""
_LABEL = re.compile(r"[ \t]*(#[^ \t\"{}]+)")
_TEXT = re.compile(r'"(?:[^"\\]|\\"?)*+"(?=[ \t}]|$)|(?:[^ \t"{}\\]|\\"?)++')
"""Text in quotes, or bare; a backslash before a quote makes the quote a part of the text."""
_FIELD = re.compile(
    rf"[ \t]*(?:(?P<text>{_TEXT.pattern})|{{(?P<objects>(?:[ \t]*(?:{_TEXT.pattern}))*+)[ \t]*}})"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One line: its label and fields. The lines `{` and `}` have the brace as their label."""

    line: int
    label: str
    fields: tuple[Field, ...] = ()


def records(content: bytes) -> Iterator[Record]:
    """The records of a file, in order; the checksum is verified where the file has one."""
    _refuse_other_encodings(content)
    sum_so_far: int | None = None
    for number, line in enumerate(content.decode(ENCODING).split("\n"), start=1):
        record = _record(number, line)
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
    line = line.rstrip(" \t\r")
    if (alone := line.lstrip(" \t")) in ("", "{", "}"):
        return Record(number, alone) if alone else None
    label = _LABEL.match(line)
    if label is None:
        raise ValueError(f"line {number}: must begin with a label such as #TRANS")
    return Record(number, label[1], tuple(_fields(number, line, label.end())))


def _fields(number: int, line: str, position: int) -> Iterator[Field]:
    while position < len(line):
        found = _FIELD.match(line, position)
        if found is None:
            column = len(line) - len(line[position:].lstrip(" \t")) + 1
            raise ValueError(
                f"line {number}, character {column}: must be text, text in quotes (a quote within "
                'it is written \\") or an object list in braces'
            )
        position = found.end()
        text, objects = found["text"], found["objects"]
        yield _plain(text) if objects is None else tuple(map(_plain, _TEXT.findall(objects)))


def _plain(text: str) -> str:
    bare = text[1:-1] if text.startswith('"') else text
    return bare.replace('\\"', '"')


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
        raise ValueError(
            f"line {record.line}: #KSUMMA must be {total}, the checksum of the records above; the "
            "file was changed or damaged after it was written"
        )
    return None


def _refuse_other_encodings(content: bytes) -> None:
    found = _FOREIGN.search(content)
    if found is None:
        return
    line = content.count(b"\n", 0, found.start()) + 1
    column = found.start() - content.rfind(b"\n", 0, found.start())
    if found[0].isascii():
        raise ValueError(f"line {line}, character {column}: must not hold control characters")
    if _is_utf8(content):
        raise ValueError(f"line {line}: must be in code page 437 (#FORMAT PC8), and is in UTF-8")
    raise ValueError(
        f"line {line}, character {column}: must be in code page 437 (#FORMAT PC8), where byte "
        f"0x{found[0].hex().upper()} is {found[0].decode(ENCODING)!r} and no letter; in Latin-1 "
        f"it is {found[0].decode('latin-1')!r}"
    )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
