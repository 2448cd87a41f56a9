"""Words that integration tests write playbooks with."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
FILTERS = Path(__file__).parent / "filter_plugins"
KEY = "KEY_SANDBOX"
NAME = "siptrunk.telnyx.credential_connections"

Task = dict[str, Any]


@dataclass
class Run:
    """What a command left: ``output`` is standard output and error together."""

    exit_code: int
    output: str
    folder: Path

    def saved(self, name: str = "result") -> Any:
        """What the playbook saved with :func:`save`."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def flat(self) -> str:
        """The output with its lines joined, for messages that Ansible folds."""
        return " ".join(self.output.split())


def save(expression: str, name: str = "result") -> Task:
    """A task that writes the value of a Jinja expression to a file, as JSON.

    It does so by a filter, because a module takes longer than all else that these tests do in a task.
    """
    text = "{{ (" + expression + ") | to_json | save_text(playbook_dir ~ '/" + name + ".json') }}"
    return {"ansible.builtin.debug": {"msg": text}, "no_log": True}


def attempt(task: Task, name: str) -> Task:
    """A task that may fail; what its failure says is saved."""
    message = "{'msg': ansible_failed_result.msg, 'error': ansible_failed_result.error | default({})}"
    return {"block": [task], "rescue": [save(message, name)]}


def lookup(*terms: Any, **options: Any) -> str:
    """A Jinja expression that calls the lookup, as a list."""
    arguments = [repr(term) for term in terms] + [f"{name}={value!r}" for name, value in options.items()]
    arguments = [each.replace("\\n", "\n") for each in arguments]  # Ansible takes a backslash for itself
    return f"query({', '.join([repr(NAME), *arguments])})"


def debug(expression: str) -> Task:
    """A task that evaluates an expression and shows it."""
    return {"ansible.builtin.debug": {"msg": "{{ " + expression + " }}"}}


def info(**options: Any) -> Task:
    """A task that runs the info module."""
    return {f"{NAME}_info": options}


def spoil_cache(path: Path, wrong: Any) -> None:
    """Replace the content of a file of the jsonfile cache; ansible-core 2.19 and later wrap the content."""
    text = json.dumps(wrong)
    path.write_text(json.dumps({"__payload__": text}) if "__payload__" in path.read_text() else text)
