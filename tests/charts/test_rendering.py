"""What the product's chart renders, and what it refuses to."""

import filecmp
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from temporalio import envconfig

from rpafabrik_cli.main import app
from support import charts, monitoring
from support.charts import LEAST, MOST, PRODUCT, TRIAL
from support.helm import Helm

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

TREE = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("values", [LEAST, MOST, TRIAL], ids=lambda path: path.stem)


@EACH
def test_the_chart_stands_helms_strict_lint(helm: Helm, values: Path) -> None:
    done = helm.run("lint", "--strict", str(PRODUCT), "--values", str(values))

    assert done.returncode == 0, done.stdout


def test_the_chart_of_the_kinds_stands_helms_strict_lint(helm: Helm) -> None:
    done = helm.run("lint", "--strict", str(charts.KINDS))

    assert done.returncode == 0, done.stdout


def test_the_values_in_the_manual_are_values(helm: Helm, tmp_path: Path) -> None:
    manual = (TREE / "docs" / "install.md").read_text()
    values = tmp_path / "values.yaml"
    values.write_text(manual.partition("```yaml\n")[2].partition("```")[0])

    manifests = charts.rendered(helm, values)

    assert "factory.abc12" in values.read_text()
    assert len(manifests) >= 18
    told = {"name": "RPAFABRIK_ROBOT_TEMPORAL_SECRET", "value": "robots-temporal"}
    assert [told in env for env in environments(manifests)].count(True) == 1


def environments(manifests: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The variables of each Deployment's container."""
    deployments = (one for one in manifests if one["kind"] == "Deployment")
    return [one["spec"]["template"]["spec"]["containers"][0]["env"] for one in deployments]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("operator.replica=2", "at '/operator': additional properties 'replica' not allowed"),
        ("operator.replicas=-1", "at '/operator/replicas': minimum: got -1, want 0"),
        ("platform.drainSeconds=soon", "at '/platform/drainSeconds': got string, want integer"),
        ("temporal.address=temporal", "at '/temporal/address': 'temporal' does not match pattern"),
        ("logLevel=LOUD", "at '/logLevel': value must be one of 'DEBUG', 'INFO', 'WARNING'"),
        ("image.digest=latest", "at '/image/digest': 'latest' does not match pattern"),
        ("fullnameOverride=rpa.v1", "at '/fullnameOverride': 'rpa.v1' does not match pattern"),
        ("namespaces={Ekonomi}", "at '/namespaces/0': 'Ekonomi' does not match pattern"),
        ("ledger.migration=Maybe", "at '/ledger/migration': value must be one of 'Job', 'Manual'"),
        ("metrics.rules.enable=true", "at '/metrics/rules': additional properties 'enable' not"),
        ("metrics.rules.runbooks=", "at '/metrics/rules/runbooks': '' does not match pattern"),
        (
            "metrics.dashboards.label=a",
            "at '/metrics/dashboards': additional properties 'label' not",
        ),
        ("ledger.port=0", "at '/ledger/port': minimum: got 0, want 1"),
        ("temporal.address=", "temporal.address must be host:port of Temporal's frontend"),
        ("ledger.secret.name=", "ledger.secret.name must be a Secret with the ledger's URL"),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm: Helm, change: str, message: str) -> None:
    done = helm.run("template", "factory", str(PRODUCT), f"--values={LEAST}", "--set", change)

    assert done.returncode == 1
    assert message in done.stderr


def test_every_key_of_the_values_is_in_the_schema_and_has_a_comment_above_its_section() -> None:
    values = yaml.safe_load((PRODUCT / "values.yaml").read_text())
    schema = yaml.safe_load((PRODUCT / "values.schema.json").read_text())
    lines = (PRODUCT / "values.yaml").read_text().splitlines()
    comments = {key: lines[lines.index(start(lines, key)) - 1] for key in values}

    assert values.keys() == schema["properties"].keys() - {"global"}
    assert {key for key, comment in comments.items() if not comment.startswith("#")} == set()


def start(lines: list[str], key: str) -> str:
    return next(line for line in lines if line.startswith(f"{key}:"))


def test_charts_and_product_have_one_version() -> None:
    product = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]["version"]

    told = [yaml.safe_load((chart / "Chart.yaml").read_text()) for chart in (PRODUCT, charts.KINDS)]

    assert [(one["version"], one["appVersion"]) for one in told] == [(product, product)] * 2


def test_the_chart_of_the_kinds_has_them_as_they_are_generated() -> None:
    generated = sorted((TREE / "crds").glob("*.yaml"))
    packed = sorted((charts.KINDS / "files").iterdir())

    assert [path.name for path in packed] == [path.name for path in generated]
    assert all(filecmp.cmp(*pair, shallow=False) for pair in zip(packed, generated, strict=True))


def test_the_chart_has_the_rules_as_they_are() -> None:
    packed = sorted((PRODUCT / "files" / "rules").iterdir())

    assert [path.name for path in packed] == [path.name for path in monitoring.RULES]
    assert all(
        filecmp.cmp(*pair, shallow=False) for pair in zip(packed, monitoring.RULES, strict=True)
    )


@EACH
def test_each_process_is_told_only_what_its_command_reads(helm: Helm, values: Path) -> None:
    templates = charts.pod_templates(charts.rendered(helm, values))
    libraries = {"TEMPORAL_API_KEY", "TEMPORAL_TLS", "PGSSLROOTCERT", "TZ"}

    for name in ("operator", "platform"):
        template = next(one for known, one in templates.items() if known.endswith(name))
        (container,) = template["spec"]["containers"]
        given = {one["name"] for one in container["env"]}
        unread = given - variables(container["args"][0]) - libraries

        assert {one for one in unread if not one.startswith("TEMPORAL_TLS_")} == set()
        assert container["args"] == parsed(container["args"])


def variables(command: str) -> set[str]:
    """Return the variables that a command reads."""
    options: list[Any] = commands()[command].params
    envvars = [option.envvar or [] for option in options]
    return {name for one in envvars for name in ([one] if isinstance(one, str) else one)}


def parsed(arguments: list[str]) -> list[str]:
    """Return the arguments when the command line takes them."""
    commands()[arguments[0]].make_context(arguments[0], arguments[1:])
    return arguments


def commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    found: dict[str, Any] = group.commands
    return found


def test_temporals_own_settings_are_read_as_they_are_meant(helm: Helm) -> None:
    templates = charts.pod_templates(charts.rendered(helm, MOST))
    given = charts.environment(templates["fabriken-operator"]) | {"TEMPORAL_API_KEY": "key"}

    profile = envconfig.ClientConfigProfile.load(
        disable_file=True, override_env_vars={k: v for k, v in given.items() if "TEMPORAL_" in k}
    )

    assert profile.api_key == "key"
    assert profile.tls is not None
    assert profile.tls.server_name == "frontend.example.org"
    assert profile.tls.server_root_ca_cert == Path("/etc/temporal/ca/root.pem")
    assert profile.tls.client_cert == Path("/etc/temporal/client/tls.crt")
    assert profile.tls.client_private_key == Path("/etc/temporal/client/tls.key")


@EACH
def test_no_probe_asks_whether_temporal_is_there(helm: Helm, values: Path) -> None:
    templates = charts.pod_templates(charts.rendered(helm, values))

    asked = {
        probe["httpGet"]["path"]
        for name, template in templates.items()
        for container in template["spec"]["containers"]
        for probe in (
            container.get(f"{kind}Probe") for kind in ("startup", "liveness", "readiness")
        )
        if probe and "trial" not in name
    }

    assert asked == {"/healthz"}


@EACH
def test_no_object_holds_a_secret_but_the_trials(helm: Helm, values: Path) -> None:
    secrets = [one for one in charts.rendered(helm, values) if one["kind"] == "Secret"]

    assert [one["metadata"]["name"] for one in secrets] == (
        ["factory-rpafabrik-trial-postgresql"] if values == TRIAL else []
    )


def test_rights_on_the_whole_cluster_are_only_those_that_cannot_be_less(helm: Helm) -> None:
    manifests = charts.rendered(helm, MOST)

    (role,) = (one for one in manifests if one["kind"] == "ClusterRole")
    roles = [one for one in manifests if one["kind"] == "Role"]

    assert role["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["namespaces"],
            "resourceNames": ["kube-system"],
            "verbs": ["get"],
        },
        {
            "apiGroups": ["apiextensions.k8s.io"],
            "resources": ["customresourcedefinitions"],
            "verbs": ["list", "watch"],
        },
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "watch"]},
    ]
    assert {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in roles} == {
        (namespace, f"fabriken-{component}")
        for namespace in ("ekonomi", "vard")
        for component in ("operator", "platform")
    } | {("rpa", "fabriken-operator-lease")}


def test_the_platform_may_write_status_and_nothing_else(helm: Helm) -> None:
    role = charts.one(charts.rendered(helm, LEAST), "ClusterRole", "-platform")

    assert role["rules"] == [
        {
            "apiGroups": ["rpafabrik.dev"],
            "resources": ["workerjobs/status", "jobruns/status"],
            "verbs": ["patch"],
        }
    ]


@EACH
def test_every_pod_has_a_network_policy_that_names_what_it_may_reach(
    helm: Helm, values: Path
) -> None:
    manifests = charts.rendered(helm, values)
    policies = [one["spec"] for one in manifests if one["kind"] == "NetworkPolicy"]

    for name, template in charts.pod_templates(manifests).items():
        labels = template["metadata"]["labels"].items()
        chosen = [one for one in policies if one["podSelector"]["matchLabels"].items() <= labels]

        assert len(chosen) == 1, name
        assert chosen[0]["policyTypes"] == ["Ingress", "Egress"]


def test_only_the_platform_reaches_the_ledger(helm: Helm) -> None:
    manifests = charts.rendered(helm, LEAST)

    reached = {
        name: ports(charts.one(manifests, "NetworkPolicy", f"-{name}"))
        for name in ("operator", "platform", "migration")
    }

    assert reached == {
        "operator": [53, 53, 443, 6443, 7233],
        "platform": [53, 53, 443, 6443, 7233, 5432],
        "migration": [53, 53, 5432],
    }


def ports(policy: charts.Manifest) -> list[int]:
    return [port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]]


def test_a_ledger_that_comes_with_the_release_is_migrated_by_the_pods_that_use_it(
    helm: Helm,
) -> None:
    job, pods = (charts.pod_templates(charts.rendered(helm, values)) for values in (LEAST, TRIAL))

    migration = job["factory-rpafabrik-migration"]["spec"]["containers"][0]
    first = pods["factory-rpafabrik-platform"]["spec"]["initContainers"][0]

    assert (migration["args"], first["args"]) == (["ledger", "migrate"], ["ledger", "migrate"])
    assert "initContainers" not in job["factory-rpafabrik-platform"]["spec"]
    assert "factory-rpafabrik-migration" not in pods


def test_the_migrations_pods_are_placed_marked_and_told_as_the_platforms_and_chosen_by_none(
    helm: Helm,
) -> None:
    misled = r"--set=platform.podLabels.app\.kubernetes\.io/component=platform"
    manifests = charts.rendered(helm, MOST, misled)
    templates = charts.pod_templates(manifests)
    migration, platform = (templates[f"fabriken-{name}"] for name in ("migration", "platform"))
    placement = ("nodeSelector", "tolerations", "affinity", "priorityClassName")

    own = {"app.kubernetes.io/component": "migration"}
    choosing = {
        (one["kind"], one["metadata"]["name"])
        for one in manifests
        for chosen in selectors(one)
        if chosen.items() <= migration["metadata"]["labels"].items()
    }

    assert {key: migration["spec"].get(key) for key in placement} == {
        key: platform["spec"][key] for key in placement
    }
    assert migration["metadata"]["annotations"] == platform["metadata"]["annotations"]
    assert migration["metadata"]["labels"] == platform["metadata"]["labels"] | own
    assert charts.environment(migration)["TZ"] == "Europe/Stockholm"
    assert choosing == {("NetworkPolicy", "fabriken-migration")}


def selectors(manifest: charts.Manifest) -> list[dict[str, str]]:
    """The labels by which an object chooses pods, or a Service's endpoints."""
    spec = manifest.get("spec", {})
    found = [spec[key] for key in ("selector", "podSelector") if key in spec]
    return [one.get("matchLabels", one) for one in found]


@pytest.mark.parametrize("values", [LEAST, TRIAL], ids=lambda path: path.stem)
def test_who_has_the_ledgers_url_is_shown_its_authority_and_nobody_else(
    helm: Helm, values: Path
) -> None:
    given = "--set=ledger.ca.secret.name=authorities,ledger.ca.secret.key=root.pem"
    variable = {"name": "PGSSLROOTCERT", "value": "/etc/ledger/ca/root.pem"}
    mount = {"name": "ledger-ca", "mountPath": "/etc/ledger/ca", "readOnly": True}
    volume = {"name": "ledger-ca", "secret": {"secretName": "authorities"}}

    templates = charts.pod_templates(charts.rendered(helm, values, given))

    reading = set()
    for template in templates.values():
        spec = template["spec"]
        for container in (*spec.get("initContainers", []), *spec["containers"]):
            env = container.get("env", [])
            reads = any(one["name"] == "RPAFABRIK_LEDGER_URL" for one in env)
            reading |= {container["name"]} if reads else set()
            assert (variable in env) is reads
            assert (mount in container["volumeMounts"]) is reads
            assert (volume in spec["volumes"]) is reads
    assert reading == {"migration", "platform"}


def test_a_pod_gets_longer_to_end_than_its_work_gets_to_drain(helm: Helm) -> None:
    templates = charts.pod_templates(
        charts.rendered(helm, LEAST, "--set", "platform.drainSeconds=300")
    )

    template = templates["factory-rpafabrik-platform"]

    assert charts.environment(template)["RPAFABRIK_DRAIN_SECONDS"] == "300"
    assert template["spec"]["terminationGracePeriodSeconds"] == 315


def test_monitors_come_only_when_asked_for(helm: Helm) -> None:
    kinds = [
        {one["kind"] for one in charts.rendered(helm, values) if "monitoring" in one["apiVersion"]}
        for values in (LEAST, MOST)
    ]

    assert kinds == [set(), {"PodMonitor", "ServiceMonitor", "PrometheusRule"}]


@pytest.mark.parametrize(
    ("enabled", "scraping"),
    [
        (("pod",), {"operator": "PodMonitor", "platform": "PodMonitor", "robots": "PodMonitor"}),
        (("service",), {"operator": "ServiceMonitor", "platform": "ServiceMonitor"}),
        (
            ("pod", "service"),
            {"operator": "ServiceMonitor", "platform": "ServiceMonitor", "robots": "PodMonitor"},
        ),
    ],
    ids=["pods", "services", "both"],
)
def test_nothing_is_scraped_twice_and_what_is_keeps_its_own_job_and_namespace(
    helm: Helm, enabled: tuple[str, ...], scraping: dict[str, str]
) -> None:
    asked = [f"--set=metrics.{one}Monitor.enabled=true" for one in enabled]
    manifests = charts.rendered(helm, LEAST, *asked)

    scraped = [
        (name.removeprefix("factory-rpafabrik-"), one["kind"], endpoint.get("honorLabels", False))
        for one in manifests
        if one["kind"].endswith("Monitor")
        for name in [one["metadata"]["name"]]
        for endpoint in one["spec"].get("endpoints") or one["spec"]["podMetricsEndpoints"]
    ]

    assert sorted(scraped) == [(name, kind, name != "robots") for name, kind in scraping.items()]


@pytest.mark.parametrize(
    ("served", "found"),
    [((), {"any": True}), (("--set=namespaces={vard}",), {"matchNames": ["vard"]})],
    ids=["everywhere", "somewhere"],
)
def test_robots_are_scraped_wherever_there_can_be_some(
    helm: Helm, served: tuple[str, ...], found: dict[str, Any]
) -> None:
    monitored = "--set=metrics.podMonitor.enabled=true"

    monitor = charts.one(charts.rendered(helm, LEAST, monitored, *served), "PodMonitor", "-robots")

    assert monitor["spec"]["namespaceSelector"] == found


def test_the_rules_come_whole_with_runbooks_where_people_can_read_them(helm: Helm) -> None:
    rule = charts.one(charts.rendered(helm, MOST), "PrometheusRule", "-rules")

    pages = "runbook_url: https://docs.example.org/runbooks/"
    texts = (path.read_text() for path in monitoring.RULES)
    told = (yaml.safe_load(text.replace("runbook_url: docs/runbooks/", pages)) for text in texts)
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert rule["spec"]["groups"] == [group for one in told for group in one["groups"]]


def test_boards_come_only_when_asked_for(helm: Helm) -> None:
    assert [one for one in charts.rendered(helm, LEAST) if one["kind"] == "ConfigMap"] == []


def test_the_boards_are_shipped_as_they_are_but_for_the_runbooks_address(helm: Helm) -> None:
    maps = [one for one in charts.rendered(helm, MOST) if one["kind"] == "ConfigMap"]
    unset, told = '"docs/runbooks"', '"https://docs.example.org/runbooks"'
    boards = {path.name: path.read_text("utf-8") for path in (TREE / "dashboards").glob("*.json")}

    shipped = {name: json.loads(text) for one in maps for name, text in one["data"].items()}

    assert len(shipped) == 3
    assert shipped == {name: json.loads(text.replace(unset, told)) for name, text in boards.items()}


def test_grafanas_sidecar_finds_the_boards_and_their_folder(helm: Helm) -> None:
    maps = [one["metadata"] for one in charts.rendered(helm, MOST) if one["kind"] == "ConfigMap"]
    bare = charts.rendered(helm, LEAST, "--set", "metrics.dashboards.enabled=true")
    usual = [one["metadata"] for one in bare if one["kind"] == "ConfigMap"]

    found = [(one["namespace"], one["labels"]["grafana_dashboard"]) for one in (*maps, *usual)]

    assert found == [("monitoring", "yes")] * 3 + [("rpa", "1")] * 3
    assert [one["annotations"] for one in maps] == [{"grafana_folder": "RPA-fabriken"}] * 3


def test_long_names_stay_names(helm: Helm) -> None:
    manifests = charts.rendered(helm, TRIAL, "--set", f"fullnameOverride={'x' * 60}")

    longest = max(len(one["metadata"]["name"]) for one in manifests if one["kind"] == "Service")

    assert longest <= 63
