"""Who operator and platform are on a cluster: the accounts and rights that the chart gives them.

What Helm renders is applied as it is; nothing is granted here.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import charts
from support.helm import Helm
from support.kubernetes_fixture import ApiServer

OPERATOR, PLATFORM = "operator", "platform"
_KINDS = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
_NAME = "factory-rpafabrik"

Right = tuple[str, str, str, str]
"""Group, resource with its subresource, verb, and the name it is bound to or nothing."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the chart grants to whom, in a release that lives in the namespace that it serves."""

    namespace: str
    manifests: tuple[charts.Manifest, ...]

    def granted(self, component: str) -> set[Right]:
        """Return every single right of a component."""
        return {
            (group, resource, verb, name)
            for role in self.roles(component)
            for rule in role["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
            for name in rule.get("resourceNames", ("",))
        }

    def roles(self, component: str) -> list[charts.Manifest]:
        """Return the Roles and ClusterRoles that are bound to a component."""
        bound = {
            (one["roleRef"]["kind"], one["roleRef"]["name"])
            for one in self.manifests
            if {subject["name"] for subject in one.get("subjects", ())} == {account(component)}
        }
        return [one for one in self.manifests if (one["kind"], one["metadata"]["name"]) in bound]

    def user(self, component: str) -> str:
        """Return the name by which the API server knows a component."""
        return f"system:serviceaccount:{self.namespace}:{account(component)}"


def account(component: str) -> str:
    """Return the name of a component's ServiceAccount, and of the operator's lease."""
    return f"{_NAME}-{component}"


def rendered(helm: Helm, namespace: str, *serving: str) -> Rights:
    """Return what the chart grants where it serves these namespaces; the whole cluster if none."""
    served = (f"--set=namespaces={{{','.join(serving)}}}",) if serving else ()
    manifests = charts.rendered(helm, charts.LEAST, *served, namespace=namespace)
    return Rights(namespace, tuple(one for one in manifests if one["kind"] in _KINDS))


def without(role: charts.Manifest, lacking: tuple[str, str, str]) -> charts.Manifest:
    """Return a role that lacks one group's resource's verb."""
    group, resource, verb = lacking
    rules = []
    for rule in role["rules"]:
        if group not in rule["apiGroups"] or resource not in rule["resources"]:
            rules.append(rule)
            continue
        others = [one for one in rule["resources"] if one != resource]
        rules.append({**rule, "resources": others})
        left = [one for one in rule["verbs"] if one != verb]
        rules.append({**rule, "resources": [resource], "verbs": left})
    return {**role, "rules": [one for one in rules if one["resources"] and one["verbs"]]}


@contextlib.contextmanager
def given(api: ApiServer, rights: Rights) -> Iterator[None]:
    """Grant the rights for the length of the block."""
    apply(api, *rights.manifests)
    yield
    api.kubectl("delete", "--ignore-not-found", "-f", "-", stdin=_text(rights.manifests))


def apply(api: ApiServer, *manifests: charts.Manifest) -> None:
    """Apply, as whoever installs the chart."""
    done = api.kubectl("apply", "--server-side", "-f", "-", stdin=_text(manifests))
    assert done.returncode == 0, done.stderr


def write_kubeconfig(api: ApiServer, rights: Rights, component: str, folder: Path) -> Path:
    """Write the way in of a component: its token, and nothing of the administrator's."""
    asked = ("create", "token", account(component), "-n", rights.namespace, "--duration=2h")
    token = api.kubectl(*asked)
    assert token.returncode == 0, token.stderr
    shown = api.kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json")
    config: dict[str, Any] = json.loads(shown.stdout)
    config["users"][0]["user"] = {"token": token.stdout.strip()}
    path = folder / f"{component}.kubeconfig"
    path.touch(mode=0o600)
    path.write_text(json.dumps(config))
    return path


def _text(manifests: tuple[charts.Manifest, ...]) -> str:
    return "\n---\n".join(json.dumps(manifest) for manifest in manifests)
