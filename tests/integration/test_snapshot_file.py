"""The snapshot file: written once with a key, and read by everything that reads the account, without a key and a request.

Tests of several cases share one start of ansible-playbook, which takes longer than all their tasks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import SORTS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.snapshot_format import (
    decode_header,
    encode,
    format_read_at,
)
from integration.sip_config.hosts import GOOD
from sandbox.process import SandboxProcess
from unit.plugin_utils._reading.test_snapshot_file import RECORDS, content

from playbooks import KEY, NAME, Run, attempt, debug, info, lookup, save

Task = dict[str, Any]
FILE = "telnyx-snapshot.jsonl"
CANARY = "c4n4ry-s3cr3t"
NO_KEY = {"TELNYX_API_KEY": "UNSET", "TELNYX_BASE_URL": "UNSET"}
FROM_FILE = {**NO_KEY, "TELNYX_SNAPSHOT_FILE": FILE}
PROFILE = "1293384261075731499"
FILTERS: list[dict[str, Any]] = [
    {},
    {"connection_name_contains": "PBX"},
    {"outbound_voice_profile_id": PROFILE},
    {"connection_name_contains": "berlin", "outbound_voice_profile_id": PROFILE},
    {"connection_name_contains": "no such name"},
]
# What each part returns, by the name under which it is saved. Each is run twice: with the API, and from the file.
READS: dict[str, list[Task]] = {
    "lookup": [save("[" + ", ".join(lookup(sort=sort, **each) for sort in SORTS for each in FILTERS) + "]", "lookup")],
    "default": [save("[" + ", ".join(lookup(**each) for each in FILTERS) + "]", "default")],
    "query": [save(lookup(query="[?active].user_name"), "query")],
    "terms": [save(lookup("alice01", "bob02") + "+" + lookup("absent", on_missing="skip"), "terms")],
    "info": [
        {**info(connections=["bob02", "alice01"]), "register": "some"},
        {**info(query="[].id", sort="-created_at"), "register": "ids"},
        save("[some.connections, ids.result]", "info"),
    ],
    "facts": [{f"{NAME}_facts": {}}, save("ansible_facts.telnyx_credential_connections_inventory", "facts")],
    "baseline": [{f"{NAME}_baseline": {"dest": "{{ dest }}"}}],
    "inventory": [save("groups['all']", "inventory")],
}  # fmt: skip


@pytest.fixture
def account(sandbox: SandboxProcess) -> SandboxProcess:
    """Set up an account of two pages with hostile names."""
    trunks: list[Task] = [{**GOOD, "user_name": name, "password": CANARY} for name in ("alice01", "bob02")]
    sandbox.reset(connections=300, hostile=True, overrides=trunks)
    return sandbox


@pytest.fixture
def playbook(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run plays with an inventory of the plugin."""

    def run(*plays: dict[str, Any], args: tuple[str, ...] = (), env: dict[str, str] | None = None) -> Run:
        (tmp_path / "a.telnyx.yml").write_text(f"plugin: {NAME}\n", encoding="utf-8")
        (tmp_path / "play.yml").write_text(yaml.safe_dump(list(plays)), encoding="utf-8")
        return ansible("ansible-playbook", "-i", "a.telnyx.yml", *args, "play.yml", env=env)

    return run


def on_localhost(*tasks: Task, **keywords: Any) -> dict[str, Any]:
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": list(tasks), **keywords}


def test_every_part_returns_from_the_file_what_the_api_returns(
    playbook: Callable[..., Run], ansible: Callable[..., Run], account: SandboxProcess, tmp_path: Path
) -> None:
    written = ansible("ansible-playbook", "siptrunk.telnyx.snapshot", "-vvv")
    assert written.exit_code == 0, written.output
    assert f"Written: {tmp_path}/{FILE}, connections: 300" in written.flat()
    assert len(account.requests()) == 4  # two pages in two passes
    file = tmp_path / FILE
    text = file.read_text(encoding="ascii")
    header = json.loads(text.splitlines()[0])
    assert file.stat().st_mode & 0o777 == 0o600
    assert {header["api_url"], header["consistency"], header["connections"]} == {account.api_url, "strict", 300}
    assert not [secret for secret in (KEY, CANARY) if secret in text + written.output]

    tasks = [task for each in READS.values() for task in each]
    live = playbook(on_localhost(*tasks, vars={"dest": "live.yml"}))
    assert live.exit_code == 0, live.output
    expected = {name: live.saved(name) for name in READS if name != "baseline"}
    requests = len(account.requests())
    from_file = playbook(on_localhost(*tasks, vars={"dest": "file.yml"}), env=FROM_FILE)
    assert from_file.exit_code == 0, from_file.output
    assert {name: from_file.saved(name) for name in expected} == expected
    assert (tmp_path / "file.yml").read_text() == (tmp_path / "live.yml").read_text()
    assert len(expected["inventory"]) == len(expected["default"][0]) == 300
    assert not (tmp_path / "pwned").exists()

    meta = {**info(), "register": "all"}
    run = playbook(on_localhost(meta, save("all.meta")), env={**FROM_FILE, "TELNYX_API_KEY": "wrong"})
    assert run.exit_code == 0, run.output
    numbers = {"total_results": 300, "pages": 0, "requests": 0, "passes": 0}
    assert run.saved() == {**numbers, "read_at": header["read_at"]}
    assert len(account.requests()) == requests


def role(name: str, **variables: Any) -> dict[str, Any]:
    return on_localhost({"ansible.builtin.import_role": {"name": f"siptrunk.telnyx.{name}"}}, vars=variables)


def test_checks_and_sip_config_use_the_file(
    playbook: Callable[..., Run], ansible: Callable[..., Run], account: SandboxProcess, tmp_path: Path
) -> None:
    ids = [each["id"] for each in account.seen()["records"][:2]]
    for name in ("snapshot", "baseline"):
        run = ansible("ansible-playbook", f"siptrunk.telnyx.{name}", "-e", f"telnyx_snapshot_dest={FILE}")
        assert run.exit_code == 0, run.output
    requests = len(account.requests())
    read_at = json.loads((tmp_path / FILE).read_text().splitlines()[0])["read_at"]
    account.change(fields={account.seen()["records"][5]["id"]: {"active": None}})  # a live check would find it
    trunk = {
        "sip_config_connections": ["bob02", "alice01"],
        "sip_config_transport": "udp",
        "sip_config_reload": "never",
    }
    asterisk = {**trunk, "sip_config_program": "asterisk", "sip_config_passwords": {"alice01": CANARY, "bob02": CANARY}}
    desired = [{"id": identity, "password": password} for identity, password in zip(ids, [CANARY, ""])]
    plays = [
        on_localhost(
            {f"{NAME}_drift": {"desired_files": ["baseline.yml"], "report_dir": "reports/drift"}},
            {f"{NAME}_policy": {"report_dir": "reports/policy", "fail_on": ["error"]}},
        ),
        role("sip_config", **asterisk, sip_config_dest=str(tmp_path / "pbx")),
        on_localhost(
            {f"{NAME}_drift": {"desired": desired, "unexpected": "ignore"}, "register": "passwords"},
            save("passwords"),
            attempt({f"{NAME}_drift": {"desired": desired, "min_connections": 301}}, "few"),
        ),
        {**role("sip_config", **{**asterisk, "sip_config_passwords": {}}, sip_config_dest=str(tmp_path / "none")),
         "ignore_errors": True},
    ]  # fmt: skip
    variables = {
        "telnyx_snapshot_file": str(tmp_path / FILE),
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    run = playbook(*plays, args=("-e", json.dumps(variables)), env=NO_KEY)
    assert run.exit_code == 0, run.output
    assert len(account.requests()) == requests
    for check in ("drift", "policy"):
        folder = tmp_path / "reports" / check
        report = json.loads((folder / f"{check}.json").read_text())
        assert report["account"] == {"api_url": account.api_url, "connections": 300, "label": None, "read_at": read_at}
        for name in ("json", "md", "html", "sarif", "junit.xml"):
            assert read_at in (folder / f"{check}.{name}").read_text(), name
        assert "siptrunk_telnyx_check_snapshot_timestamp_seconds{" in (folder / f"{check}.prom").read_text()
        assert f"from a snapshot of {read_at}" in json.loads((folder / "status.json").read_text())["summary"]
    statuses = [each["status"] for each in run.saved()["drift"]["findings"]]
    assert statuses == ["unverifiable", "unverifiable"]
    assert run.saved("few")["error"]["kind"] == "too_few_connections"
    files = {path.name: path.read_text() for path in (tmp_path / "pbx").glob("*.conf")}
    assert str(files).count(CANARY) == 2
    assert "its record has no password, as in a snapshot file" in run.flat()
    assert CANARY not in run.output


BAD: list[tuple[str, bytes, dict[str, Any], str]] = [
    ("absent", b"", {}, "No such file"),
    ("cut", content()[:-30], {}, "cut short"),
    ("changed", content().replace(b"pbx 1", b"pbx 7"), {}, "checksum does not match"),
    ("old", content(age=700), {"snapshot_max_age": 600}, "s old"),
    ("narrow", content(connection_name_contains="pbx"), {"connection_name_contains": "berlin"}, "is needed here"),
    ("link", b"", {}, "is a symbolic link"),
    ("passwords", content(), {"include_passwords": True}, "sip_config_passwords"),
]


def test_bad_file_is_an_error_of_the_lookup_the_module_the_check_and_the_inventory(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    tasks: list[Task] = []
    for name, data, options, _message in BAD:
        if name == "link":
            (tmp_path / name).symlink_to("cut")
        elif name != "absent":
            (tmp_path / name).write_bytes(data)
            (tmp_path / name).chmod(0o600)
        given = {"snapshot_file": str(tmp_path / name), **options}
        drift = {name: each for name, each in given.items() if name.startswith("snapshot")}
        tasks += [
            attempt(debug(lookup(**given)), f"{name}-lookup"),
            attempt(info(**given), f"{name}-module"),
            attempt({f"{NAME}_policy": {**drift, "report_dir": f"report-{name}"}}, f"{name}-check"),
        ]
    (tmp_path / "open").write_bytes(content())
    (tmp_path / "open").chmod(0o644)
    tasks += [
        save(lookup("1", snapshot_file=str(tmp_path / "open")), "open"),
        attempt(debug(lookup(snapshot_file="")), "no-path-lookup"),
        attempt({f"{NAME}_policy": {"snapshot_file": ""}}, "no-path-check"),
        attempt({f"{NAME}_policy": {"snapshot_file": "cut"}}, "relative-check"),
    ]
    environment = {"TELNYX_SNAPSHOT_FILE": "cut", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "true"}
    run = playbook(on_localhost(*tasks), args=("-vvv",), env=environment)
    assert run.exit_code == 0, run.output
    assert "Traceback" not in run.output
    for name, _data, options, message in BAD:
        for kind in ("lookup", "module", "check"):
            if kind == "check" and set(options) - {"snapshot_max_age", "consistency"} and name != "narrow":
                continue  # the check has no such option
            failure = run.saved(f"{name}-{kind}")["msg"]
            assert message in failure or (kind, name) == ("check", "narrow"), (name, failure)
        if name != "passwords":
            status = json.loads((tmp_path / f"report-{name}" / "status.json").read_text())
            assert status["status"] == "error", name
            assert run.saved(f"{name}-check")["error"]["kind"] in ("snapshot", "option")
    assert run.saved("open") == [RECORDS[1]]
    for kind in ("lookup", "check"):
        assert "snapshot_file: the path is empty" in run.saved(f"no-path-{kind}")["msg"]
    assert repr(str(tmp_path / "cut")) in run.saved("relative-check")["msg"]
    assert run.flat().count("has mode 0644") == 1
    assert "cut short" in run.flat().partition("PLAY [")[0]  # the inventory
    assert sandbox.requests() == []


def test_module_replaces_the_file_for_later_tasks_or_leaves_it_whole(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    file = tmp_path / "snapshot"
    file.write_bytes(content())
    write: Task = {
        f"{NAME}_snapshot": {"dest": str(file), "connection_name_contains": "berlin", "consistency": "checked"}
    }
    bad: dict[str, Task] = {
        "absent": {"dest": str(tmp_path / "absent" / "x")},
        "folder": {"dest": str(tmp_path)},
        "below_a_file": {"dest": str(file / "x")},
        "unwritable": {"dest": "/proc/x"},  # not even root can
        "other": {"dest": str(tmp_path / "play.yml")},
        "key": {"dest": str(file), "api_key": "wrong"},
        "unknown": {"dest": str(file), "snapshot_file": str(file)},
    }
    run = playbook(
        on_localhost(
            save(lookup(snapshot_file=str(file)) + " | length", "first"),
            *(attempt({f"{NAME}_snapshot": options}, name) for name, options in bad.items()),
            save(lookup(snapshot_file=str(file)) + " | length", "untouched"),
            {**write, "check_mode": True},
            save(lookup(snapshot_file=str(file)) + " | length", "checked"),
            {**write, "register": "written"},
            save(lookup(snapshot_file=str(file), connection_name_contains="Berlin") + " | length", "new"),
            save("written"),
        ),
        env={"TELNYX_SNAPSHOT_FILE": "snapshot"},
    )
    assert run.exit_code == 0, run.output
    assert [run.saved(name) for name in ("first", "untouched", "checked")] == [3] * 3
    assert "does not exist" in run.saved("absent")["msg"]
    assert "it is a folder" in run.saved("folder")["msg"]
    assert "does not exist" in run.saved("below_a_file")["msg"]
    assert "no file can be written to the folder '/proc'" in run.saved("unwritable")["msg"]
    assert "exists and is not a snapshot" in run.saved("other")["msg"]
    assert {run.saved(name)["error"]["kind"] for name in bad if name not in ("key", "unknown")} == {"option"}
    assert run.saved("key")["error"]["kind"] == "authentication"
    assert "Unsupported parameters" in run.saved("unknown")["msg"]
    berlin = [each for each in sandbox.seen()["records"] if "berlin" in each["connection_name"].lower()]
    assert run.saved("new") == run.saved()["connections"] == len(berlin) > 0
    assert len(sandbox.requests()) == 3  # of the wrong key, of the check mode, and of the file
    assert "with another API key, whose digest is 0123456789abcdef. The new one replaces it." in run.flat()
    assert run.saved()["changed"] is True

    # Another run writes a newer one while this one reads.
    newer = replace(decode_header(file.read_bytes()), read_at=format_read_at(time.time() + 55), connections=0)
    file.write_bytes(encode(newer, []))
    run = playbook(
        on_localhost({**write, "register": "written"}, save("written")),
        {"import_playbook": "siptrunk.telnyx.snapshot"},
        args=(
            "-e",
            f"telnyx_snapshot_dest={file} telnyx_snapshot_connection_name_contains=berlin telnyx_snapshot_consistency=checked",
        ),
    )
    assert run.exit_code == 0, run.output
    assert decode_header(file.read_bytes()) == newer
    found = run.saved()
    assert (found["changed"], found["read_at"], found["connections"]) == (False, newer.read_at, 0)
    assert "was not replaced, because another run has written a newer snapshot" in run.flat()
    assert f"A newer snapshot is there: {file}, connections: 0, read at {newer.read_at}" in run.flat()
