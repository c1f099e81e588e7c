"""Runs `sdk_robot` as a process of its own: `python run_robot.py QUEUE HEALTH_PORT DRAIN`.

Where Temporal is comes from the environment.
"""

import asyncio
import sys

from rpafabrik import connection, logs
from rpafabrik.runtime import process, worker

logs.configure(json=True)
queue, health_port, drain_seconds = sys.argv[1:]
asyncio.run(
    worker.run_worker(
        worker.WorkerSettings(
            process=process.ProcessSettings(
                connection=connection.settings(),
                health_port=int(health_port),
                drain_seconds=int(drain_seconds),
            ),
            queue=queue,
            modules=("sdk_robot",),
        )
    )
)
