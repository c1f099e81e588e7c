"""Whether a source listed as many items as were expected. Pure."""

from rpafabrik_api import contract
from rpafabrik_api.reasons import Reason


def judged(volume: contract.Volume) -> tuple[Reason, str]:
    """How the volume stands, and the figures."""
    listed, least, most = volume.listed, volume.minimum, volume.maximum
    if least is not None and listed < least:
        message = f"the source listed {listed} items, and at least {least} are expected"
        return Reason.FEWER_ITEMS_THAN_EXPECTED, message
    if most is not None and listed > most:
        message = f"the source listed {listed} items, and at most {most} are expected"
        return Reason.MORE_ITEMS_THAN_EXPECTED, message
    return Reason.VOLUME_AS_EXPECTED, f"the source listed {listed} items"


def is_bounded(volume: contract.Volume) -> bool:
    """Whether the job says anything of its volume."""
    return volume.minimum is not None or volume.maximum is not None
