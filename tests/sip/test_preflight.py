"""The preflight: the real programs register with the new files before these replace the old ones."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from sip.clients import ClientFiles, asterisk_command, asterisk_root, client
from sip.configurations import ASTERISK
from sip.processes import HOST, free_port, only, wait_for
from sip.records import connections
from sip.registrar import Registrar, rpc

from playbooks import Run

Hosts = Mapping[str, Mapping[str, Any]]
PASSWORD = "c4n4ry;{} \\pass"


def contacts(registrar: Registrar) -> dict[str, set[str]]:
    """The addresses that each user has registered."""
    found: dict[str, set[str]] = {}
    user = ""
    for key, value in re.findall(r"(AoR|Address): (\S+)", rpc(registrar.socket, "ul.dump")):
        if key == "AoR":
            user = value.partition("@")[0]
        else:
            found.setdefault(user, set()).add(value)
    return found


def processes(text: str) -> dict[str, str]:
    """The processes whose command has a text, by their ids."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            if text in command:
                found[folder.name] = command
    return found


def hashes(folder: Path) -> dict[str, str]:
    """The hash of each file that the role writes, by name."""
    names = ("*telnyx.conf", "accounts", "uacreg", "version", "*.xml")
    paths = [path for name in names for path in folder.glob(name)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def executable(program: str) -> str | None:
    """The path of a program that is not on PATH."""
    if program == "asterisk":
        return asterisk_command()
    if program == "freeswitch":
        prefix = os.environ.get("SIP_TEST_FREESWITCH")
        if not prefix:
            pytest.skip("SIP_TEST_FREESWITCH names no installation of FreeSWITCH")
        return f"{prefix}/bin/freeswitch"
    return None


@pytest.fixture
def temporary() -> Iterator[Path]:
    """The folder for temporary files, with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="pf-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a UDP port that nobody answers on."""
    with socket.socket(type=socket.SOCK_DGRAM) as endpoint:
        endpoint.bind((HOST, 0))
        yield f"{HOST}:{endpoint.getsockname()[1]}"


@pytest.fixture
def configure(ansible: Callable[..., Run], tmp_path: Path, temporary: Path) -> Callable[..., Run]:
    """Run the role for hosts; the variables of each are given without the prefix ``sip_config_``."""
    bind = f"{HOST}:{free_port()}"  # with port 0, Asterisk uses 5060

    def run(program: str, hosts: Hosts, *arguments: str, **common: Any) -> Run:
        content: dict[str, dict[str, Any]] = {}
        for host, own in hosts.items():
            variables: dict[str, Any] = {"program": program, "reload_command": "", "bind": bind, **common, **own}
            variables["executable"] = executable(program)
            # From a file, so that the text in them is data and not a template, as from the API.
            (tmp_path / f"{host}.json").write_text(yaml.safe_dump(variables.pop("records"), allow_unicode=True))
            variables["records"] = f"{{{{ lookup('file', '{tmp_path}/{host}.json') | from_yaml }}}}"
            content[host] = {f"sip_config_{name}": value for name, value in variables.items()}
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": content, "vars": local}}))
        play = {"hosts": "all", "gather_facts": False, "roles": ["siptrunk.telnyx.sip_config"]}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play]))
        command = ("ansible-playbook", "-i", "hosts.yml", "sip.yml", "-f", "8", *arguments)
        return ansible(*command, env={"TMPDIR": str(temporary)})

    return run


def destination(program: str, tmp_path: Path, host: str) -> str:
    """A folder for the files of a host; for Asterisk, it says where its modules are."""
    folder = tmp_path / f"files-{host}"
    folder.mkdir()
    if program == "asterisk":
        modules, data = (
            only(asterisk_root() / "usr" / "lib", "*/asterisk/modules"),
            asterisk_root() / "usr/share/asterisk",
        )
        (folder / "asterisk.conf").write_text(f"[directories]\nastmoddir => {modules}\nastdatadir => {data}\n")
    return str(folder)


def recap(run: Run, count: str) -> set[str]:
    """The hosts of which a count of the recap is not 0."""
    text = run.output.partition("PLAY RECAP")[2]
    return {host for host, number in re.findall(rf"(?m)^(\S+)\s*:.*\b{count}=(\d+)", text) if int(number)}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running Asterisk, which has two accounts, does not wait up to 10 s before it registers."""
    sections = "".join(
        f"[telnyx-{record['user_name']}](+)\nregistration/max_random_initial_delay = 0\n"
        for record in connections(["", ""])
    )
    text = ASTERISK["pjsip_wizard.conf"]
    monkeypatch.setitem(ASTERISK, "pjsip_wizard.conf", f"{text}{sections}")


@contextlib.contextmanager
def started(files: ClientFiles, registrar: Registrar, users: set[str]) -> Iterator[Any]:
    """Run a program that has registered these users."""
    with files.start() as program:
        wait_for("the running program has registered", lambda: users <= contacts(registrar).keys())
        wait_for("the program knows it", lambda: users <= program.registered())
        yield program


@pytest.mark.parametrize("program", ["asterisk", "kamailio", "baresip", "freeswitch"])
def test_files_are_written_only_if_every_account_registers(
    program: str, configure: Callable[..., Run], tmp_path: Path, temporary: Path, silence: str
) -> None:
    records = connections([PASSWORD.format(index) for index in range(7)])
    users = [record["user_name"] for record in records]
    passwords = {record["user_name"]: record["password"] for record in records}
    executable(program)
    other = Registrar(tmp_path / "other", {})
    with Registrar(tmp_path / "registrar", passwords).started() as registrar:
        running = client(program, tmp_path, registrar.ca_file)
        old = {"dest": str(running.dest), "registrar": registrar.address("udp")}
        assert configure(program, {"running": {**old, "records": records[:2]}}).exit_code == 0
        # The tests have no FreeSWITCH that runs already.
        is_running = program != "freeswitch"
        with started(running, registrar, set(users[:2])) if is_running else contextlib.nullcontext() as client_program:
            before = (contacts(registrar), processes(str(running.dest.parent)), hashes(running.dest))
            assert len(before[2]) >= 1
            # baresip 1.0, Debian's, checks no certificate: there, nobody listens.
            refusing = f"{HOST}:{free_port()}" if program == "baresip" else registrar.address("tls")
            hosts: dict[str, dict[str, Any]] = {
                "good": {"records": records[2:4]},
                "wrong": {**old, "records": [records[0], {**records[1], "password": "c4n4ry, but wrong"}]},
                "silent": {"records": records[4:5], "registrar": silence, "preflight_timeout": 3},
                "tls": {
                    "records": records[5:6], "transport": "tls", "registrar": refusing, "ca_file": str(other.ca_file),
                    "preflight_timeout": 10,
                },
            }  # fmt: skip
            if program in ("asterisk", "kamailio"):
                assert client_program is not None
                words = ["-rx"] if program == "asterisk" else []
                hosts["wrong"]["console_command"] = shlex.join([*client_program.cli, *words])
                own = {"transport": "tls", "ca_file": str(registrar.ca_file)}
                # The account is tested at the named registrar, and the files name Telnyx's.
                hosts["named"] = {**own, "records": records[6:], "preflight_registrar": registrar.address("tls")}
                hosts["named"].update(registrar=None, outbound_proxy="proxy.invalid")
            if os.geteuid() == 0 and program in ("kamailio", "baresip"):
                hosts["good"]["owner"] = "nobody"
            for host, variables in hosts.items():
                variables.setdefault("dest", destination(program, tmp_path, host))
            run = configure(program, hosts, "-vvvv", "--diff", preflight=True, registrar=registrar.address("udp"))
            assert "c4n4ry" not in run.output
            assert "Traceback" not in run.output
            accepted = hosts.keys() & {"good", "named"}
            assert recap(run, "failed") == hosts.keys() - accepted, run.output[-6000:]
            assert recap(run, "changed") == accepted
            for host, variables in hosts.items():
                if host != "wrong":
                    assert bool(hashes(Path(variables["dest"]))) == (host in accepted), host
            refusals = "\n".join(re.findall(r'"msg": "(\d of \d accounts.*?)"', run.output))
            address = registrar.address("udp")
            assert f"1 of 2 accounts did not register at {address}: {users[1]}: 401 Unauthorized. Nothing" in refusals
            assert f"1 of 1 accounts did not register at {silence}: {users[4]}: no answer within 3 seconds." in refusals
            reason = {
                "baresip": "the connection was refused",
                "freeswitch": "no answer within 10 seconds",  # it logs no reason
            }.get(program, "the registrar's certificate is not accepted")
            assert f"1 of 1 accounts did not register at {refusing}: {users[5]}: {reason}" in refusals
            # The running program, its files and its registrations are as they were; the preflight's are removed.
            assert (contacts(registrar), processes(str(running.dest.parent)), hashes(running.dest)) == before
            assert list(temporary.glob("sip-*")) == []
            assert processes(f"{temporary}/sip-") == {}


@pytest.mark.parametrize("way", ["module is killed", "play is interrupted"])
def test_nothing_is_left_behind(
    way: str, configure: Callable[..., Run], tmp_path: Path, temporary: Path, silence: str
) -> None:
    dest = destination("kamailio", tmp_path, "host")
    options = {"registrar": silence, "preflight": True, "preflight_timeout": 300, "dest": dest}
    marker = f"marker={tmp_path}"
    with ThreadPoolExecutor() as pool:
        play = pool.submit(configure, "kamailio", {"host": {"records": connections(["x"])}}, "-e", marker, **options)
        wait_for("the program runs", lambda: len(processes(f"{temporary}/sip-")) > 1)
        assert [path.stat().st_mode & 0o777 for path in temporary.glob("sip-*")] == [0o700]
        files = [path for path in temporary.glob("sip-*/**/*") if path.is_file()]
        assert {path.stat().st_mode & 0o777 for path in files if path.name != "pid"} == {0o600}
        time.sleep(1)  # the preflight waits for the registrar
        module = next(
            int((Path("/proc") / guard / "stat").read_text().rpartition(")")[2].split()[1])  # the guard's parent
            for guard, command in processes(f"{temporary}/sip-").items()
            if "-I" in command.split("\0")
        )
        assert "sip_config_preflight" in processes("AnsiballZ")[str(module)]
        if way == "module is killed":
            os.kill(module, signal.SIGKILL)
        else:
            os.kill(min(map(int, processes(marker))), signal.SIGINT)
        assert play.result().exit_code != 0
    wait_for("the program has ended", lambda: not processes(f"{temporary}/sip-"), 30)
    wait_for("the folder is removed", lambda: not list(temporary.glob("sip-*")), 30)
    wait_for("the module has ended", lambda: str(module) not in processes("sip_config_preflight"), 30)
    assert list(Path(dest).iterdir()) == []


@pytest.mark.parametrize("program", ["asterisk", "kamailio"])
def test_running_program_is_registered_again_at_a_registrar_that_keeps_one_registration(
    program: str, configure: Callable[..., Run], tmp_path: Path
) -> None:
    records = connections(["one password", "another"])
    registrar = Registrar(tmp_path / "registrar", {record["user_name"]: record["password"] for record in records})
    file = registrar.folder / "kamailio.cfg"
    file.write_text(file.read_text().replace('save("location")', 'save("location", "0x04")'))
    with registrar.started():
        running = client(program, tmp_path, registrar.ca_file)
        options = {"dest": str(running.dest), "registrar": registrar.address("udp")}
        assert configure(program, {"host": {**options, "records": records}}).exit_code == 0
        with started(running, registrar, {record["user_name"] for record in records}) as client_program:
            before = contacts(registrar)
            command = [*client_program.cli, *(["-rx"] if program == "asterisk" else [])]
            own = {"preflight": True, "console_command": shlex.join(command), "expiry": 600}
            run = configure(program, {"host": {**options, **own, "records": records}})
            assert run.exit_code == 0, run.output
            assert recap(run, "changed") == {"host"}
            with contextlib.suppress(AssertionError):
                wait_for("the running program has registered again", lambda: contacts(registrar) == before, 20)
            assert contacts(registrar) == before
