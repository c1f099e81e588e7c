"""What the scripts say that only a cluster of kind's would find out, held against the manifests."""

import os
import subprocess
from pathlib import Path

import yaml

KIND = Path(__file__).parents[2] / "examples" / "kind"


def test_the_images_that_are_loaded_are_those_that_pods_ask_for() -> None:
    script = (KIND / "up.sh").read_text().splitlines()
    (load,) = (line.split() for line in script if line.startswith("kind load docker-image"))
    built = {line.split()[3] for line in script if line.startswith("docker build")}

    image = yaml.safe_load((KIND / "values.yaml").read_text())["image"]
    patches = yaml.safe_load((KIND / "kustomization.yaml").read_text())["patches"]
    robots = yaml.safe_load(patches[0]["patch"])["spec"]["image"]

    assert {*load[-2:]} == built == {f"{image['repository']}:{image['tag']}", robots}


def test_repeated_it_has_all_pods_of_our_images_made_anew_and_then_waits_for_them(
    tmp_path: Path,
) -> None:
    said = calls(tmp_path)

    restarts = [one for one in said if one.startswith("kubectl rollout restart deployment")]
    loaded = next(at for at, one in enumerate(said) if one.startswith("kind load docker-image"))
    waited = next(at for at, one in enumerate(said) if " --wait" in one)
    assert said[loaded + 1 : waited] == restarts
    assert [one.partition(" --namespace ")[2] for one in restarts] == [
        # The trial's servers would lose what they hold.
        "rpafabrik --selector app.kubernetes.io/component in (operator,platform)",
        "ekonomi --selector app.kubernetes.io/name=rpafabrik-robot",
    ]


def calls(folder: Path) -> list[str]:
    """Run the script where the cluster is there already; return what it ran, in that order."""
    told = folder / "calls"
    for name in ("docker", "kind", "helm", "kubectl"):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {told}\necho rpafabrik\n')
        program.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([KIND / "up.sh"], env=os.environ | {"PATH": path}, check=True)
    return told.read_text().splitlines()


def test_what_is_deleted_is_what_was_created() -> None:
    name = yaml.safe_load((KIND / "kind.yaml").read_text())["name"]
    makefile = (KIND.parents[1] / "Makefile").read_text()

    assert f"kind delete cluster --name {name}\n" in makefile
