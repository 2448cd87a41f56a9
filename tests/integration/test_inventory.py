"""The inventory plugin, driven by the real ansible-inventory and ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import NAME, Run, lookup

LOUD = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}


class Inventory:
    """Writes a file for the plugin, and has Ansible read it."""

    def __init__(self, ansible: Callable[..., Run], folder: Path) -> None:
        self.ansible, self.folder = ansible, folder

    def read(self, *args: str, env: dict[str, str] | None = None, **options: Any) -> Run:
        """Run ansible-inventory; the options are the file's."""
        (self.folder / "a.telnyx.yml").write_text(yaml.safe_dump({"plugin": NAME, **options}), encoding="utf-8")
        command = ("ansible-inventory", "-i", "a.telnyx.yml", *(args or ("--list", "--output", "out.json")))
        run = self.ansible(*command, env=env)
        assert "Traceback" not in run.output
        return run

    def hosts(self, **options: Any) -> dict[str, Any]:
        """The hosts and their variables."""
        run = self.read(**options)
        assert run.exit_code == 0, run.output
        return dict(self.listed()["_meta"]["hostvars"])

    def listed(self) -> dict[str, Any]:
        """What ansible-inventory wrote; cores mark text that is not to be templated, each in its way."""
        text = (self.folder / "out.json").read_text(encoding="utf-8")
        listed: dict[str, Any] = json.loads(text, object_hook=lambda each: each.get("__ansible_unsafe", each))
        return listed

    def groups(self) -> dict[str, list[str]]:
        """The groups of what was read last."""
        return {name: group["hosts"] for name, group in self.listed().items() if "hosts" in group}


@pytest.fixture
def inventory(ansible: Callable[..., Run], tmp_path: Path) -> Inventory:
    return Inventory(ansible, tmp_path)


def test_every_connection_is_a_host_with_its_fields(inventory: Inventory, sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=300)
    records = {record["connection_name"]: record for record in sandbox.seen()["records"]}
    hosts = inventory.hosts()
    assert set(hosts) == set(records)
    for name, record in records.items():
        expected = {f"telnyx_{key}": value for key, value in record.items() if key != "password"}
        assert hosts[name] == {**expected, "telnyx_password_status": "available"}
    assert len(sandbox.requests()) == 2


def test_names_that_are_not_unique_lose_nobody(inventory: Inventory, sandbox: SandboxProcess) -> None:
    names = ["twin", "twin", "", "a/../b", "{{ 1 }}", None, "twin", "two\nlines"]
    sandbox.reset(connections=9, overrides=[{"connection_name": name or ""} for name in names])
    ids = [record["id"] for record in sandbox.seen()["records"]]
    hosts = inventory.hosts()
    assert {variables["telnyx_id"] for variables in hosts.values()} == set(ids)
    assert {f"twin-{ids[0]}", f"twin-{ids[1]}", ids[2], "a_.._b", "__ 1 __", "two_lines"} <= set(hosts)


def test_options_of_the_plugin(inventory: Inventory, sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=40)
    records = [record for record in sandbox.seen()["records"] if record["active"]]
    hosts = inventory.hosts(
        query="[?active]",
        hostvars_prefix="sip_",
        hostnames=["no_such_field", "user_name ~ '.example.com'"],
        keyed_groups=[{"key": "sip_anchorsite_override", "prefix": "site"}, {"key": "sip_tags", "prefix": "tag"}],
        groups={"encrypted": "sip_encrypted_media == 'SRTP'"},
        compose={"first_codec": "sip_inbound.codecs[0]"},
    )
    assert set(hosts) == {f"{record['user_name']}.example.com" for record in records}
    assert hosts[f"{records[0]['user_name']}.example.com"]["first_codec"] == records[0]["inbound"]["codecs"][0]
    groups = inventory.groups()
    assert len(groups["encrypted"]) == sum(record["encrypted_media"] == "SRTP" for record in records)
    assert len(groups["tag_hq"]) == sum("hq" in record["tags"] for record in records)
    assert set(inventory.hosts(hostnames=["{{ user_name }}-x"])) == {
        f"{record['user_name']}-x" for record in sandbox.seen()["records"]
    }
    filtered = inventory.hosts(connection_name_contains="berlin")
    assert filtered
    assert all("berlin" in name.lower() for name in filtered)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"page_size": 500}, "page_size: must be from 1 to 250"),
        ({"conection_name_contains": "abc"}, "Did you mean connection_name_contains?"),
        ({"query": "[].id"}, "does not select a list of whole connections"),
        ({"query": "[?"}, "The query"),
        ({"api_key": "wrong"}, "HTTP 401 Unauthorized"),
        ({"strict": True, "hostnames": ["nope"]}, "hostnames: 'nope' failed"),
    ],
    ids=str,
)
def test_a_failure_adds_no_host_and_is_loud(options: dict[str, Any], said: str, inventory: Inventory) -> None:
    run = inventory.read(env=LOUD, **options)
    assert run.exit_code != 0
    assert said in run.flat()
    quiet = inventory.read("--list", **options)
    assert said in quiet.flat()
    assert '"hostvars": {}' in quiet.output


def test_text_is_not_templated(inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.reset(connections=23, hostile=True)
    names = sorted(record["connection_name"] for record in sandbox.seen()["records"])
    inventory.hosts(compose={"copy": "telnyx_connection_name"})
    content = "{{ [telnyx_connection_name, copy, inventory_hostname] | to_json }}"
    task = {"ansible.builtin.copy": {"content": content, "dest": "{{ playbook_dir }}/{{ telnyx_id }}.name"}}
    play = [{"hosts": "all", "gather_facts": False, "connection": "local", "tasks": [task]}]
    play[0]["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play))
    run = inventory.ansible("ansible-playbook", "-i", "a.telnyx.yml", "play.yml")
    assert run.exit_code == 0, run.output
    written = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.name")]
    assert sorted(name for name, _copy, _host in written) == names
    assert all(name == copy for name, copy, _host in written)
    assert not list(tmp_path.rglob("pwned"))


def test_the_graph(inventory: Inventory, sandbox: SandboxProcess) -> None:
    run = inventory.read("--graph", keyed_groups=[{"key": "telnyx_encrypted_media or 'none'", "prefix": "media"}])
    assert run.exit_code == 0
    assert run.output.count("|  |--") == 25


CACHE = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": "cache"}


def test_the_cache_is_read_before_any_request(inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.reset(hostile=True, overrides=[{"password": "canarypassword"}])
    first = inventory.hosts(**CACHE)
    assert len(sandbox.requests()) == 1
    assert inventory.hosts(**CACHE) == first
    assert len(sandbox.requests()) == 1
    assert inventory.hosts(**CACHE, connection_name_contains="null")
    assert len(sandbox.requests()) == 2
    assert inventory.hosts(**CACHE, include_passwords=True)
    assert len(sandbox.requests()) == 3
    assert "canarypassword" not in "".join(path.read_text() for path in (tmp_path / "cache").iterdir())


def test_the_inventory_and_the_lookups_of_a_run_share_one_walk(
    inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    inventory.hosts()
    sandbox.reset(connections=300)
    task = {"ansible.builtin.assert": {"that": lookup() + " | length == 300"}}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "all[0]", "gather_facts": False, "tasks": [task]}]))
    run = inventory.ansible("ansible-playbook", "-i", "a.telnyx.yml", "play.yml")
    assert run.exit_code == 0, run.output
    assert len(sandbox.requests()) == 2
