"""The real SIP programs: Kamailio as registrar and client, Asterisk, baresip; all on loopback, in folders of their own."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from sip.configs import ASTERISK, BARESIP, CLIENT, REGISTRAR
from tools.debian import want

HOST = "127.0.0.1"
REALM = "registrar.test"
KAMAILIO = ("kamailio", "kamailio-tls-modules", "kamailio-utils-modules")


def free_port() -> int:
    """A port that is free for UDP and TCP, and so is the next one, which baresip takes for TLS.

    It lies below the range that the system gives out by itself, so nobody else gets it meanwhile.
    """
    while True:
        port = random.randrange(20000, 30000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for kind, number in itertools.product((socket.SOCK_STREAM, socket.SOCK_DGRAM), (port, port + 1)):
                stack.enter_context(socket.socket(type=kind)).bind((HOST, number))
            return port


def only(folder: Path, pattern: str) -> Path:
    """The one path of a pattern."""
    paths = list(folder.glob(pattern))
    assert len(paths) == 1, paths
    return paths[0]


def wait_for(what: str, ready: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until something is true, and return it; fail with its name."""
    end = time.monotonic() + seconds
    while not (found := ready()):
        if time.monotonic() > end:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.2)
    return found


@contextlib.contextmanager
def running(command: list[str], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, with what it says in a file, and end it and its children."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@dataclass
class Registrar:
    """A Kamailio that registers users with digest authentication, and knows only hashes of their passwords."""

    folder: Path
    passwords: dict[str, str]
    ports: dict[str, int] = field(default_factory=lambda: {"udp": free_port(), "tls": free_port()})

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        # Unix sockets have short names.
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
            REGISTRAR.format(port=self.ports["udp"], tls_port=self.ports["tls"], folder=self.folder, socket=self.socket)
        )

    @contextlib.contextmanager
    def started(self) -> Iterator[Registrar]:
        """Run it."""
        with kamailio(self.folder, self.socket):
            yield self

    def address(self, transport: str) -> str:
        """Where it listens, as host:port."""
        return f"{HOST}:{self.ports['tls' if transport == 'tls' else 'udp']}"

    def registered(self) -> dict[str, str]:
        """The users that are registered, each with where it came from: a SIP URI with its transport."""
        dump = rpc(self.socket, "ul.dump")
        return dict(re.findall(r"AoR: (\S+?)(?:@\S*)?\n.*?Received: (\S+)", dump, re.DOTALL))

    def said(self, pattern: str) -> list[str]:
        """What its log has of a pattern's first group."""
        return re.findall(pattern, (self.folder / "log").read_text(errors="replace"))

    def refused(self) -> set[str]:
        """The users who came with a wrong password."""
        return set(self.said(r"REFUSED (\S+)"))

    def invites(self) -> list[str]:
        """The session descriptions of the calls that were made, offers and answers."""
        return self.said(r"(?s)SDP-BEGIN(.*?)SDP-END")


@contextlib.contextmanager
def kamailio(folder: Path, control: str) -> Iterator[None]:
    """Run a Kamailio with the folder's kamailio.cfg until it answers."""
    program = want("kamailio", *KAMAILIO)
    command = [program, "-DD", "-E", "-m", "64", "-M", "8", "-f", f"{folder}/kamailio.cfg", "-P", f"{folder}/pid"]
    with running([*command, "-Y", str(folder), "-w", str(folder)], folder / "log"):
        wait_for("Kamailio answers", lambda: "uptime" in rpc(control, "core.uptime"))
        yield
    Path(control).unlink(missing_ok=True)


def rpc(control: str, *command: str) -> str:
    """Ask a Kamailio."""
    done = subprocess.run(
        [want("kamcmd", *KAMAILIO), "-s", f"unix:{control}", *command], capture_output=True, check=False
    )
    return done.stdout.decode(errors="replace")


@dataclass
class KamailioClient:
    """A running Kamailio that registers; ``cli`` is how its console is called."""

    cli: list[str]

    def registered(self) -> set[str]:
        """Who is registered, by its own word."""
        dump = subprocess.run([*self.cli, "uac.reg_dump"], capture_output=True, check=False).stdout.decode()
        # Flag 4 is UAC_REG_ONLINE (Kamailio's uac module, uac_reg.c).
        return {user for user, flags in re.findall(r"l_uuid: (\S+).*?flags: (\d+)", dump, re.DOTALL) if int(flags) & 4}


@contextlib.contextmanager
def kamailio_client(folder: Path, ca_file: Path) -> Iterator[KamailioClient]:
    """A Kamailio that registers what is in the folder ``telnyx``."""
    ports = {"port": free_port(), "tls_port": free_port()}
    control = f"/tmp/kam-{os.getpid()}-{ports['port']}.sock"
    (folder / "tls.cfg").write_text(
        f"[client:default]\nmethod = TLSv1.2+\nverify_certificate = yes\nrequire_certificate = yes\nca_list = {ca_file}\n"
        f"[server:default]\nmethod = TLSv1.2+\ncertificate = {ca_file.parent}/server.pem\nprivate_key = {ca_file.parent}/server.pem\n"
    )
    (folder / "kamailio.cfg").write_text(CLIENT.format(**ports, folder=folder, socket=control))
    with kamailio(folder, control):
        yield KamailioClient([want("kamcmd", *KAMAILIO), "-s", f"unix:{control}"])


@dataclass
class Baresip:
    """A running baresip: what it said, and a way to command it."""

    log: Path
    control: int

    def output(self) -> str:
        """What it said."""
        return self.log.read_text(errors="replace")

    def registered(self) -> set[str]:
        """Who got a 200, by its own word."""
        return set(re.findall(r"(?m)^(?:\x1b\[[\d;]*m)?([\w.+-]+)@\S+: \{\d/\S+?\} 200 ", self.output()))

    def command(self, name: str, parameters: str = "") -> None:
        """Give it a command."""
        body = json.dumps({"command": name, "params": parameters}).encode()
        with socket.create_connection((HOST, self.control), timeout=10) as connection:
            connection.sendall(str(len(body)).encode() + b":" + body + b",")
            connection.recv(4096)


@contextlib.contextmanager
def baresip(folder: Path, ca_file: Path) -> Iterator[Baresip]:
    """A baresip with the folder's accounts."""
    program = want("baresip", "baresip-core")
    modules = only(Path("/usr/lib"), "**/baresip/modules")
    control = free_port()
    text = BARESIP.format(modules=modules, port=free_port(), ca_file=ca_file, control=control)
    (folder / "config").write_text(text)
    (folder / "uuid").write_text("11111111-2222-3333-4444-555555555555")
    (folder / "contacts").touch()
    with running([program, "-f", str(folder), "-v"], folder / "log"):
        yield Baresip(folder / "log", control)


def asterisk_root() -> Path:
    """A folder with a newer Debian and Asterisk 22 in it, made once and kept: Debian 12 has no Asterisk."""
    root = Path(os.environ["SIP_TEST_CACHE"]) / "sid"
    if (root / "made").exists():
        return root
    if os.geteuid() != 0:
        reason = "Asterisk needs a chroot, which only root can make"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    sources = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    text = "\n".join(path.read_text() for path in sources if path.is_file())
    mirror = re.search(r"(?m)^(?:URIs:|deb)\s+(?:\[.*?\]\s+)?(\S+)", text)
    assert mirror, "no mirror of Debian is configured"
    install = [
        "apt-get",
        "install",
        "-q",
        "-y",
        "--no-install-recommends",
        "asterisk",
        "asterisk-config",
        "asterisk-modules",
    ]
    log = root.parent / "sid.log"
    with log.open("wb") as output:
        for command in (
            [want("debootstrap", "debootstrap"), "--variant=minbase", "sid", str(root), mirror[1]],
            ["chroot", str(root), *install],
        ):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
            done = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
            assert done.returncode == 0, log.read_text(errors="replace")[-2000:]
    (root / "made").touch()
    return root


@dataclass
class Asterisk:
    """A running Asterisk in its chroot; ``cli`` is how its console is called."""

    cli: list[str]

    def command(self, text: str) -> str:
        """What its console says to a command."""
        return subprocess.run([*self.cli, "-rx", text], capture_output=True, check=False).stdout.decode(
            errors="replace"
        )

    def registered(self) -> set[str]:
        """Who is registered, by its own word."""
        text = self.command("pjsip show registrations")
        return set(re.findall(r"telnyx-([\w.+-]+)-reg\S*/?.*?\bRegistered\b", text))


@contextlib.contextmanager
def asterisk(folder: Path) -> Iterator[Asterisk]:
    """An Asterisk with the folder's pjsip_*_telnyx.conf, which must lie in its root."""
    root = asterisk_root()
    inside = "/" + str(folder.relative_to(root))
    modules = "/" + str(only(root / "usr" / "lib", "*/asterisk/modules").relative_to(root))
    (folder / "lib").mkdir()
    for name, text in ASTERISK.items():
        (folder / name).write_text(text.format(folder=inside, modules=modules))
    command = ["chroot", str(root), "asterisk", "-C", f"{inside}/asterisk.conf"]
    program = Asterisk(command)
    with running([*command, "-f", "-n"], folder / "log"):
        wait_for("Asterisk answers", lambda: "System uptime" in program.command("core show uptime"))
        yield program
