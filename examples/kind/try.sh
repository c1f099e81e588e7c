#!/usr/bin/env bash
# From a cluster that runs nothing of ours to hours saved: installs both charts, applies the first
# example and waits for its run. On the cluster that kubectl reaches; its nodes must have the images
# rpafabrik:kind and rpafabrik-robot:kind. Safe to repeat.
#
#   examples/kind/try.sh [OPTIONS OF helm upgrade…]
set -euo pipefail
cd "$(dirname "$0")/../.."

echo "== The kinds, the operator and the platform worker"
helm upgrade --install rpafabrik-crds charts/rpafabrik-crds --wait
helm upgrade --install rpafabrik charts/rpafabrik --namespace rpafabrik --create-namespace \
  --values examples/kind/values.yaml --wait --timeout 5m "$@"

echo "== The example: a digital worker, its job, and one run of it"
kubectl apply --server-side -k examples/kind
kubectl wait --namespace ekonomi digitalworker/ekonomi --for=condition=Ready --timeout=3m
kubectl wait --namespace ekonomi jobrun/kassaavstamning-nu --for='jsonpath={.status.result}' --timeout=5m

echo "== What it saved"
kubectl get --namespace ekonomi digitalworkers,jobruns,workerjobs
kubectl wait --namespace ekonomi jobrun/kassaavstamning-nu --for=condition=Succeeded --timeout=1s
