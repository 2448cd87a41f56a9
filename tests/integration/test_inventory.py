"""The inventory plugin, run by the real ansible-inventory and ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, lookup, spoil_cache

FAIL_ON_UNPARSED = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}


class Inventory:
    """Write a file for the plugin, and let Ansible read it."""

    def __init__(self, ansible: Callable[..., Run], folder: Path) -> None:
        self.ansible, self.folder = ansible, folder

    def read(self, *args: str, env: dict[str, str] | None = None, **options: Any) -> Run:
        """Run ansible-inventory with a file that has these options."""
        (self.folder / "a.telnyx.yml").write_text(yaml.safe_dump({"plugin": NAME, **options}), encoding="utf-8")
        command = ("ansible-inventory", "-i", "a.telnyx.yml", *(args or ("--list", "--output", "out.json")))
        run = self.ansible(*command, env=env)
        assert "Traceback" not in run.output
        return run

    def hosts(self, **options: Any) -> dict[str, Any]:
        """Return the hosts and their variables."""
        run = self.read(**options)
        assert run.exit_code == 0, run.output
        return dict(self.listed()["_meta"]["hostvars"])

    def listed(self) -> dict[str, Any]:
        """Return what ansible-inventory wrote, without the mark that ansible-core before 2.19 puts on untrusted text."""
        text = (self.folder / "out.json").read_text(encoding="utf-8")
        listed: dict[str, Any] = json.loads(text, object_hook=lambda each: each.get("__ansible_unsafe", each))
        return listed

    def groups(self) -> dict[str, list[str]]:
        """Return the groups of the inventory that was read last."""
        return {name: group["hosts"] for name, group in self.listed().items() if "hosts" in group}


@pytest.fixture
def inventory(ansible: Callable[..., Run], tmp_path: Path) -> Inventory:
    return Inventory(ansible, tmp_path)


def test_inventory_has_a_host_with_the_fields_of_each_connection(inventory: Inventory, sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=300)
    records = {record["connection_name"]: record for record in sandbox.seen()["records"]}
    hosts = inventory.hosts()
    assert set(hosts) == set(records)
    for name, record in records.items():
        expected = {f"telnyx_{key}": value for key, value in record.items() if key != "password"}
        assert hosts[name] == {**expected, "telnyx_password_status": "available"}
    assert len(sandbox.requests()) == 2


def test_options_name_filter_and_group_the_hosts(inventory: Inventory, sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=40)
    records = [record for record in sandbox.seen()["records"] if record["active"]]
    hosts = inventory.hosts(
        query="[?active]",
        hostvars_prefix="sip_",
        hostnames=["no_such_field ~ 'x' if not user_name else ''", "user_name ~ '.example.com'"],
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
    ("options", "message"),
    [
        ({"page_size": 500}, "page_size: must be from 1 to 250"),
        ({"conection_name_contains": "abc"}, "Did you mean connection_name_contains?"),
        ({"query": "[].id"}, "does not select a list of whole connections"),
        ({"api_key": "wrong"}, "HTTP 401 Unauthorized"),
        ({"hostnames": ["user_name", "conection_name"]}, "Did you mean connection_name?"),
        ({"query": "[?activ]"}, "Did you mean active?"),
        ({"connection_name_contains": "{{ nothing }}"}, "connection_name_contains: 'nothing' is undefined"),
    ],
    ids=str,
)
def test_failure_adds_no_host_and_is_reported(options: dict[str, Any], message: str, inventory: Inventory) -> None:
    run = inventory.read(env=FAIL_ON_UNPARSED, **options)
    assert run.exit_code != 0
    assert message in run.flat()
    lenient = inventory.read("--list", **options)
    assert message in lenient.flat()
    assert '"hostvars": {}' in lenient.output


def test_key_in_the_file_takes_precedence_over_the_environment(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    file = {"api_key_file": str(tmp_path / "key")}
    run = inventory.read(env={"TELNYX_API_KEY": "wrong"}, **file)
    assert run.exit_code == 0, run.output
    assert len(inventory.listed()["_meta"]["hostvars"]) == 25
    run = inventory.read(env=FAIL_ON_UNPARSED, **file, api_key=KEY)
    assert run.exit_code != 0
    assert "Set only one of them" in run.flat()


def test_missing_key_names_the_ways_that_an_inventory_has(inventory: Inventory, sandbox: SandboxProcess) -> None:
    run = inventory.read(env={**FAIL_ON_UNPARSED, "TELNYX_API_KEY": "UNSET"})
    assert run.exit_code != 0
    assert "environment variable TELNYX_API_KEY or TELNYX_API_KEY_FILE;" in run.flat()
    assert "telnyx_api_key" not in run.flat()  # there are no variables yet
    assert sandbox.requests() == []


CACHE: dict[str, Any] = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": "cache"}


def test_cached_listing_is_used_without_a_request(
    inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path
) -> None:
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


def test_inventory_and_lookups_of_a_run_share_one_listing(
    inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    inventory.hosts()
    sandbox.reset(connections=300)
    task = {"ansible.builtin.assert": {"that": lookup() + " | length == 300"}}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "all[0]", "gather_facts": False, "tasks": [task]}]))
    run = inventory.ansible("ansible-playbook", "-i", "a.telnyx.yml", "play.yml")
    assert run.exit_code == 0, run.output
    assert len(sandbox.requests()) == 2


GROUPS: dict[str, Any] = {
    "groups": {"encrypted": "true", "group_of_name": "'trunk' in inventory_hostname"},
    "keyed_groups": [
        {"key": "telnyx_anchorsite_override", "prefix": "site"},
        {"key": "telnyx_tags", "prefix": "", "separator": "", "parent_group": "tags"},
        {"key": "telnyx_dtmf_type", "prefix": "", "separator": "", "parent_group": "{{ telnyx_webhook_event_url }}"},
    ],
}
# Names that have another meaning for Ansible, a file system or a terminal.
HARMFUL_NAMES = [
    *("all", "ungrouped", "encrypted", "site_here", "hq", "tags", "group_of_name", "of_another_source"),
    *("localhost", "LOCALHOST", "127.0.0.1", "::1", "127.1", "localhost.localdomain", ".", "..", "..."),
    *("../../site.yml", "a\\b", "$HOME", "~root", "a,all", "a:all", "host[1:9]", "*", "!b", "&b", "@file", "-i", "#c"),
    *("\u202egnp", "\x1b[2J", "nul\0", "line\u2028end", "\ud800", " ", "x" * 300, "ü" * 300, "{{ 1 }}", "a,all"),
]
HARMFUL_IDS = ["../../etc/", "\x1b]0;x\x07", "..", "localhost", "encrypted", "a/b", "a:b", "i" * 300]


def test_harmful_names_are_changed_and_other_names_are_kept(
    inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    overrides: list[dict[str, Any]] = [{"connection_name": name} for name in HARMFUL_NAMES]
    overrides += [{"connection_name": "", "id": identity} for identity in HARMFUL_IDS]
    overrides += [{"connection_name": "a_all"}, {"connection_name": "trunk 1"}]
    for fields in overrides:
        fields.update(anchorsite_override="here", dtmf_type="all", tags=["hq", "all", "ungrouped", "tags", ""])
        fields.update(webhook_event_url="loop")
    overrides[0].update(dtmf_type="loop2", webhook_event_url="loop3")
    overrides[1].update(dtmf_type="loop3", webhook_event_url="loop2")
    sandbox.reset(connections=len(overrides), overrides=overrides)
    records = sandbox.seen()["records"]
    (tmp_path / "static.yml").write_text("of_another_source: {hosts: {fine: {}}}\n")
    run = inventory.read("-i", "static.yml", "--list", "--output", "out.json", **GROUPS)
    # Ansible reads the sources in their order: here the group of the static source does not exist yet.
    assert run.exit_code == 0, run.output
    command = ("ansible-inventory", "-i", "static.yml", "-i", "a.telnyx.yml", "--list", "--output", "out.json")
    run = inventory.ansible(*command)
    assert run.exit_code == 0, run.output
    hosts = dict(inventory.listed()["_meta"]["hostvars"])
    assert "telnyx_id" not in hosts.pop("fine", {})
    assert len(hosts) == len(records), run.output
    assert {variables["telnyx_id"] for variables in hosts.values()} == {record["id"] for record in records}
    assert {"a_all", "trunk 1", f"localhost-{records[8]['id']}", f"..-{records[15]['id']}"} <= set(hosts)
    groups = inventory.listed()
    assert not set(hosts) & set(groups)
    assert len(groups["encrypted"]["hosts"]) == len(records)
    for name in hosts:
        assert name.strip(".")
        assert not set(name) & set("{}/\\$,:[]*?\0\x1b\u202e\u2028"), name
        assert name[0] not in "#!&~@-"
        assert len(name.encode()) < 256
    assert run.flat().count("cannot be names of hosts") == 1
    assert "Found both group and host" not in run.flat()
    assert "Some groups were not added to their parent group" in run.flat()
    reached = inventory.ansible("ansible", "-i", "a.telnyx.yml", "localhost", "-m", "ansible.builtin.debug")
    assert "localhost | SUCCESS" in reached.output


def test_source_that_fails_at_the_last_connection_adds_nothing(
    inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    ids = [record["id"] for record in sandbox.seen()["records"]]
    (tmp_path / "static.yml").write_text("known: {hosts: {fine: {}}, children: {below: {}}}\n")
    # Only the last connection causes the failure.
    failing = "telnyx_id if telnyx_id != '" + ids[-1] + "' else no_such_variable"
    for options in (
        {"strict": True, "compose": {"x": failing}},
        {"strict": True, "groups": {"created": f"({failing}) != ''"}},
        {"strict": True, "keyed_groups": [{"key": failing}]},
    ):
        (tmp_path / "a.telnyx.yml").write_text(
            "---\n# A comment\n" + yaml.safe_dump({"plugin": NAME, **options}), encoding="utf-8"
        )
        command = ("ansible-inventory", "-i", "static.yml", "-i", "a.telnyx.yml", "--list", "--output", "out.json")
        run = inventory.ansible(*command)
        assert "Failed to parse" in run.flat(), run.output
        listed = inventory.listed()
        assert set(listed) == {"_meta", "all", "known"}, options
        assert list(listed["known"]["hosts"]) == ["fine"]
        failed = inventory.ansible(*command, env=FAIL_ON_UNPARSED)
        assert failed.exit_code != 0


SPECIAL = {"__ansible_vault": "x", "y": {"__ansible_unsafe": "y"}, "z": [{"__ansible_type": "z", "value": 1}]}


def test_reserved_keys_of_caches_are_kept_under_other_names(inventory: Inventory, sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=2, overrides=[SPECIAL])
    for _time in ("filled", "from the cache"):
        hosts = inventory.hosts(**CACHE)
        first = next(iter(hosts.values()))
        assert first["telnyx_field__ansible_vault"] == "x"
        assert first["telnyx_y"] == {"field__ansible_unsafe": "y"}
        assert first["telnyx_z"] == [{"field__ansible_type": "z", "value": 1}]
    assert len(sandbox.requests()) == 1


def test_invalid_cached_listing_is_ignored_with_a_warning(
    inventory: Inventory, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=2)
    good = inventory.hosts(**CACHE)
    (path,) = (tmp_path / "cache").iterdir()
    written = path.read_text()
    wrong = {"text": "x", "list": [{"id": "1", "password": "canary"}], "garbage": ""}
    for requests, (name, value) in enumerate(wrong.items(), 2):
        path.write_text(written)
        if name == "garbage":
            path.write_text("{")
        else:
            spoil_cache(path, value)
        run = inventory.read(**CACHE)
        assert run.exit_code == 0, run.output
        assert dict(inventory.listed()["_meta"]["hostvars"]) == good
        assert len(sandbox.requests()) == requests
        assert "An entry of the cache plugin jsonfile is ignored" in run.flat()
    assert inventory.hosts(**CACHE) == good
    assert len(sandbox.requests()) == requests


def test_cache_has_an_entry_for_each_key_filter_and_query(inventory: Inventory, sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=2, keys=[KEY, "KEY_TWO"])
    calls: list[dict[str, Any]] = [{}, {"api_key": "KEY_TWO"}, {"query": "[?active]"}, {"page_size": 9}]
    for number, options in enumerate(calls, 1):
        for _time in range(2):
            inventory.hosts(**CACHE, **options)
            assert len(sandbox.requests()) == number


def test_options_are_templated_with_the_extra_variables(inventory: Inventory, sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=40, keys=["KEY_TWO"])
    options = {
        "use_extra_vars": True,
        "api_key": "{{ my_key }}",
        "connection_name_contains": "{{ lookup('env', 'SITE') }}",
        "hostvars_prefix": "{{ prefix }}_",
        "hostnames": ["{{ site }}-{{ user_name }}"],
        "query": "[?{{ which }}]",
        "page_size": "{{ size }}",
    }
    extra = json.dumps({"my_key": "KEY_TWO", "site": "x", "prefix": "sip", "which": "active", "size": 7})
    args = ("-e", extra, "--list", "--output", "out.json")
    run = inventory.read(*args, env={"TELNYX_API_KEY": "UNSET", "SITE": "Berlin"}, **options)
    assert run.exit_code == 0, run.output
    wanted = [
        record["user_name"]
        for record in sandbox.seen()["records"]
        if "berlin" in record["connection_name"].lower() and record["active"]
    ]
    hosts = inventory.listed()["_meta"]["hostvars"]
    assert sorted(hosts) == sorted(f"x-{name}" for name in wanted)
    assert hosts[f"x-{wanted[0]}"]["sip_user_name"] == wanted[0]
    assert sandbox.requests()[0]["query"]["page[size]"] == "7"
