"""A command that answers like the console of FreeSWITCH 1.10.12, as far as the reload of gateways needs it.

Usage: fake_fs_cli.py STATE FOLDER -x COMMAND, with a file for the state and the folder that the profile ``external`` includes.

As with the real one: exit code 0 whatever the answer is; a gateway that was killed is listed for 1 to 2 seconds more; a rescan
ignores gateways that are there, whatever their files say, and removes none; with an XML error, the old configuration stays. The
profile has no TLS. A password with "wrong" in it is wrong. If a gateway is loaded while its predecessor is still listed, the
predecessor's unregistration may come last: the state then counts a race.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

DELETION, REGISTRATION = 1.5, 1.0  # seconds until a killed gateway is gone, and until a new one is registered
LINE = "=" * 97


class FreeSwitch:
    """The state of a FreeSWITCH: ``files`` is the configuration that was read last, ``gateways`` are the loaded ones."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        state = json.loads(path.read_text()) if path.exists() else {}
        self.files: dict[str, dict[str, str]] = state.get("files", {})
        self.gateways: list[dict[str, Any]] = state.get("gateways", [])
        self.races: int = state.get("races", 0)
        self.commands: list[str] = state.get("commands", [])
        self.now = time.time()
        self.gateways = [each for each in self.gateways if self.now < each.get("gone", self.now + 1)]

    def save(self) -> None:
        self.path.write_text(
            json.dumps({name: vars(self)[name] for name in ("files", "gateways", "races", "commands")})
        )

    def answer(self, command: str) -> str:
        self.commands.append(command)
        words = command.split()
        if words == ["reloadxml"]:
            return f"+OK [{self.read()}]\n"
        if words == ["sofia", "status", "gateway"]:
            return self.status()
        if words[:2] != ["sofia", "profile"]:
            return f"-ERR {words[0]} Command not found!\n"
        if words[2] != "external":
            return f"Invalid Profile [{words[2]}]"
        if words[3] == "killgw":
            return self.kill(words[4])
        return f"Reload XML [{self.read()}]\n{self.scan()}"

    def read(self) -> str:
        files = {}
        for path in sorted(self.folder.glob("*.xml")):
            try:
                root = ElementTree.fromstring(path.read_text())
            except ElementTree.ParseError as exc:
                return f"[error near line {exc.position[0] + 50}]: unexpected closing tag </gateway>"
            for gateway in root.iter("gateway"):
                files[gateway.get("name", "")] = {p.get("name", ""): p.get("value", "") for p in gateway.iter("param")}
        self.files = files
        return "Success"

    def kill(self, name: str) -> str:
        for gateway in self.gateways:
            if gateway["name"] == name and "gone" not in gateway:
                gateway["gone"] = self.now + DELETION
                return "+OK gateway marked for deletion.\n"
        return "-ERR no such gateway.\n"

    def scan(self) -> str:
        for name, params in self.files.items():
            same = [gateway for gateway in self.gateways if gateway["name"] == name]
            if any("gone" not in gateway for gateway in same) or params["register-transport"] == "tls":
                continue
            self.races += len(same)
            self.gateways.insert(0, {"name": name, "added": self.now, **params})
        return "+OK scan complete\n"

    def status(self) -> str:
        rows = []
        for gateway in self.gateways:
            state = "REGED" if "wrong" not in gateway["password"] else "FAIL_WAIT"
            state = "UNREGED" if self.now < gateway["added"] + REGISTRATION else state
            retry = " (retry: 48s)" if state == "FAIL_WAIT" else ""
            name, data = f"external::{gateway['name']}", f"sip:{gateway['username']}@{gateway['proxy']}"
            rows.append(f"{name:>25}\t{data:>32}\t{state}\t  0.00\t0/0\t0/0{retry}")
        count = (
            f"{len(rows)} gateway{'' if len(rows) == 1 else 's'}: Inbound(Failed/Total): 0/0,Outbound(Failed/Total):0/0"
        )
        head = f"{'Profile::Gateway-Name':>25}\t{'Data':>32}    \tState\tPing Time\tIB Calls(F/T)\tOB Calls(F/T)"
        return "\n".join([head, LINE, *rows, LINE, count, ""])


if __name__ == "__main__":
    freeswitch = FreeSwitch(Path(sys.argv[1]), Path(sys.argv[2]))
    print(freeswitch.answer(sys.argv[4]))
    freeswitch.save()
