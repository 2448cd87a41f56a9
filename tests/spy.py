"""A callback plugin that keeps what it sees of the tasks."""

from __future__ import annotations

from pathlib import Path

from playbooks import Run

# Keeps what a callback plugin gets of a task: its arguments, from two places, and its result.
SPY = """
import json
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "spy"

    def _keep(self, result, *args, **kwargs):
        task = getattr(result, "_task", None) or getattr(result, "task", None)
        fields = getattr(result, "_task_fields", None) or getattr(result, "task_fields", None) or {}
        seen = [dict(fields), task.args, result._result]
        with open("spied", "a") as file:
            file.write(json.dumps([task.action, seen], default=str) + chr(10))

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_item_on_ok = _keep
"""


def spied(run: Run) -> str:
    """What the callback plugin has seen, and the output."""
    return run.output + (run.folder / "spied").read_text()


def spy_on(folder: Path, **more: str) -> dict[str, str]:
    """The environment in which the callback plugin runs, with core's debug output."""
    (folder / "callbacks").mkdir()
    (folder / "callbacks" / "spy.py").write_text(SPY)
    spy = {"ANSIBLE_CALLBACK_PLUGINS": str(folder / "callbacks"), "ANSIBLE_CALLBACKS_ENABLED": "spy"}
    return {**spy, "ANSIBLE_DEBUG": "1", **more}
