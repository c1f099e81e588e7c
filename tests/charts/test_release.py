"""A release's whole life, with Helm on a real API server: the product's, and that of the kinds."""

import json
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from cluster import binaries, launcher
from support import charts
from support import helm as helm_program
from support.charts import LEAST, PRODUCT, TRIAL
from support.helm import Helm
from support.kubernetes_fixture import ApiServer

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

ENDS = {
    "Complete": ("SuccessCriteriaMet", {"succeeded": 1}),
    "Failed": ("FailureTarget", {"failed": 7}),
}
OURS = "deployments,jobs,services,serviceaccounts,secrets,pdb,networkpolicies,roles,rolebindings"


@pytest.fixture
def reaching(helm: Helm, api_server: ApiServer) -> Helm:
    """Return Helm with the API server that all tests share."""
    return helm_program.built(helm.home, api_server.kubeconfig)


def test_a_release_is_installed_upgraded_rolled_back_and_uninstalled(
    reaching: Helm, api_server: ApiServer, kubernetes_namespace: str, tmp_path: Path
) -> None:
    release = ("factory", f"--namespace={kubernetes_namespace}")
    before = packed(reaching, PRODUCT, "0.0.1", tmp_path)

    told = migrated(reaching, api_server, "install", *release, str(before), f"--values={LEAST}")
    installed = image(api_server, kubernetes_namespace)
    migrated(reaching, api_server, "upgrade", *release, str(PRODUCT), f"--values={LEAST}")
    upgraded = image(api_server, kubernetes_namespace)
    migrated(reaching, api_server, "rollback", "factory", "1", release[1], hooks=0)
    rolled_back = image(api_server, kubernetes_namespace)
    run(reaching, "uninstall", *release)
    left = api_server.kubectl("get", OURS, "-n", kubernetes_namespace, "-o", "name").stdout
    roles = api_server.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name").stdout

    assert "kubectl rollout status" in told
    assert (installed, rolled_back) == ("rpafabrik:0.0.1", "rpafabrik:0.0.1")
    assert upgraded == f"rpafabrik:{version(PRODUCT)}"
    assert (left, kubernetes_namespace in roles) == ("", False)


def test_a_failed_migration_stops_the_upgrade_before_any_pod_changes(
    reaching: Helm, api_server: ApiServer, kubernetes_namespace: str, tmp_path: Path
) -> None:
    release = ("factory", f"--namespace={kubernetes_namespace}")
    before = packed(reaching, PRODUCT, "0.0.1", tmp_path)
    migrated(reaching, api_server, "install", *release, str(before), f"--values={LEAST}")

    upgrade = started(reaching, "upgrade", *release, str(PRODUCT), f"--values={LEAST}")
    end_job(api_server, kubernetes_namespace, "Failed")
    said = upgrade.communicate(timeout=60)[0]

    assert upgrade.returncode == 1
    assert "pre-upgrade hooks failed" in said
    assert image(api_server, kubernetes_namespace) == "rpafabrik:0.0.1"
    run(reaching, "uninstall", *release)


def test_a_trial_keeps_its_password_over_upgrades(
    reaching: Helm, api_server: ApiServer, kubernetes_namespace: str
) -> None:
    release = ("factory", f"--namespace={kubernetes_namespace}", str(PRODUCT), f"--values={TRIAL}")

    run(reaching, "install", *release)
    first = password(api_server, kubernetes_namespace)
    run(reaching, "upgrade", *release)
    second = password(api_server, kubernetes_namespace)
    run(reaching, "uninstall", *release[:2])

    assert len(first) > 40
    assert second == first


def test_notes_ask_where_the_runbooks_are_until_boards_can_lead_there(reaching: Helm) -> None:
    release = ("factory", str(PRODUCT), f"--values={LEAST}", "--dry-run=client")
    boards = "--set=metrics.dashboards.enabled=true"
    pages = "--set=metrics.rules.runbooks=https://docs.example.org/runbooks"

    cases = ((), (boards,), (boards, pages))
    told = [run(reaching, "install", *release, *options) for options in cases]

    assert ["metrics.rules.runbooks=https://…" in one for one in told] == [False, True, False]


def test_notes_tell_that_the_platform_ends_where_nobody_migrates_for_it(reaching: Helm) -> None:
    release = ("install", "factory", str(PRODUCT), "--dry-run=client")
    manual = "--set=ledger.migration=Manual"

    cases = ((LEAST,), (LEAST, manual), (TRIAL, manual))
    told = [run(reaching, *release, f"--values={one}", *options) for one, *options in cases]

    assert ["The platform worker ends with 2" in one for one in told] == [False, True, False]
    assert "rollout restart --namespace default deployment/factory-rpafabrik-platform" in told[1]


def test_two_releases_live_side_by_side(
    reaching: Helm, api_server: ApiServer, kubernetes_namespace: str
) -> None:
    values = (str(PRODUCT), f"--values={TRIAL}", f"--namespace={kubernetes_namespace}")

    for release in ("one", "two"):
        run(reaching, "install", release, *values)
    found = api_server.kubectl("get", "deployments", "-n", kubernetes_namespace, "-o", "name")
    for release in ("one", "two"):
        run(reaching, "uninstall", release, values[-1])

    assert len(found.stdout.split()) == 8


def test_the_kinds_are_taken_over_upgraded_and_kept(
    helm: Helm, cluster_origin: binaries.Origin, tmp_path: Path
) -> None:
    if isinstance(cluster_origin, binaries.GivenCluster):
        pytest.skip("a given cluster's kinds are not ours to install and delete")
    with launcher.running(binaries.programs(cluster_origin), tmp_path) as kubeconfig:
        api, reaching = ApiServer(kubeconfig, tmp_path), helm_program.built(helm.home, kubeconfig)
        release = ("kinds", "--namespace=default")

        applied = api.kubectl("apply", "--server-side", "-f", str(charts.KINDS / "files"))
        before = packed(reaching, charts.KINDS, "0.0.1", tmp_path)
        run(reaching, "install", *release, str(before), "--take-ownership")
        run(reaching, "upgrade", *release, str(charts.KINDS))
        upgraded = kinds(api)
        run(reaching, "uninstall", *release)
        kept = kinds(api)
        run(reaching, "install", *release, str(charts.KINDS), "--set=keep=false")
        # A kind that is deleted before it is served once is never cleared up.
        wait_until_served(api)
        run(reaching, "uninstall", *release)
        left = left_after_a_while(api)

    assert applied.returncode == 0, applied.stderr
    ours = (f"{path.stem}.rpafabrik.dev" for path in (charts.KINDS / "files").iterdir())
    assert upgraded == dict.fromkeys(ours, version(charts.KINDS))
    assert kept == upgraded
    assert left == ""


def kinds(api: ApiServer) -> dict[str, str]:
    """Return the kinds there are, and which version of the chart brought them."""
    told = json.loads(api.kubectl("get", "crd", "-o", "json").stdout)
    return {
        one["metadata"]["name"]: one["metadata"]["labels"]["app.kubernetes.io/version"]
        for one in told["items"]
    }


def wait_until_served(api: ApiServer) -> None:
    deadline = time.monotonic() + 60
    while any(api.kubectl("get", kind, "--all-namespaces").returncode for kind in kinds(api)):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def left_after_a_while(api: ApiServer) -> str:
    """Return what is left of the kinds once the API server had time to clear up: "" is nothing."""
    deadline = time.monotonic() + 120
    while kinds(api) and time.monotonic() < deadline:
        time.sleep(0.2)
    return api.kubectl("get", "crd", "-o", "jsonpath={.items[*].status.conditions}").stdout


def packed(helm: Helm, chart: Path, number: str, folder: Path) -> Path:
    """Pack the chart as an earlier version would have been; there is no earlier release yet."""
    run(
        helm, "package", str(chart), f"--version={number}", f"--app-version={number}", f"-d{folder}"
    )
    return folder / f"{chart.name}-{number}.tgz"


def version(chart: Path) -> str:
    return str(yaml.safe_load((chart / "Chart.yaml").read_text())["version"])


def image(api_server: ApiServer, namespace: str) -> str:
    path = "-ojsonpath={.spec.template.spec.containers[0].image}"
    return api_server.kubectl(
        "get", "deploy/factory-rpafabrik-operator", "-n", namespace, path
    ).stdout


def password(api_server: ApiServer, namespace: str) -> str:
    path = "-ojsonpath={.data.password}"
    name = "secret/factory-rpafabrik-trial-postgresql"
    return api_server.kubectl("get", name, "-n", namespace, path).stdout


def run(helm: Helm, *arguments: str) -> str:
    done = helm.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def started(helm: Helm, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        helm.command(*arguments),
        env=helm.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def migrated(helm: Helm, api_server: ApiServer, *arguments: str, hooks: int = 1) -> str:
    """Run Helm, and do what no controller is there to do: end the Job that it waits for."""
    namespace = next(one for one in arguments if one.startswith("--namespace=")).partition("=")[2]
    process = started(helm, *arguments)
    if hooks:
        end_job(api_server, namespace, "Complete")
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    return said


def end_job(api_server: ApiServer, namespace: str, how: str) -> None:
    """Say of the migration what the controller of Jobs would say."""
    job = ("job/factory-rpafabrik-migration", "-n", namespace)
    api_server.kubectl("wait", "--for=create", *job, "--timeout=30s")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    before, counts = ENDS[how]
    conditions = [
        {"type": one, "status": "True", "lastTransitionTime": now, "reason": "Test"}
        for one in (before, how)
    ]
    ended = {"completionTime": now} if how == "Complete" else {}
    status = {"status": {"startTime": now, "conditions": conditions, **counts, **ended}}
    told = api_server.kubectl(
        *("patch", *job, "--subresource=status", "--type=merge", "-p", json.dumps(status))
    )
    assert told.returncode == 0, told.stderr
