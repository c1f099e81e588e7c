"""When certificates run out: the one thing of them that is read here.

Nothing is verified; that is done by whoever connects. The standard library reads a certificate's
dates only in a handshake, so they are taken from where X.509 (RFC 5280) has them.
"""

import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

_FIRST = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_VERSION, _UTC_TIME = 0xA0, 0x17
_LONG = 0x80


@dataclass(frozen=True, slots=True)
class _Value:
    """A value in DER: what it is, and where its content stands."""

    tag: int
    begin: int
    end: int


def not_after(pem: bytes) -> datetime:
    """When the first certificate of a PEM file runs out.

    Raises:
        ValueError: There is none, or it is not well formed.
    """
    found = _FIRST.search(pem)
    if found is None:
        raise ValueError("there is no certificate in it")
    der = ssl.PEM_cert_to_DER_cert(found[0].decode("ascii"))
    try:
        return _not_after(der)
    except IndexError as error:
        raise ValueError("the certificate is cut short") from error


def _not_after(der: bytes) -> datetime:
    certificate = _value(der, 0)
    signed = _value(der, certificate.begin)
    field = _value(der, signed.begin)
    if field.tag == _VERSION:
        field = _value(der, field.end)
    # The serial number, then the algorithm, the issuer, and the two dates.
    for _ in range(3):
        field = _value(der, field.end)
    first = _value(der, field.begin)
    last = _value(der, first.end)
    text = der[last.begin : last.end].decode("ascii")
    if last.tag == _UTC_TIME:  # two digits of the year, which stand for 1950 to 2049
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _value(der: bytes, at: int) -> _Value:
    size, begin = der[at + 1], at + 2
    if size & _LONG:
        digits = size & ~_LONG
        size, begin = int.from_bytes(der[begin : begin + digits]), begin + digits
    return _Value(der[at], begin, begin + size)
