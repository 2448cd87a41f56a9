"""Text from the API is never templated, with any delimiters, in any field, key or name.

ansible-core before 2.19 templates every text that is not marked as unsafe, and one that begins with ``#jinja2:`` chooses the
delimiters itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import NAME, Run, debug, info, lookup, save

RUN = "lookup('ansible.builtin.pipe', 'touch pwned; echo ran')"
TEMPLATES = [
    "{{ RUN }}",
    "{% set x = RUN %}{# #}",
    "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% RUN %]",
    # Without a line's end, the whole text is both header and template.
    "#jinja2: variable_start_string:'[%', variable_end_string:'%]', a:[% RUN %]",
    "#jinja2:block_start_string:'<?', block_end_string:'?>'\n<? set x = RUN ?>",
    "#jinja2: comment_start_string:'{{', comment_end_string:'}}', variable_start_string:'${', variable_end_string:'}'\n${ RUN }",
    "#jinja2: line_statement_prefix:'%'\n% set x = RUN",
    "#jinja2: line_comment_prefix:'{{', variable_start_string:'((', variable_end_string:'))'\n(( RUN ))",
]
PAYLOADS = [template.replace("RUN", RUN) for template in TEMPLATES]
PYTHON = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def hostile(payload: str, place: int) -> dict[str, Any]:
    """A connection with the payload in each of its texts and keys."""
    return {
        "id": payload if place % 2 else str(place),
        "connection_name": "" if place % 2 else payload,
        "user_name": payload,
        "anchorsite_override": payload,
        "dtmf_type": payload,
        "tags": [payload, [payload]],
        "webhook_event_url": payload,
        "inbound": {"codecs": [payload], payload: payload},
        "outbound": {"outbound_voice_profile_id": payload, "channel_limit": None},
        "deep": {"a": [{payload: {payload: [payload, 1]}}]},
        "pairs": {payload: 1},
        "pairs_list": [{payload: None}],
        payload: payload,
    }


HOSTILE = [hostile(payload, place) for place, payload in enumerate(PAYLOADS)]


@pytest.fixture
def account(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    """An account with hostile connections only."""
    sandbox.reset(connections=len(HOSTILE), overrides=HOSTILE)
    return list(sandbox.seen()["records"])


def assert_nothing_ran(folder: Path, *runs: Run) -> None:
    for run in runs:
        assert run.exit_code == 0, run.output
    assert not list(folder.rglob("pwned"))
    assert not Path("pwned").exists()


def known(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records sorted by id, with the fields of :func:`hostile` that keep their keys."""
    fields = [field for field in HOSTILE[0] if field not in ("pairs", "pairs_list", PAYLOADS[0])]
    return sorted(({field: record[field] for field in fields} for record in records), key=lambda each: str(each["id"]))


def test_text_from_the_lookup_the_modules_and_facts_is_not_templated(
    play: Callable[..., Run], account: list[dict[str, Any]], tmp_path: Path
) -> None:
    uses = [
        {"ansible.builtin.set_fact": {"six": "{{ five | to_json }}", "seven": "{{ five | list }}"}},
        debug("six ~ seven[0] ~ one.pairs | to_json"),
        debug("one.connection_name ~ two[0] ~ three ~ four"),
        {
            "ansible.builtin.debug": {"msg": "{{ item }}", "verbosity": 0},
            "loop": ["{{ one }}", "{{ two }}", "{{ three }}"],
        },
    ]
    sources = {
        "lookup": lookup(),
        "info": "info.connections",
        "facts": "ansible_facts.telnyx_credential_connections",
        "injected": "telnyx_credential_connections",
    }
    tasks: list[dict[str, Any]] = [{**info(), "register": "info"}, {f"{NAME}_facts": {}}]
    for name, source in sources.items():
        first = "(" + source + ")[item | int]"
        tasks += [
            {
                "ansible.builtin.set_fact": {
                    "one": "{{ " + first + " }}",
                    "two": "{{ " + first + ".pairs | list }}",
                    "three": "{{ " + first + ".pairs | to_json }}",
                    "four": "{{ " + first + ".deep | to_nice_yaml }}",
                    "five": "{{ " + first + ".pairs }}",
                },
                "loop": list(range(len(HOSTILE))),
            },
            *uses,
            save(source, name),
        ]
    tasks += [
        save("ansible_facts.telnyx_credential_connections_inventory", "inventory"),
        {"ansible.builtin.debug": {"msg": "{{ item.connection_name }}"}, f"with_{NAME}": []},
    ]
    env = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": "cache"}
    first_run = play(*tasks, vars=PYTHON, env=env)
    second_run = play(*tasks, vars=PYTHON, env=env)
    assert_nothing_ran(tmp_path, first_run, second_run)
    for name in sources:
        assert known(second_run.saved(name)) == known(account), name
    inventory = second_run.saved("inventory")
    assert len(inventory["_meta"]["hostvars"]) == len(HOSTILE)
    for name in (*inventory, *inventory["_meta"]["hostvars"]):
        assert not set(name) & set("{}[]")
        assert not name.startswith("#")


OPTIONS: dict[str, Any] = {
    "plugin": NAME,
    "strict": True,
    "compose": {
        "copied": "telnyx_connection_name",
        "both": "telnyx_user_name ~ telnyx_dtmf_type",
        "keys_json": "telnyx_pairs | to_json",
        "keys_list": "telnyx_pairs | list",
    },
    "groups": {"named": "telnyx_user_name == telnyx_dtmf_type", "long": "inventory_hostname | length > 1"},
    "keyed_groups": [
        {"key": "telnyx_anchorsite_override", "prefix": "site", "parent_group": "{{ telnyx_dtmf_type }}"},
        {"key": "telnyx_pairs", "prefix": "", "separator": ""},
        {"key": "telnyx_tags[0]", "prefix": "", "separator": ""},
    ],
    "cache": True,
    "cache_plugin": "jsonfile",
    "cache_connection": "cache",
}


HOSTNAMES = [["connection_name"], ["id"], ["{{ user_name }}{{ dtmf_type }}", "tags[0]"]]


def test_text_from_the_inventory_and_its_cache_is_not_templated(
    ansible: Callable[..., Run], account: list[dict[str, Any]], tmp_path: Path, sandbox: SandboxProcess
) -> None:
    # One run reads all sources, because a start takes longer than the tasks. Hosts of the same name are one host.
    sources = []
    for place, hostnames in enumerate(HOSTNAMES):
        sources += ["-i", f"{place}.telnyx.yml"]
        (tmp_path / sources[-1]).write_text(yaml.safe_dump({**OPTIONS, "hostnames": hostnames}))
    text = "{{ [telnyx_connection_name, copied, both, telnyx_user_name, telnyx_inbound, telnyx_deep, telnyx_tags] | to_json }}"
    facts = {
        "a": "{{ telnyx_pairs | to_json }}",
        "b": "{{ telnyx_pairs | list }}",
        "c": "{{ (telnyx_pairs | list)[0] ~ '' }}",
        "d": "{{ telnyx_pairs_list | to_json }}",
        "e": "{{ telnyx_inbound | to_json }}",
        "f": "{{ telnyx_inbound.keys() | join('\n') }}",
        "g": "{{ inventory_hostname }}",
        "h": "{{ group_names | join(' ') }}",
        "i": "{{ groups | to_json }}",
        "j": "{{ keys_json }}",
        "k": "{{ keys_list[0] ~ '' }}",
        "l": "{{ hostvars[inventory_hostname].telnyx_dtmf_type }}",
        "m": "{{ telnyx_deep.a[0] | dict2items | map(attribute='key') | list }}",
        "n": "{{ inventory_hostname_short }}{{ telnyx_id }}",
    }
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.set_fact": facts},
        {"ansible.builtin.set_fact": {f"{name}{name}": "{{ " + name + " }}" for name in facts}},
        debug(" ~ ".join(f"{name} ~ {name}{name}" for name in facts)),
        {"ansible.builtin.debug": {"var": "vars.telnyx_deep"}},
        {
            "ansible.builtin.copy": {
                "content": text,
                "dest": "{{ playbook_dir }}/{{ (inventory_hostname ~ telnyx_id) | hash('md5') }}.saved",
            }
        },
    ]
    play = {"hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks, "vars": PYTHON}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    for _time in ("filled", "from the cache"):
        run = ansible("ansible-playbook", *sources, "play.yml", "-v")
        listed = ansible("ansible-inventory", *sources, "--list", "--yaml")
        assert_nothing_ran(tmp_path, run, listed)
        saved = [json.loads(path.read_text()) for path in tmp_path.glob("*.saved")]
        fields = ("connection_name", "connection_name", None, "user_name", "inbound", "deep", "tags")
        wanted = [
            [record[field] if field else record["user_name"] + record["dtmf_type"] for field in fields]
            for record in account
        ]
        # Most records are several hosts, with names from several sources.
        assert len(saved) > len(account)
        assert {json.dumps(each, sort_keys=True) for each in saved} == {
            json.dumps(each, sort_keys=True) for each in wanted
        }
        for path in tmp_path.glob("*.saved"):
            path.unlink()
    assert len(sandbox.requests()) == 1
