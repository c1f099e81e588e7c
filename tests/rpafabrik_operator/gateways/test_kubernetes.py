"""What the API server's answers mean; the words are those of Kubernetes 1.36."""

import json
from typing import Any

import pytest
from kubernetes.aio import client as api

from rpafabrik_operator.gateways import kubernetes
from rpafabrik_operator.reconcile import ports

DENIED = 'deployments.apps "robots-a" is forbidden: '
TERMINATING = "unable to create new content in namespace a because it is being terminated"


def answer(status: int, message: str, *causes: str) -> api.ApiException:
    """An answer as the API server writes it."""
    details = {"causes": [{"reason": cause, "message": "…"} for cause in causes]}
    body: dict[str, Any] = {"kind": "Status", "message": message, "details": details}
    return api.ApiException(status=status, reason="Reason", body=json.dumps(body))


@pytest.mark.parametrize(
    "refusal",
    [
        answer(400, 'admission webhook "images" denied the request: no such registry'),
        answer(403, DENIED + "exceeded quota: q, requested: count/deployments.apps=1"),
        answer(403, DENIED + "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no"),
        answer(422, 'Deployment.apps "robots-a" is invalid: spec: …', "FieldValueInvalid"),
    ],
)
def test_object_that_is_refused_as_it_is_is_told_in_the_api_servers_words(
    refusal: api.ApiException,
) -> None:
    assert kubernetes.rejection(refusal) == json.loads(refusal.body or "")["message"]


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (
            answer(403, DENIED + 'User "me" cannot patch resource "deployments"'),
            ports.ClusterRefusedError,
        ),
        (answer(403, DENIED + TERMINATING, "NamespaceTerminating"), ports.ClusterRefusedError),
        (
            api.ApiException(status=403, reason="Forbidden", body="<html>proxy</html>"),
            ports.ClusterRefusedError,
        ),
        (answer(401, "Unauthorized"), ports.ClusterRefusedError),
        (answer(429, "too many requests"), ports.ClusterUnavailableError),
        (answer(500, "failed calling webhook"), ports.ClusterUnavailableError),
        (answer(404, 'namespaces "a" not found'), api.ApiException),
    ],
)
def test_what_is_not_about_the_object_is_no_rejection(
    error: api.ApiException, meaning: type[Exception]
) -> None:
    assert kubernetes.rejection(error) is None
    with pytest.raises(meaning), kubernetes.translated():
        raise error


def test_server_that_fails_is_told_in_its_own_words() -> None:
    told = pytest.raises(ports.ClusterUnavailableError, match="failed calling webhook")

    with told, kubernetes.translated():
        raise answer(500, "failed calling webhook")
