"""Our charts: where they are, and what Helm makes of them."""

from pathlib import Path
from typing import Any

import yaml

from support.helm import Helm

_TREE = Path(__file__).parents[2]
PRODUCT = _TREE / "charts" / "rpafabrik"
KINDS = _TREE / "charts" / "rpafabrik-crds"

VALUES = _TREE / "tests" / "charts" / "values"
LEAST, MOST, TRIAL = (VALUES / f"{name}.yaml" for name in ("least", "most", "trial"))

Manifest = dict[str, Any]


def rendered(
    helm: Helm, values: Path, *options: str, namespace: str = "rpa", release: str = "factory"
) -> list[Manifest]:
    """Return the objects of the product's chart; that it can be rendered is asserted."""
    where = ("--namespace", namespace, "--values", str(values))
    done = helm.run("template", release, str(PRODUCT), *where, *options)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def one(manifests: list[Manifest], kind: str, ending: str) -> Manifest:
    """Return the only object of the kind whose name ends so."""
    (found,) = (
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and manifest["metadata"]["name"].endswith(ending)
    )
    return found


def pod_templates(manifests: list[Manifest]) -> dict[str, Manifest]:
    """Return every pod template by the name of what makes pods of it."""
    return {
        manifest["metadata"]["name"]: manifest["spec"]["template"]
        for manifest in manifests
        if manifest["kind"] in ("Deployment", "Job", "StatefulSet")
    }


def environment(template: Manifest) -> dict[str, str]:
    """Return the variables of a pod's only container that are given as they are."""
    (container,) = template["spec"]["containers"]
    return {one["name"]: one["value"] for one in container["env"] if "value" in one}
