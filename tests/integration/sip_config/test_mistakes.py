"""Mistakes in the variables of the role sip_config, and runs that did not end well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from integration.sip_config.hosts import Configure
from sandbox.process import SandboxProcess


@pytest.mark.usefixtures("trunks")
def test_what_was_not_loaded_is_loaded_by_the_next_run(configure: Configure, tmp_path: Path) -> None:
    touch = f"touch {tmp_path}/reload-ran"
    first = configure({"host": {"reload_command": "false"}}, program="kamailio")
    assert first.recap("changed") == {"host": 1}, first.output
    assert "kamailio was not reloaded" in first.flat
    before = first.files("host")
    checked = configure({"host": {"reload_command": touch}}, "--check", program="kamailio")
    assert checked.changed() == set()
    assert not (tmp_path / "reload-ran").exists()
    second = configure({"host": {"reload_command": touch}}, program="kamailio")
    assert second.recap("changed") == {"host": 1}, second.output
    assert (tmp_path / "reload-ran").exists()
    assert second.files("host") == before
    (tmp_path / "reload-ran").unlink()
    third = configure({"host": {"reload_command": touch}}, program="kamailio")
    assert (third.changed(), third.failed()) == (set(), set())
    assert not (tmp_path / "reload-ran").exists()
    assert list((tmp_path / "host").glob(".telnyx-reload-*")) == []


def test_selection_without_an_active_connection_removes_nothing(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    empty: dict[str, Any] = {"filters": {"connection_name_contains": "brelin"}}
    hosts = {"typo": empty, "records": {"records": []}, "inactive": {"connections": ["carol03"]}}
    everything = configure({host: {} for host in (*hosts, "allowed")}, program="kamailio")
    assert everything.failed() == set(), everything.output
    run = configure({**hosts, "allowed": {**empty, "allow_empty": True}}, program="kamailio")
    assert run.failed() == hosts.keys(), run.output
    assert "None of the 0 selected connections is active, so that all accounts would be removed" in run.flat
    assert "set allow_empty" in run.flat
    for host in hosts:
        assert run.files(host) == everything.files(host)
    assert len(run.files("allowed")["uacreg"].splitlines()) == 1


@pytest.mark.usefixtures("trunks")
def test_mistake_in_a_variable_is_an_error_that_names_it(configure: Configure, tmp_path: Path) -> None:
    hosts: dict[str, dict[str, Any]] = {
        "unknown": {"transprot": "tls", "password": "c4n4ry"},
        "mode": {"mode": 0o640},
        "timeout": {"verify_timeout": -5},
        "no-file": {"preflight": True, "transport": "tls", "registrar": "127.0.0.1", "ca_file": "/no/such/ca.pem"},
        "no-certificate": {"preflight": True, "transport": "tls", "registrar": "127.0.0.1", "ca_file": __file__},
        "nameless": {"records": [{"user_name": "dave04", "password": "c4n4ry"}]},
    }
    run = configure(hosts, program="kamailio")
    assert run.failed() == hosts.keys(), run.output
    assert "has no variable sip_config_password, sip_config_transprot" in run.flat
    assert "sip_config_mode: put it in quotes" in run.flat
    assert "sip_config_verify_timeout: must not be negative" in run.flat
    assert "ca_file: /no/such/ca.pem does not exist. Nothing was written." in run.flat
    assert "holds no certificate in the PEM format. Nothing was written." in run.flat
    assert "dave04: its active is neither true nor false" in run.flat
    assert "c4n4ry" not in run.output
    assert not any(run.files(host) for host in hosts)
