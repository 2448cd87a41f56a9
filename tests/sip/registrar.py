"""Kamailio, and Kamailio as a registrar, on loopback in a folder of its own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from sip.configurations import REGISTRAR
from sip.processes import HOST, free_port, running, wait_for
from tools.debian import want

REALM = "registrar.test"
KAMAILIO_PACKAGES = ("kamailio", "kamailio-tls-modules", "kamailio-utils-modules")


@dataclass
class Registrar:
    """A Kamailio as registrar with digest authentication; it has only hashes of the passwords."""

    folder: Path
    passwords: dict[str, str]
    host: str = HOST
    ports: dict[str, int] = field(default_factory=lambda: {"udp": free_port(), "tls": free_port()})

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        # The path of a Unix socket must be short.
        self.socket = f"/tmp/kam-{os.getpid()}-{self.ports['udp']}.sock"
        authority = trustme.CA()
        self.ca_file = self.folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        authority.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(
            str(self.folder / "server.pem")
        )
        hashes = {
            user: hashlib.md5(f"{user}:{REALM}:{password}".encode()).hexdigest()
            for user, password in self.passwords.items()
        }
        (self.folder / "version").write_text(
            "id(int,auto) table_name(string) table_version(int)\n1:version:1\n2:subscriber:7\n"
        )
        rows = "".join(f"{place}:{user}:{REALM}:{value}\n" for place, (user, value) in enumerate(hashes.items(), 1))
        (self.folder / "subscriber").write_text(f"id(int,auto) username(string) domain(string) ha1(string)\n{rows}")
        (self.folder / "tls.cfg").write_text(
            f"[server:default]\nmethod = TLSv1.2+\ncertificate = {self.folder}/server.pem\n"
            f"private_key = {self.folder}/server.pem\n[client:default]\nmethod = TLSv1.2+\n"
        )
        (self.folder / "kamailio.cfg").write_text(
            REGISTRAR.format(
                address=self.host,
                port=self.ports["udp"],
                tls_port=self.ports["tls"],
                folder=self.folder,
                socket=self.socket,
            )
        )

    @contextlib.contextmanager
    def started(self) -> Iterator[Registrar]:
        """Run the registrar."""
        with kamailio(self.folder, self.socket):
            yield self

    def address(self, transport: str) -> str:
        """The address that it listens on, as host:port."""
        return f"{self.host}:{self.ports['tls' if transport == 'tls' else 'udp']}"

    def registered(self) -> dict[str, str]:
        """The registered users, each with the source of its registration as a SIP URI with transport."""
        dump = rpc(self.socket, "ul.dump")
        return dict(re.findall(r"AoR: (\S+?)(?:@\S*)?\n.*?Received: (\S+)", dump, re.DOTALL))

    def log_matches(self, pattern: str) -> list[str]:
        """The first group of a pattern in each of its matches in the log."""
        return re.findall(pattern, (self.folder / "log").read_text(errors="replace"))

    def refused(self) -> set[str]:
        """The users who sent a wrong password."""
        return set(self.log_matches(r"REFUSED (\S+)"))

    def session_descriptions(self) -> list[str]:
        """The session descriptions (SDP) of the calls, offers and answers."""
        return self.log_matches(r"(?s)SDP-BEGIN(.*?)SDP-END")


@contextlib.contextmanager
def kamailio(folder: Path, control: str) -> Iterator[None]:
    """Run Kamailio with the folder's kamailio.cfg; it answers when this returns."""
    program = want("kamailio", *KAMAILIO_PACKAGES)
    command = [program, "-DD", "-E", "-m", "64", "-M", "8", "-f", f"{folder}/kamailio.cfg", "-P", f"{folder}/pid"]
    with running([*command, "-Y", str(folder), "-w", str(folder)], folder / "log"):
        wait_for("Kamailio answers", lambda: "uptime" in rpc(control, "core.uptime"))
        yield
    Path(control).unlink(missing_ok=True)


def rpc(control: str, *command: str) -> str:
    """Run a command on the console of Kamailio and return its output."""
    done = subprocess.run(
        [want("kamcmd", *KAMAILIO_PACKAGES), "-s", f"unix:{control}", *command], capture_output=True, check=False
    )
    return done.stdout.decode(errors="replace")
