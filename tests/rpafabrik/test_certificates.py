"""When certificates run out. These two are of no authority; their keys were thrown away.

Made by `openssl req -x509 -newkey ec … -days 1826` and `-days 9500`: the years from 2050 on are
written another way.
"""

from datetime import UTC, datetime

import pytest

from rpafabrik import certificates
from support.certificates import LATER, SOON


@pytest.mark.parametrize(
    ("pem", "expiry"),
    [
        (SOON, datetime(2031, 11, 21, 17, 37, 10, tzinfo=UTC)),
        (LATER, datetime(2052, 11, 24, 17, 37, 10, tzinfo=UTC)),
        # The one that counts is the first: those of authorities follow it.
        (f"a remark\n{SOON}{LATER}", datetime(2031, 11, 21, 17, 37, 10, tzinfo=UTC)),
    ],
)
def test_expiry_of_a_certificate_is_read(pem: str, expiry: datetime) -> None:
    assert certificates.not_after(pem.encode()) == expiry


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        SOON.replace("MIIB", "AAAA", 1),
    ],
)
def test_what_is_no_certificate_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        certificates.not_after(pem.encode())
