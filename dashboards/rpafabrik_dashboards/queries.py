"""PromQL that the boards share: each figure once, however many processes export it for a moment.

No rate and no increase of saved time: net falls where people spend more than is saved.
"""

from rpafabrik_api import health, telemetry
from rpafabrik_api.telemetry import Measure, Metric, Period

WATCHED = "namespace_job:rpafabrik_saved_seconds:max"
"""A series of the recording rules: where it is, Prometheus has our rules."""

CHOSEN_DEPARTMENT = 'department=~"$department"'
CHOSEN = f'{CHOSEN_DEPARTMENT}, job=~"$job"'
_SAME_JOB = "on (namespace, job)"
STANDING = f"""max_over_time({telemetry.JOB_INFO.name}{{stage!="Retired"}}[10m])"""
"""The jobs that are there to be run, as the rules know them."""


def once(metric: Metric, where: str = "", *, function: str = "max") -> str:
    """Give a metric by its own labels only: two processes of a rollout then count as one."""
    labels = f" by ({', '.join(metric.labels)})" if metric.labels else ""
    return f"{function}{labels} ({metric.name}{_braces(where)})"


def in_each_namespace(metric: Metric, *, function: str = "max") -> str:
    """Give what processes tell of their own surroundings, by where they are: no label of theirs."""
    return f"{function} by (namespace, {', '.join(metric.labels)}) ({metric.name})"


def per_job(metric: Metric, where: str = CHOSEN) -> str:
    """Give a figure of each job, by what tells jobs apart."""
    return f"max by (namespace, job) ({metric.name}{_braces(where)})"


def standing(metric: Metric) -> str:
    """Give a figure of each job that is there: the ledger tells of those that were, for ever."""
    figures = per_job(metric)
    of_ledger = metric.source is telemetry.Source.LEDGER
    return f"({figures} and {_SAME_JOB} {STANDING})" if of_ledger else figures


def rate(name: str, by: str, where: str = "") -> str:
    """Give how often a second, in all processes together."""
    return f"sum by ({by}) (rate({name}{_braces(where)}[$__rate_interval]))"


def quantile(share: float, name: str, by: str, where: str = "") -> str:
    """Give a quantile of a histogram, of all processes together."""
    return f"histogram_quantile({share}, {rate(f'{name}_bucket', f'{by}, le', where)})"


def saved(measure: Measure, period: Period) -> str:
    """Give the seconds that each job saved in a period."""
    return _in_period(telemetry.PERIOD_SAVED_SECONDS, f'measure="{measure}", period="{period}"')


def planned(period: Period) -> str:
    """Give the seconds that each job was to save in a period."""
    return _in_period(telemetry.PLANNED_SECONDS, f'period="{period}"')


def realised(period: Period) -> str:
    """Give the seconds of each job that came true in a period."""
    return _in_period(telemetry.REALISED_SECONDS, f'period="{period}"')


def _in_period(metric: Metric, where: str) -> str:
    # What a job saved for a department that it has left is that department's, and the job's too.
    return f"sum by (namespace, job) ({once(metric, f'{CHOSEN}, {where}')})"


def hours(seconds: str, by: str = "") -> str:
    """Give the sum, as hours."""
    return f"sum{f' by ({by})' if by else ''} ({seconds}) / 3600"


def hours_by_department(metric: Metric, where: str) -> str:
    """Give the hours of each department."""
    return hours(once(metric, f"{CHOSEN}, {where}"), "department")


def hours_each_month(measure: Measure) -> str:
    """Give the hours of each month."""
    where = f'{CHOSEN_DEPARTMENT}, measure="{measure}"'
    return hours(once(telemetry.MONTH_SAVED_SECONDS, where), "month")


def hours_each_week(measure: Measure) -> str:
    """Give the hours of each `vecka`: 2026-W10, which Sweden calls 2026 v. 10."""
    weeks = once(telemetry.WEEK_SAVED_SECONDS, f'{CHOSEN_DEPARTMENT}, measure="{measure}"')
    return hours(f'label_replace({weeks}, "vecka", "$1 v. $2", "week", "(.+)-W(.+)")', "vecka")


def titled(figures: str) -> str:
    """Give figures of jobs the jobs' titles; a job that is no longer declared goes by its name."""
    info = f"max by (namespace, job, title) ({telemetry.JOB_INFO.name})"
    known = f"({figures}) * {_SAME_JOB} group_left (title) topk by (namespace, job) (1, {info})"
    unknown = f'label_replace({figures}, "title", "$1", "job", "(.+)")'
    return f"{known} or {_SAME_JOB} {unknown}"


def share_of_plan(part: str, plan: str) -> str:
    """Give the part as a share of the plan, over the jobs that have one."""
    planned = f"({plan} > 0)"
    return f"sum({part} and {_SAME_JOB} {planned}) / sum({planned})"


def number(passing: str, all_of_them: str) -> str:
    """Give how many pass: 0 where none does, nothing where there is nobody to pass."""
    return f"count({passing}) or 0 * count({all_of_them})"


def share(passing: str, all_of_them: str) -> str:
    """Give the share of them that pass."""
    return f"({number(passing, all_of_them)}) / count({all_of_them})"


def at_target(actual: Metric, target: Metric) -> str:
    """Give the jobs that reach their target."""
    return f"{per_job(actual)} >= {_SAME_JOB} {per_job(target)}"


def above_target(actual: Metric, target: Metric) -> str:
    """Give how far jobs are above their target."""
    return f"{per_job(actual)} - {_SAME_JOB} {per_job(target)}"


def last_day(metric: Metric, by: str) -> str:
    """Give how much a counter of the ledger grew in a day, whoever exported it when.

    By its least value, for `increase` guesses: 149 and a half. Before the first run a job has none,
    which is 0 where the ledger was read.
    """
    told = f"sum by ({by}) ({once(metric, CHOSEN)})"
    none = f"0 * sum by ({by}) ({metric.name}{_braces(CHOSEN)} @ end())"
    least = f"min_over_time(({told} or {none} and on () {telemetry.LEDGER_READ.name})[1d:5m])"
    return f"sort_desc({told} - {least})"


def waiting_for_people() -> str:
    """Give how many tasks wait for people, by job and group."""
    return f"sort_desc({titled(once(telemetry.HUMAN_TASKS_OPEN, CHOSEN))})"


def date(timestamp: str) -> str:
    """Give a point of time as Grafana reads it, in milliseconds."""
    return f"({timestamp}) * 1000"


def missed() -> str:
    """Give when runs were due that have been missed."""
    due = per_job(telemetry.EXPECTED_RUN)
    begun = f"({per_job(telemetry.LAST_RUN)} >= {_SAME_JOB} {due})"
    late = f"time() - {health.MISSED_AFTER.seconds}"
    return f"({due} < {late}) unless {_SAME_JOB} {begun}"


def lost() -> str:
    """Give how many robots of each digital worker fell silent without a word in an hour."""
    seconds = health.LOST_WITHIN.seconds
    return f"round(sum by (namespace, worker) (increase({telemetry.WORKER_LOST.name}[{seconds}s])))"


def alerts() -> str:
    """Give when our alerts began that fire, and `what` they are about: a job, a robot, a system."""
    about = ("job", "worker", "target_system", "credential")
    labels = f"alertname, severity, namespace, department, {', '.join(about)}"
    where = 'alertname=~"Rpafabrik.+", department=~"$department|"'
    since = f"max by ({labels}) (ALERTS_FOR_STATE{_braces(where)})"
    firing = f"""max by ({labels}) (ALERTS{{{where}, alertstate="firing"}})"""
    named = ", ".join(f'"{one}"' for one in about)
    what = f'label_join({since} and on ({labels}) {firing}, "what", "", {named})'
    whole = f'label_replace({what}, "what", "Hela fabriken", "what", "")'
    # A second copy of the name, for the column that says what to do.
    return f'label_join({whole}, "action", "", "alertname")'


def _braces(where: str) -> str:
    return f"{{{where}}}" if where else ""
