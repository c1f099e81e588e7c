"""A status reporter that remembers what it was told, in the place of one that patches resources."""

from rpafabrik_platform.activities import calls


class RememberingReporter:
    """Implements `activities.status.StatusReporter`."""

    def __init__(self) -> None:
        self.progress: list[calls.ProgressReport] = []
        self.runs: list[calls.RunReport] = []
        self.stops: list[calls.StopReport] = []
        self.is_away = False

    async def report_progress(self, report: calls.ProgressReport) -> None:
        self._answer()
        self.progress.append(report)

    async def report_stop(self, report: calls.StopReport) -> None:
        self._answer()
        self.stops.append(report)

    async def report_run(self, report: calls.RunReport) -> None:
        self._answer()
        self.runs.append(report)

    def _answer(self) -> None:
        if self.is_away:
            raise ConnectionError("the Kubernetes API does not answer")
