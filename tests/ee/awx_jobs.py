"""What AWX does for a job: the files and the environment that it gives to Ansible, from the objects that setup.yml created.

The injectors are rendered by AWX's own code, which is in the package awx-plugins-interfaces. The rest follows awx/main/tasks/jobs.py and
Inventory.get_script_data of AWX 24.6. A job's folder is here what /runner is in its container.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ee.commands import run
from ee.fake_awx import FakeAwx

Object = dict[str, Any]

INVENTORY_UPDATE = {
    "INVENTORY_UPDATE_ID": "1",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_INVENTORY_EXPORT": "True",
    "ANSIBLE_VERBOSE_TO_STDERR": "True",
}


def inject(
    kind: Object, inputs: Object, folder: Path, **environment: str
) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return the environment of a job with this credential, the one that AWX stores and shows, and the further arguments of Ansible."""
    api = "awx_plugins.interfaces._temporary_private_{}_api"
    credential = importlib.import_module(api.format("credential")).Credential(inputs)
    kind_of = SimpleNamespace(inputs=kind["inputs"], injectors=kind["injectors"], managed=False)
    (folder / "env").mkdir(parents=True, exist_ok=True)
    shown: dict[str, str] = {}
    arguments: list[str] = []
    injector = importlib.import_module(api.format("inject"))
    injector.inject_credential(kind_of, credential, environment, shown, arguments, str(folder))
    return environment, shown, arguments


class Controller:
    """Runs the jobs of the templates that are in a :class:`FakeAwx`, each in a folder of its own and with a copy of the project."""

    def __init__(self, awx: FakeAwx, folder: Path, project: Path) -> None:
        self.awx, self.folder, self.project = awx, folder, project
        self.hosts: Object = {}

    def update_inventory(self) -> None:
        """Run the inventory source, and keep the hosts as AWX does, without the rest of ``_meta``."""
        (source,) = self.awx.objects["inventory_sources"].values()
        job = self.folder / "inventory"
        environment = self._injected([source["credential"]], job, **INVENTORY_UPDATE)
        output = job / "output.json"
        arguments = ("--list", "--export", "-i", self.project / source["source_path"], "--output", output)
        run(job, "ansible-inventory", *arguments, "--playbook-dir", self.project, **environment)
        listed = json.loads(output.read_text(encoding="utf-8"))
        self.hosts = listed["_meta"]["hostvars"]

    def launch(self, name: str, *arguments: str, number: int = 1, **variables: Any) -> tuple[Path, str]:
        """Run one job of a template; ``number`` is that of the slice. Return the job's folder and output.

        ``variables`` are those of the inventory.
        """
        template = self.awx.one("job_templates", name)
        job = self.folder / f"{name.rpartition(' ')[2]}-{number}"
        credentials = self.awx.associated.get(f"{template['url']}credentials/", [])
        environment = self._injected(credentials, job)
        names = sorted(self.hosts) if "connections" in self._inventory(template) else []
        names = names[number - 1 :: template.get("job_slice_count", 1)]
        script = {
            "all": {"hosts": names, "vars": variables},
            "_meta": {"hostvars": {name: self.hosts[name] for name in names}},
        }
        hosts = job / "hosts"
        hosts.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(script)!r})\n", encoding="utf-8")
        hosts.chmod(0o700)
        (job / "env" / "extravars").write_text(template["extra_vars"], encoding="utf-8")
        options = ("-i", str(hosts), "-e", f"@{job}/env/extravars", *arguments)
        environment["HOME"] = str(job)
        return job, run(self.project, "ansible-playbook", *options, template["playbook"], **environment)

    def _inventory(self, template: Object) -> str:
        return str(self.awx.objects["inventories"][template["inventory"]]["name"])

    def _injected(self, credentials: list[int], job: Path, **environment: str) -> dict[str, str]:
        """The environment with what the credentials inject; those that setup.yml did not create inject nothing."""
        (job / "env").mkdir(parents=True)
        for number in credentials:
            credential = self.awx.objects["credentials"][number]
            if "credential_type" in credential:
                kind = self.awx.objects["credential_types"][credential["credential_type"]]
                environment, _shown, arguments = inject(kind, credential["inputs"], job, **environment)
                assert arguments == []
        # Without a container, the job's folder is where it is.
        return {name: value.replace("/runner/", f"{job}/") for name, value in environment.items()}
