"""A service and its timer for systemd."""

import re
from pathlib import Path
from typing import Final

from importer.messages.text import Text, spoken
from importer.operations.schedule.nightly_plan import NAME, PLACEHOLDER, NightlyPlan

_SERVICE = Text("Import users into Freedom ID")
_RIGHTS = Text("With all rights: what the service may write to must be there before it starts.")
_CODES = Text("1: finished, some rows need a person. Everything else but 0 is a failure of the unit.")
_END = Text("What is under way may end (10 s), then the output is written.")
_CONFINED: Final = """\
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
"""
"""What the service has no use for is taken from it."""
_PLAIN: Final = re.compile(r"[\w/.:,=@+-]*")
_TIMER = Text("Import users into Freedom ID every night")
_SLEPT = Text("A night that the machine slept through is made up for.")


def units(plan: NightlyPlan) -> dict[str, str]:
    """The two files, by name."""
    return {f"{NAME}.service": _service(plan), f"{NAME}.timer": _timer(plan)}


def _service(plan: NightlyPlan) -> str:
    """It may write to the inbox, its state, its token's folder, figures and log, and to nothing else.

    A renewed token is a new file in the old one's place, so that its folder is written to.
    """
    token = f"Environment=FREEDOM_ID_TOKEN_FILE={_quoted(plan.token_file)}\n" if plan.token_file else ""
    if plan.variables:
        secrets = Text("{names}: NAME=value, mode 0600.", names=", ".join(plan.variables))
        token += f"# {spoken(secrets)}\nEnvironmentFile=/etc/freedom-id/{PLACEHOLDER}.env\n"
    folders = (plan.inbox, plan.home, str(Path(plan.token_file).parent) if plan.token_file else "", *plan.writes)
    writable = " ".join(_quoted(path) for path in dict.fromkeys(folders) if path)
    command = " ".join(_quoted(part, in_command=True) for part in (plan.program, *plan.arguments))
    folder = f"WorkingDirectory={plan.folder.replace('%', '%%')}\n" if plan.folder else ""
    return f"""[Unit]
Description={spoken(_SERVICE)}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={plan.user}
# {spoken(_RIGHTS)}
ExecStartPre=+/usr/bin/install -d -m 0700 -o {plan.user} {_quoted(plan.home, in_command=True)}
ExecStart={command}
{folder}Environment=IMPORTER_HOME={_quoted(plan.home)}
{token}# {spoken(_CODES)}
SuccessExitStatus=1
# {spoken(_END)}
TimeoutStopSec=120
UMask=0077
LimitNOFILE=8192
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writable}
{_CONFINED}"""


def _timer(plan: NightlyPlan) -> str:
    return f"""[Unit]
Description={spoken(_TIMER)}

[Timer]
OnCalendar=*-*-* {plan.hour:02}:{plan.minute:02}:00
# {spoken(_SLEPT)}
Persistent=true

[Install]
WantedBy=timers.target
"""


def _quoted(text: str, *, in_command: bool = False) -> str:
    """A word of a unit: a % begins a specifier there, and in a command a $ a variable."""
    if _PLAIN.fullmatch(text):
        return text
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text.replace("$", "$$") if in_command else text}"'
