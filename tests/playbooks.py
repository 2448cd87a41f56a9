"""Words that integration tests write playbooks with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "KEY_SANDBOX"


@dataclass
class Run:
    """What a command left: ``output`` is standard output and error together."""

    exit_code: int
    output: str
    folder: Path

    def saved(self, name: str = "result") -> Any:
        """What the playbook saved with :func:`save`."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))


def save(expression: str, name: str = "result") -> dict[str, Any]:
    """A task that writes the value of a Jinja expression to a file, as JSON, byte for byte."""
    return {
        "ansible.builtin.copy": {
            "content": "{{ (" + expression + ") | to_json }}",
            "dest": "{{ playbook_dir }}/" + name + ".json",
        },
        "no_log": True,
        "delegate_to": "localhost",
    }


def lookup(*terms: str, **options: Any) -> str:
    """A Jinja expression that calls the lookup, as a list."""
    arguments = [repr(term) for term in terms] + [f"{name}={value!r}" for name, value in options.items()]
    return f"query({', '.join([repr('siptrunk.telnyx.credential_connections'), *arguments])})"
