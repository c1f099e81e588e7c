"""What the scripts say that only a cluster of kind's would find out, held against the manifests."""

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


def test_what_is_deleted_is_what_was_created() -> None:
    name = yaml.safe_load((KIND / "kind.yaml").read_text())["name"]
    makefile = (KIND.parents[1] / "Makefile").read_text()

    assert f"kind delete cluster --name {name}\n" in makefile
