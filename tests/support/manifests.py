"""A WorkerJob as a file: small, sound, and with one field to a line, so that lines can be named."""

JOB = """\
apiVersion: rpafabrik.dev/v1alpha1
kind: WorkerJob
metadata:
  name: kassa
spec:
  title: Kassaavstämning
  department: Ekonomi
  processOwner: {name: Enhetschef, email: chef@example.org}
  changeOwner: {name: Förändringsledare, email: ledare@example.org}
  workerRef: {name: ekonomi}
  schedule:
    cron: "0 6 * * 1-5"
    timeZone: Europe/Stockholm
  items:
    source: {activity: list_cash_reports}
    reference: item.centre + "/" + item.date
  steps:
  - name: deposits
    activity: fetch_deposits
  - name: compare
    activity: compare
    when: steps.deposits.count > 0
"""


def job(*changes: tuple[str, str]) -> str:
    """The job with some of its text replaced."""
    text = JOB
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} must stand once in the job"
        text = text.replace(old, new)
    return text
