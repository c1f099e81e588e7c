"""A platform worker in a process of its own, for tests that kill it.

`python -m support.platform_process ADDRESS NAMESPACE LEDGER`
"""

import asyncio
import sys

from rpafabrik import connection
from rpafabrik.runtime import process
from rpafabrik_platform.activities.status import NoResources
from rpafabrik_platform.worker import PlatformSettings, run_platform

if __name__ == "__main__":
    address, namespace, ledger = sys.argv[1:]
    to = connection.settings(address=address, namespace=namespace)
    settings = PlatformSettings(process=process.ProcessSettings(connection=to), ledger=ledger)
    asyncio.run(run_platform(settings, NoResources()))
