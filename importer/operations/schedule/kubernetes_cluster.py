"""A Dask scheduler and workers for Kubernetes, as ``--cluster`` needs them: TLS, a shared storage, closed to others.

The secret ``freedom-id-tls`` holds ca.crt, tls.crt and tls.key; whoever has a certificate of that authority can run
code on the workers, so it signs nothing else (cert-manager makes both; importer/cluster/README.md).
"""

from textwrap import indent
from typing import Final

from importer.operations.schedule.nightly_plan import PLACEHOLDER

PART_OF: Final = "freedom-id-import"
SCHEDULER: Final = "freedom-id-scheduler"
WORKER: Final = "freedom-id-worker"
TLS: Final = "/etc/freedom-id/tls"
_PORT: Final = 8786
_CERTIFICATES: Final = f"--tls-ca-file {TLS}/ca.crt --tls-cert {TLS}/tls.crt --tls-key {TLS}/tls.key"
_ALONE: Final = f"--no-dashboard --dashboard-address 127.0.0.1:0 {_CERTIFICATES}"
"""Without a page; its server is opened all the same, and so only where nobody else sees it."""
CLAIM: Final = PLACEHOLDER.lower().replace("_", "-")

MOUNTS: Final = f"""\
- name: storage
  mountPath: /data/storage
- name: tls
  mountPath: {TLS}
  readOnly: true
"""
VOLUMES: Final = f"""\
- name: storage
  persistentVolumeClaim:
    claimName: {CLAIM}-storage  # ReadWriteMany: job and workers
- name: tls
  secret:
    secretName: freedom-id-tls
    defaultMode: 288  # 0440
"""
POD_SECURITY: Final = """\
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
"""
CONTAINER_SECURITY: Final = """\
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: ["ALL"]
"""
"""What every pod may do, the job's too: nothing but its work, as a user that is not root."""
JOB_LABELS: Final = f"""
        metadata:
          labels:
            app.kubernetes.io/part-of: {PART_OF}"""


def cluster_files() -> dict[str, str]:
    """File name → text: the scheduler with its service, two workers, and who may speak to them."""
    scheduler = f"dask scheduler --protocol tls --port {_PORT} {_ALONE}"
    worker = f"dask worker tls://{SCHEDULER}:{_PORT} --nthreads 1 --memory-limit 1GiB --death-timeout 120 {_ALONE}"
    documents = (
        _service(),
        _deployment(SCHEDULER, scheduler, 1, "512Mi"),
        _deployment(WORKER, f"{worker} --local-directory /tmp", 2, "1Gi"),
        _policy(),
    )
    return {"freedom-id-cluster.yaml": "".join(f"---\n{document}" for document in documents)}


def _service() -> str:
    return f"""apiVersion: v1
kind: Service
metadata:
  name: {SCHEDULER}
spec:
  selector:
    app.kubernetes.io/name: {SCHEDULER}
  ports:
    - port: {_PORT}
"""


def _policy() -> str:
    return f"""apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {PART_OF}-alone
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/part-of: {PART_OF}
  policyTypes: ["Ingress"]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/part-of: {PART_OF}
"""


def _deployment(name: str, command: str, replicas: int, memory: str) -> str:
    words = "".join(f'\n            - "{word}"' for word in command.split())
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: {PART_OF}
    spec:
      enableServiceLinks: false
      automountServiceAccountToken: false
{indent(POD_SECURITY, 6 * " ")}      containers:
        - name: dask
          image: {PLACEHOLDER}/freedom-id-importer:latest  # with the extra "cluster", the same image as the job's
          command:{words}
          resources:
            requests:
              cpu: "1"
              memory: {memory}
            limits:
              memory: {memory}
{indent(CONTAINER_SECURITY, 10 * " ")}          volumeMounts:
{indent(MOUNTS, 12 * " ")}            - name: tmp
              mountPath: /tmp
      volumes:
{indent(VOLUMES, 8 * " ")}        - name: tmp
          emptyDir: {{}}
"""
