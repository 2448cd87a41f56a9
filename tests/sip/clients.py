"""SIP programs that register with the rendered files: Kamailio, baresip and Asterisk."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sip.configurations import ASTERISK, BARESIP, CLIENT, FREESWITCH
from sip.processes import HOST, free_port, only, running, wait_for
from sip.registrar import KAMAILIO_PACKAGES, kamailio
from tools.debian import want


@dataclass
class ClientFiles:
    """The folder that a program's rendered files go to, and how to start the program."""

    dest: Path
    start: Callable[[], contextlib.AbstractContextManager[Any]]


def client(program: str, tmp_path: Path, ca_file: Path, address: str = HOST) -> ClientFiles:
    """Prepare a program in a folder of its own. FreeSWITCH uses the address for SIP."""
    if program == "freeswitch":
        freeswitch_prefix()  # skips the test if there is none
    folder = tmp_path / program
    folder.mkdir()
    if program == "asterisk":
        return ClientFiles(folder, lambda: asterisk(folder))
    if program == "kamailio":
        return ClientFiles(folder / "telnyx", lambda: kamailio_client(folder, ca_file))
    if program == "freeswitch":
        return ClientFiles(folder / "telnyx", lambda: freeswitch(folder, ca_file, address))
    return ClientFiles(folder, lambda: baresip(folder, ca_file))


@dataclass
class Program:
    """A running program: the command that passes further arguments to its console, its log, and its port.

    ``is_registered`` matches a user in the output of ``status`` that the program reports as registered.
    """

    console: list[str]
    status: str
    is_registered: str
    log: Path
    port: int = 0

    def command(self, text: str) -> str:
        """The output of a command on its console."""
        return subprocess.run([*self.console, text], capture_output=True, check=False).stdout.decode(errors="replace")

    def registered(self) -> set[str]:
        """The users that the program reports as registered."""
        return set(re.findall(self.is_registered, self.command(self.status)))


# Flag 4 is UAC_REG_ONLINE (Kamailio's uac module, uac_reg.c); the others are below 32.
KAMAILIO_ONLINE = "|".join(str(flags) for flags in range(32) if flags & 4)


@contextlib.contextmanager
def kamailio_client(folder: Path, ca_file: Path) -> Iterator[Program]:
    """Run a Kamailio that registers the accounts in the folder ``telnyx``."""
    ports = {"port": free_port(), "tls_port": free_port()}
    control = f"/tmp/kam-{os.getpid()}-{ports['port']}.sock"
    (folder / "tls.cfg").write_text(
        f"[client:default]\nmethod = TLSv1.2+\nverify_certificate = yes\nrequire_certificate = yes\nca_list = {ca_file}\n"
        f"[server:default]\nmethod = TLSv1.2+\ncertificate = {ca_file.parent}/server.pem\nprivate_key = {ca_file.parent}/server.pem\n"
    )
    (folder / "kamailio.cfg").write_text(CLIENT.format(**ports, address=HOST, folder=folder, socket=control))
    with kamailio(folder, control):
        console = [want("kamcmd", *KAMAILIO_PACKAGES), "-s", f"unix:{control}"]
        pattern = rf"l_uuid: telnyx-(\S+)(?:\n(?!\s*l_uuid: ).*)*?\n\s*flags: (?:{KAMAILIO_ONLINE})\n"
        yield Program(console, "uac.reg_dump", pattern, folder / "log")


@dataclass
class Baresip:
    """A running baresip; ``control`` is the port of its control connection."""

    log: Path
    control: int

    def output(self) -> str:
        """The output so far."""
        return self.log.read_text(errors="replace")

    def registered(self) -> set[str]:
        """The users that the program reports as registered (status 200)."""
        return set(re.findall(r"(?m)^(?:\x1b\[[\d;]*m)?([\w.+-]+)@\S+: \{\d/\S+?\} 200 ", self.output()))

    def command(self, name: str, parameters: str = "") -> None:
        """Send a command."""
        body = json.dumps({"command": name, "params": parameters}).encode()
        with socket.create_connection((HOST, self.control), timeout=10) as connection:
            connection.sendall(str(len(body)).encode() + b":" + body + b",")
            connection.recv(4096)


@contextlib.contextmanager
def baresip(folder: Path, ca_file: Path) -> Iterator[Baresip]:
    """Run baresip with the folder's accounts."""
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
    """The folder of a newer Debian with Asterisk 22, created once and kept: Debian 12 has no Asterisk."""
    root = Path(os.environ["SIP_TEST_CACHE"]) / "sid"
    if (root / "complete").exists():
        return root
    if os.geteuid() != 0:
        reason = "Asterisk needs a chroot, which only root can create"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    root.parent.mkdir(parents=True, exist_ok=True)
    with (root.parent / "sid.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not (root / "complete").exists():
            _install_asterisk(root)
    return root


def _install_asterisk(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    sources = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    text = "\n".join(path.read_text() for path in sources if path.is_file())
    mirror = re.search(r"(?m)^(?:URIs:|deb)\s+(?:\[.*?\]\s+)?(\S+)", text)
    assert mirror, "no mirror of Debian is configured"
    packages = ["asterisk", "asterisk-config", "asterisk-modules"]
    log = root.parent / "sid.log"
    with log.open("wb") as output:
        for command in (
            [want("debootstrap", "debootstrap"), "--variant=minbase", "sid", str(root), mirror[1]],
            ["chroot", str(root), "apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
        ):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
            done = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
            assert done.returncode == 0, log.read_text(errors="replace")[-2000:]
    (root / "complete").touch()


def asterisk_command() -> str:
    """The path of a script that runs this Asterisk with the libraries of its Debian, without a chroot."""
    script = asterisk_root() / "asterisk"
    if not script.exists():
        libraries = only(script.parent / "usr" / "lib", "*/asterisk").parent
        loader = only(script.parent / "usr", "lib*/ld-linux-*.so.*")
        program = script.parent / "usr" / "sbin" / "asterisk"
        text = f'#!/bin/sh\nexec {loader} --library-path {libraries}:{libraries}/asterisk {program} "$@"\n'
        own = script.with_name(f"asterisk.{os.getpid()}")
        own.write_text(text)
        own.chmod(0o755)
        own.rename(script)
    return str(script)


@contextlib.contextmanager
def asterisk(folder: Path) -> Iterator[Program]:
    """Run Asterisk with the folder's pjsip_*_telnyx.conf."""
    root = asterisk_root()
    modules = only(root / "usr" / "lib", "*/asterisk/modules")
    (folder / "lib").mkdir()
    for name, text in ASTERISK.items():
        (folder / name).write_text(
            text.format(folder=folder, modules=modules, data=root / "usr" / "share" / "asterisk")
        )
    command = [asterisk_command(), "-C", f"{folder}/asterisk.conf"]
    pattern = r"telnyx-([\w.+-]+)-reg\S*/?.*?\bRegistered\b"
    program = Program([*command, "-rx"], "pjsip show registrations", pattern, folder / "log")
    with running([*command, "-f", "-n"], folder / "log"):
        wait_for("Asterisk answers", lambda: "System uptime" in program.command("core show uptime"))
        yield program


def freeswitch_prefix() -> Path:
    """The folder that FreeSWITCH was installed into. No registry has it, so the tests with it run only where it is named."""
    prefix = os.environ.get("SIP_TEST_FREESWITCH")
    if not prefix:
        pytest.skip("SIP_TEST_FREESWITCH does not name the folder that FreeSWITCH was installed into")
    return Path(prefix)


@contextlib.contextmanager
def freeswitch(folder: Path, ca_file: Path, address: str = HOST) -> Iterator[Program]:
    """Run FreeSWITCH with the gateways in the folder ``telnyx``."""
    prefix = freeswitch_prefix()
    ports = {"port": free_port(), "tls_port": free_port(), "control": free_port()}
    for name in ("conf", "tls", "log", "db", "run"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "conf" / "telnyx").symlink_to(folder / "telnyx")
    (folder / "conf" / "freeswitch.xml").write_text(FREESWITCH.format(folder=folder, address=address, **ports))
    shutil.copy(ca_file, folder / "tls" / "cafile.pem")
    shutil.copy(ca_file.parent / "server.pem", folder / "tls" / "agent.pem")
    folders = [argument for name in ("conf", "log", "db", "run") for argument in (f"-{name}", str(folder / name))]
    command = [str(prefix / "bin" / "freeswitch"), "-nf", "-nonat", "-np", *folders]
    console = [str(prefix / "bin" / "fs_cli"), "-H", HOST, "-P", str(ports["control"]), "-p", "ClueCon", "-x"]
    pattern = r"::telnyx-(\S+)\s.*\bREGED\b"
    program = Program(console, "sofia status gateway", pattern, folder / "log" / "freeswitch.log", ports["port"])
    with running(command, folder / "output"):
        wait_for("FreeSWITCH answers", lambda: "external" in program.command("sofia status"), 30)
        yield program
