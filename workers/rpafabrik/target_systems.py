"""How the systems that robots work in fare, as their robots see it.

Who tells Prometheus of it is the worker; when it is bad enough is the alert's to say.
"""

import contextlib
import re
from collections.abc import Iterator

from temporalio import exceptions

from rpafabrik import errors

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")

last_use: dict[str, bool] = {}
"""By system: whether this process's last use of it went well."""


@contextlib.contextmanager
def target_system(name: str) -> Iterator[None]:
    """Say that what the block does is done in a target system, and let how it ends tell of it.

    The system is well when the block ends, or ends in a `BusinessError`: it was there, and said
    no. It is unwell when the block raises anything else, save that the activity was cancelled.

    Args:
        name: Which system: a constant of lower-case letters, digits and hyphens, never made of
            an item.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"target system {name!r} must be at most 63 lower-case letters, digits and hyphens,"
            " for example 'ekonomisystem'"
        )
    try:
        yield
    except errors.BusinessError:
        last_use[name] = True
        raise
    except Exception as error:
        if not exceptions.is_cancelled_exception(error):
            last_use[name] = False
        raise
    last_use[name] = True
