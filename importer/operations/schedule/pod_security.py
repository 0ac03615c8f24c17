"""What every pod of this program may do in Kubernetes: nothing but its work, as a user that is not root."""

from typing import Final

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
