"""A CronJob for Kubernetes; beside it the scheduler and workers of ``--cluster``, where the configuration has one."""

from textwrap import indent

from importer.messages.text import Text, spoken
from importer.operations.schedule.kubernetes_cluster import (
    CLAIM,
    CONTAINER_SECURITY,
    JOB_LABELS,
    MOUNTS,
    POD_SECURITY,
    VOLUMES,
    cluster_files,
)
from importer.operations.schedule.nightly_plan import NAME, PLACEHOLDER, NightlyPlan

_CONFIG = "/etc/freedom-id/config/importer.toml"
_TOKEN = "/etc/freedom-id/secret/token"  # noqa: S105 (a path)

_VOLUMES = f"""\
- name: inbox
  persistentVolumeClaim:
    claimName: {CLAIM}-inbox
- name: state
  persistentVolumeClaim:
    claimName: {CLAIM}-state
- name: config
  configMap:
    name: {NAME}
    defaultMode: 288  # 0440
- name: token
  secret:
    secretName: {NAME}
    defaultMode: 288  # 0440
- name: tmp
  emptyDir: {{}}
"""

_RESUMED = Text("a stopped run is resumed by the next job")


def cron_job(plan: NightlyPlan) -> dict[str, str]:
    """One job at a time; no Service of the cluster puts variables called IMPORTER_… into it.

    The image, the claims, the config map and the secret are the cluster's: their names are placeholders. Files that are
    mounted belong to root and to the pod's group, which may only read them: so they are trusted.
    """
    text = f"""apiVersion: batch/v1
kind: CronJob
metadata:
  name: {NAME}
spec:
  schedule: "{plan.minute} {plan.hour} * * *"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 7
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
      backoffLimit: 0  # {spoken(_RESUMED)}
      template:{JOB_LABELS if plan.cluster else ""}
        spec:
          restartPolicy: Never
          enableServiceLinks: false
          terminationGracePeriodSeconds: 120
{indent(POD_SECURITY, 10 * " ")}          containers:
{indent(_container(plan), 12 * " ")}          volumes:
{indent(_VOLUMES + (VOLUMES if plan.cluster else ""), 12 * " ")}"""
    return {f"{NAME}.yaml": text} | (cluster_files() if plan.cluster else {})


def _container(plan: NightlyPlan) -> str:
    secrets = "".join(
        f"""
    - name: {name}
      valueFrom:
        secretKeyRef:
          name: {NAME}
          key: {name}"""
        for name in plan.variables
    )
    return f"""\
- name: importer
  image: {PLACEHOLDER}/freedom-id-importer:latest
  command: ["importer", "inbox", "/data/inbox", "--config", "{_CONFIG}"]
  env:
    - name: IMPORTER_HOME
      value: /data/state/importer
    - name: FREEDOM_ID_TOKEN_FILE
      value: {_TOKEN}
    - name: TMPDIR
      value: /tmp{secrets}
  resources:
    requests:
      cpu: "1"
      memory: 512Mi
    limits:
      memory: 1Gi
{indent(CONTAINER_SECURITY, 2 * " ")}  volumeMounts:
    - name: inbox
      mountPath: /data/inbox
    - name: state
      mountPath: /data/state
    - name: config
      mountPath: /etc/freedom-id/config
      readOnly: true
    - name: token
      mountPath: /etc/freedom-id/secret
      readOnly: true
    - name: tmp
      mountPath: /tmp
{indent(MOUNTS if plan.cluster else "", 4 * " ")}"""
