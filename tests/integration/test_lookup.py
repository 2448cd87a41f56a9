"""The lookup, driven by the real ansible-playbook against the sandbox."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.process import SandboxProcess

from playbooks import Run, lookup, save


def test_without_terms_it_gives_every_connection(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = play(save(lookup()))
    assert run.exit_code == 0, run.output
    expected = [
        {key: value for key, value in record.items() if key != "password"} | {"password_status": "available"}
        for record in sandbox.seen()["records"]
    ]
    assert run.saved() == expected
