#!/usr/bin/env bash
# A cluster in a container, our images on it, and the first example: `make kind-up`. Repeated, it brings
# what has changed since.
set -euo pipefail
cd "$(dirname "$0")/../.."

for program in docker kind helm kubectl; do
  command -v "$program" >/dev/null || { echo "$program must be on PATH" >&2; exit 1; }
done

if kind get clusters | grep -qx rpafabrik; then
  kind export kubeconfig --name rpafabrik
else
  kind create cluster --config examples/kind/kind.yaml --wait 3m
fi
docker build --tag rpafabrik:kind .
docker build --tag rpafabrik-robot:kind --target robot .
kind load docker-image --name rpafabrik rpafabrik:kind rpafabrik-robot:kind
# The tags are as before, so only pods that are made anew run what was loaded. A first time has none.
kubectl rollout restart deployment --namespace rpafabrik --selector 'app.kubernetes.io/component in (operator,platform)'
kubectl rollout restart deployment --namespace ekonomi --selector app.kubernetes.io/name=rpafabrik-robot
exec examples/kind/try.sh
