"""PATH… to texts: files, folders of YAML files, and `-` for standard input. Reads no YAML."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rpafabrik_cli.manifests.problem import Place, Problem

STDIN = "-"
_SUFFIXES = (".yaml", ".yml")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml")
"""What Kustomize reads in a folder: how its manifests are put together, and no manifest itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file, and the name that people know it by."""

    name: str
    text: str


def read(paths: Iterable[str]) -> tuple[list[Source], list[Problem]]:
    """Every file once, in the order given, folders by name; and what could not be read."""
    sources: list[Source] = []
    problems: list[Problem] = []
    seen: set[Path] = set()
    for path in paths:
        for found in _files(path):
            if isinstance(found, Problem):
                problems.append(found)
            elif str(found) == STDIN or found.resolve() not in seen:
                seen.add(found.resolve())
                match _read(found):
                    case Source() as source:
                        sources.append(source)
                    case problem:
                        problems.append(problem)
    return sources, problems


def _files(path: str) -> Iterator[Path | Problem]:
    place = Path(path)
    if not place.is_dir():
        yield place
        return
    found = sorted(filter(_may_be_manifest, place.iterdir()))
    if not found:
        message = f"must hold a manifest ({' or '.join(f'*{each}' for each in _SUFFIXES)})"
        yield Problem(place=Place(file=path), message=message)
    yield from found


def _may_be_manifest(path: Path) -> bool:
    return path.suffix in _SUFFIXES and path.name not in _KUSTOMIZATIONS and path.is_file()


def _read(path: Path) -> Source | Problem:
    name = "<stdin>" if str(path) == STDIN else str(path)
    try:
        data = sys.stdin.buffer.read() if str(path) == STDIN else path.read_bytes()
        return Source(name, data.decode("utf-8-sig"))
    except FileNotFoundError:
        message = "must be a file or a folder, and there is none"
    except OSError as error:
        message = f"must be a readable file: {error.strerror}"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"must be UTF-8, and byte 0x{data[error.start]:02x} is not"
        return Problem(place=Place(file=name, line=line), message=message)
    return Problem(place=Place(file=name), message=message)
