"""The form of what jobs/rayjob.yaml asks for: the fields that we use of Kubernetes' and KubeRay's own, and no others.

Kubernetes drops a field that it does not know without a word.
"""

from typing import Any

TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
RESOURCES = {"type": "object", "required": ["cpu", "memory", "ephemeral-storage"], **TEXTS}


def form(required: str = "", **properties: Any) -> dict[str, Any]:
    """An object of these fields alone; `required` names those that must be there."""
    fields = {name: held if isinstance(held, dict) else {"type": held} for name, held in properties.items()}
    return {"type": "object", "properties": fields, "required": required.split(), "additionalProperties": False}


def list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1}


CLOSED = form(
    runAsNonRoot="boolean",
    allowPrivilegeEscalation="boolean",
    capabilities=form(drop=list_of({"type": "string"})),
    seccompProfile=form(type="string"),
)
CONTAINER = form(
    "name image resources securityContext",
    name="string",
    image="string",
    securityContext=CLOSED,
    resources=form("requests limits", requests=RESOURCES, limits=RESOURCES),
    env=list_of(form("name value", name="string", value="string")),
    volumeMounts=list_of(form("name mountPath", name="string", mountPath="string")),
)
POD = form(
    "containers serviceAccountName",
    serviceAccountName="string",
    automountServiceAccountToken="boolean",
    nodeSelector=TEXTS,
    tolerations=list_of(form("key", key="string", operator="string", value="string", effect="string")),
    terminationGracePeriodSeconds="integer",
    containers=list_of(CONTAINER),
    volumes=list_of(form("name emptyDir", name="string", emptyDir=form(medium="string", sizeLimit="string"))),
)
TEMPLATE = form("metadata spec", metadata=form("labels", labels=TEXTS), spec=POD)
HEAD = form("rayStartParams template", serviceType={"const": "ClusterIP"}, rayStartParams=TEXTS, template=TEMPLATE)
WORKERS = form(
    "groupName minReplicas maxReplicas rayStartParams template",
    groupName="string",
    replicas="integer",
    minReplicas="integer",
    maxReplicas="integer",
    rayStartParams=TEXTS,
    template=TEMPLATE,
)
CLUSTER = form(
    "rayVersion headGroupSpec workerGroupSpecs",
    rayVersion="string",
    authOptions=form("mode", mode="string"),
    enableInTreeAutoscaling="boolean",
    autoscalerOptions=form(idleTimeoutSeconds="integer", securityContext=CLOSED),
    headGroupSpec=HEAD,
    workerGroupSpecs=list_of(WORKERS),
)
JOB = form(
    "entrypoint rayClusterSpec",
    entrypoint="string",
    metadata=TEXTS,
    submissionMode={"enum": ["HTTPMode", "K8sJobMode"]},
    backoffLimit="integer",
    activeDeadlineSeconds="integer",
    shutdownAfterJobFinishes="boolean",
    ttlSecondsAfterFinished="integer",
    rayClusterSpec=CLUSTER,
)
NAMED = form("name", name="string", annotations=TEXTS)
FORMS = [
    form("apiVersion kind metadata", apiVersion={"const": "v1"}, kind={"const": "ServiceAccount"}, metadata=NAMED),
    form(
        "apiVersion kind metadata spec",
        apiVersion={"const": "networking.k8s.io/v1"},
        kind={"const": "NetworkPolicy"},
        metadata=NAMED,
        spec=form("podSelector policyTypes ingress", podSelector="object", policyTypes="array", ingress="array"),
    ),
    form(
        "apiVersion kind metadata spec",
        apiVersion={"const": "ray.io/v1"},
        kind={"const": "RayJob"},
        metadata=NAMED,
        spec=JOB,
    ),
]
