"""The ledger's URL as the manual has it, on a PostgreSQL that is reached by TLS.

PostgreSQL listens to a Unix socket here. In front of it TLS ends, as it does at many a pooler.
"""

import contextlib
import os
import socketserver
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import charts, forwarding, process
from support.charts import MOST
from support.helm import Helm
from support.postgres_fixture import Server

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

_ASKS_FOR_TLS = struct.pack("!ii", 8, 80_877_103)
"""What a client that wants TLS says first: an SSLRequest, its length and its code."""


def test_the_migration_verifies_the_ledgers_server_by_the_authority_that_it_is_given(
    helm: Helm, postgres: Server, postgres_url: str, tmp_path: Path
) -> None:
    template = charts.pod_templates(charts.rendered(helm, MOST))["fabriken-migration"]
    name = "PGSSLROOTCERT"
    absent = {name: charts.environment(template)[name]}
    given = {name: str(certificate(tmp_path))}
    database = postgres_url.removeprefix("postgresql://postgres@/").partition("?")[0]

    with behind_tls(postgres, Path(given[name])) as port:
        url = f"postgresql://postgres:secret@localhost:{port}/{database}?sslmode=verify-full"
        done, refused = (migrated(template, url, trusted) for trusted in (given, absent))

    assert (done.returncode, done.stderr) == (0, "")
    assert refused.returncode == 2
    assert f'root certificate file "{absent[name]}" does not exist' in refused.stderr


def migrated(
    template: charts.Manifest, url: str, trusted: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run on this machine what the pod runs."""
    (container,) = template["spec"]["containers"]
    return subprocess.run(
        [process.find("rpafabrik"), *container["args"]],
        env=os.environ | {"RPAFABRIK_LEDGER_URL": url} | trusted,
        capture_output=True,
        check=False,
        text=True,
    )


def certificate(folder: Path) -> Path:
    """Make a certificate for `localhost` that is its own authority; its key lies in the file."""
    file = folder / "localhost.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    written = ("-newkey", "rsa:2048", "-nodes", "-keyout", str(file), "-out", str(file))
    command = [process.find("openssl"), "req", "-x509", *subject, *written]
    subprocess.run(command, check=True, capture_output=True)
    return file


@contextlib.contextmanager
def behind_tls(postgres: Server, certificate: Path) -> Iterator[int]:
    """Yield a port of this machine that leads to PostgreSQL by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            assert self.request.recv(len(_ASKS_FOR_TLS)) == _ASKS_FOR_TLS
            self.request.sendall(b"S")
            with (
                contextlib.suppress(ssl.SSLError, ConnectionError),  # the client trusts nobody
                context.wrap_socket(self.request, server_side=True) as client,
                forwarding.to_socket(postgres.socket)() as server,
            ):
                back = threading.Thread(target=forwarding._copy, args=(server, client))
                back.start()
                forwarding._copy(client, server)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        threading.Thread(target=listener.serve_forever, args=(0.05,)).start()
        try:
            yield listener.server_address[1]
        finally:
            listener.shutdown()
