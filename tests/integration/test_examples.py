"""Every example of the documentation, run unchanged: EXAMPLES of the plugins, and the code blocks of README.md and docs/."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.backups import create_backup
from sandbox.process import SandboxProcess

from playbooks import KEY, Run

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md"))]
# The blocks of these kinds have tests of their own: tests/integration/sip_config, test_accounts.py, tests/ee.
ELSEWHERE = {"custom", "example", "rollback", "hosts", "vault"}
SIP_PAGES = [page for page in PAGES if page.startswith("docs/sip/")]
SIP = {
    "sip_config_connections": ["{{ pbx_sip_user }}"],
    "sip_config_transport": "tls",
    "sip_config_dest": "{{ playbook_dir }}/{{ sip_config_program }}/{{ inventory_hostname }}",
    "sip_config_reload": "never",
}
GOOD: dict[str, Any] = {
    "sip_uri_calling_preference": "disabled",
    "encrypted_media": "SRTP",
    "active": True,
    "password": "a good password",
    "anchorsite_override": "Latency",
    "tags": [],
}
CONNECTIONS = [
    {**GOOD, "user_name": "alice", "connection_name": "Berlin PBX", "id": "1700000001000000000"},
    {**GOOD, "user_name": "bob", "active": False},
    {**GOOD, "user_name": "berlin00001", "connection_name": "BER-01", "tags": ["berlin", "call-center"]},
]


def blocks(page: str, kind: str) -> list[str]:
    """Return the code blocks of a page that have this kind, such as ``yaml`` or ``yaml+policy``."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{re.escape(kind)}\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


@pytest.fixture
def account(sandbox: SandboxProcess, tmp_path: Path) -> SandboxProcess:
    """The account and the inventory of the examples, for which their assertions pass."""
    sandbox.reset(connections=3, overrides=CONNECTIONS)
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = {"h1": {"pbx_sip_user": "alice"}, "h2": {"pbx_sip_user": "berlin00001"}}
    access = {"telnyx_api_key": KEY, "telnyx_api_url": sandbox.api_url}
    groups = {"pbx": {"hosts": hosts, "vars": local}, "accounts": {"hosts": {"berlin": access}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(groups), encoding="utf-8")
    return sandbox


def plays_of(name: str, content: list[Any]) -> list[Any]:
    """Return the plays of an example, which may be tasks only."""
    if "hosts" in content[0]:
        return [{"name": name, **play} for play in content]
    return [{"name": name, "hosts": "localhost", "gather_facts": False, "tasks": content}]


def run_all(ansible: Callable[..., Run], folder: Path, examples: list[tuple[str, Any]]) -> None:
    """Run all examples that are plays or tasks in one playbook, and read those that are an inventory."""
    plays = [play for name, content in examples if isinstance(content, list) for play in plays_of(name, content)]
    (folder / "examples.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    run = ansible("ansible-playbook", "-i", "hosts.yml", "examples.yml")
    assert run.exit_code == 0, run.output
    for name, content in examples:
        if isinstance(content, list):
            assert f"PLAY [{name}]" in run.output
            continue
        (folder / "example.telnyx.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        strict = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
        listed = ansible("ansible-inventory", "-i", "example.telnyx.yml", "--graph", env=strict)
        assert listed.exit_code == 0, listed.output
        assert "@anchorsite_Latency:" in listed.output


def documented() -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each plugin and module."""
    for kind, folder in (("lookup", "lookup"), ("inventory", "inventory"), ("module", "modules"), ("filter", "filter")):
        for file in sorted((ROOT / "plugins" / folder).iterdir()):
            if file.suffix in (".py", ".yml") and "EXAMPLES" in file.read_text(encoding="utf-8"):
                yield kind, f"siptrunk.telnyx.{file.stem}"


def test_examples_of_ansible_doc_run(ansible: Callable[..., Run], account: SandboxProcess, tmp_path: Path) -> None:
    plugins = list(documented())
    assert len(plugins) >= 19
    (tmp_path / "baresip").mkdir()
    create_backup([str(tmp_path / "baresip" / "accounts")])
    examples = []
    for kind in dict.fromkeys(kind for kind, _name in plugins):
        names = [name for each, name in plugins if each == kind]
        shown = ansible("ansible-doc", "--type", kind, "--json", *names)
        assert shown.exit_code == 0, shown.output
        found = json.loads(shown.output)
        examples += [(f"{kind} {name}", yaml.safe_load(found[name]["examples"])) for name in names]
    run_all(ansible, tmp_path, examples)


def test_examples_of_the_guides_run(ansible: Callable[..., Run], account: SandboxProcess, tmp_path: Path) -> None:
    examples = [(page, yaml.safe_load(block)) for page in PAGES for block in blocks(page, "yaml")]
    assert len(examples) >= 10
    for page in SIP_PAGES:
        for block in blocks(page, "yaml+variables"):
            variables = {**SIP, **yaml.safe_load(block), "sip_config_program": Path(page).stem}
            examples.append((page, [{"hosts": "pbx", "vars": variables, "roles": ["siptrunk.telnyx.sip_config"]}]))
    run_all(ansible, tmp_path, examples)


def test_variables_and_files_of_the_guides_are_valid(
    ansible: Callable[..., Run], account: SandboxProcess, tmp_path: Path
) -> None:
    kinds = {
        kind for page in PAGES for kind in re.findall(r"^ *```yaml\+(\w+)", (ROOT / page).read_text(), re.MULTILINE)
    }
    assert kinds == {"desired", "accepted", "variables", "policy", "rulebook"} | ELSEWHERE
    variables: dict[str, Any] = {"drift_check_fail_on": "error", "policy_check_fail_on": "error"}
    for kind, names in {
        "desired": ["drift_check_desired_files"],
        "accepted": ["drift_check_accepted_files", "policy_check_accepted_files"],
    }.items():
        for number, text in enumerate(block for page in PAGES for block in blocks(page, f"yaml+{kind}")):
            (tmp_path / f"{kind}{number}.yml").write_text(text, encoding="utf-8")
            for name in names:
                variables.setdefault(name, []).append(f"{kind}{number}.yml")
    for page in set(PAGES) - set(SIP_PAGES):
        for block in (*blocks(page, "yaml+policy"), *blocks(page, "yaml+variables")):
            given = yaml.safe_load(block)
            assert not variables.keys() & given.keys(), page
            variables |= given
    (tmp_path / "variables.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    playbooks = [f"siptrunk.telnyx.{name}" for name in ("baseline", "drift_check", "policy_check")]
    run = ansible("ansible-playbook", *playbooks, "-e", "@variables.yml")
    assert run.exit_code == 0, run.output
    statuses = [
        json.loads(path.read_text())["status"] for path in sorted(tmp_path.glob("telnyx-reports/*/status.json"))
    ]
    assert statuses == ["drift", "violations"]
    (rulebook,) = [yaml.safe_load(block) for page in PAGES for block in blocks(page, "yaml+rulebook")]
    action = rulebook[0]["rules"][0]["action"]["run_playbook"]
    assert action["name"] in playbooks
    assert action["extra_vars"].keys() <= variables.keys()


def commands(page: str) -> Iterator[list[str]]:
    """Yield the words of each command of a page that runs a playbook of the collection on localhost."""
    for block in blocks(page, "console"):
        for line in re.findall(r"^\$ (.*)", block, re.MULTILINE):
            for command in re.split(r" && ", line):
                words = shlex.split(command, comments=True)
                if "ansible-playbook" in words and any(word.startswith("siptrunk.telnyx.") for word in words):
                    yield words


def test_commands_of_the_guides_run(ansible: Callable[..., Run], account: SandboxProcess, tmp_path: Path) -> None:
    """The commands run in the order of the pages, each once, in one folder. A check may have findings, but no error."""
    pages = ["README.md", *(f"docs/{name}.md" for name in ("baseline", "drift", "policy", "accepted", "snapshot"))]
    wanted: dict[tuple[str, ...], str] = {}
    for page in pages:
        for words in commands(page):
            wanted.setdefault(tuple(words), page)
    assert len(wanted) >= 8
    (tmp_path / "intended").mkdir()
    (tmp_path / "intended" / "berlin.yml").write_text("- connection_name: Berlin PBX\n", encoding="utf-8")
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    places = {"/srv/telnyx": str(tmp_path), "/run/secrets/telnyx": str(tmp_path / "key")}
    for command, page in wanted.items():
        texts = [re.sub("|".join(places), lambda match: places[match[0]], word) for word in command]
        start = texts.index("ansible-playbook")
        env = {"TELNYX_API_KEY": KEY, **dict(word.split("=", 1) for word in texts[:start])}
        if "TELNYX_API_KEY_FILE" in env:
            env["TELNYX_API_KEY"] = "UNSET"
        run = ansible(*texts[start:], env=env)
        check = next((name for name in ("drift", "policy") if f"siptrunk.telnyx.{name}_check" in texts), None)
        if check is None:
            assert run.exit_code == 0, (page, run.output)
            continue
        status = json.loads((tmp_path / "telnyx-reports" / check / "status.json").read_text(encoding="utf-8"))
        assert status["status"] != "error", (page, run.output)
        assert run.exit_code == status["exit_code"], (page, run.output)


def test_command_for_several_accounts_runs(
    ansible: Callable[..., Run], account: SandboxProcess, tmp_path: Path
) -> None:
    (hosts,) = blocks("docs/accounts.md", "yaml+hosts")
    (command,) = commands("docs/accounts.md")
    (tmp_path / "hosts.yml").write_text(hosts, encoding="utf-8")
    names = ("berlin", "lab", "paris")
    keys = {"account_keys": dict.fromkeys(names, KEY), "telnyx_api_url": account.api_url}
    (tmp_path / "keys.yml").write_text(yaml.safe_dump(keys), encoding="utf-8")
    (tmp_path / "vault-password").write_text("secret", encoding="utf-8")
    assert ansible("ansible-vault", "encrypt", "keys.yml", "--vault-password-file", "vault-password").exit_code == 0
    (tmp_path / "baselines").mkdir()
    for name in names:
        (tmp_path / "baselines" / f"{name}.yml").write_text("- connection_name: Berlin PBX\n", encoding="utf-8")
    run = ansible(*command, env={"TELNYX_API_KEY": "UNSET"})
    assert run.exit_code == 2, run.output
    overview = json.loads((tmp_path / "telnyx-reports" / "drift" / "overview.json").read_text(encoding="utf-8"))
    statuses = {each["host"]: each["status"] for each in overview["accounts"]}
    assert statuses == {"berlin": "drift", "paris": "drift", "lab": "in_sync"}
