"""The role sip_config and passwords: where they come from, and that no output shows them."""

from __future__ import annotations

import html
from pathlib import Path

from ansible.parsing.vault import VaultLib, VaultSecret
from integration.sip_config.hosts import GOOD, PROGRAMS, Configure
from sandbox.process import SandboxProcess

ALL = PROGRAMS.keys()


def test_masked_passwords_are_an_error_unless_given_from_a_vault(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    trunks.reset(connections=2, masked=True, overrides=[{**GOOD, "user_name": name} for name in ("alice01", "bob02")])
    run = configure(PROGRAMS)
    assert run.failed() == ALL
    assert "its password is masked" in run.flat
    assert run.flat.count("sip_config_passwords") >= len(PROGRAMS)
    assert not any(run.files(program) for program in PROGRAMS)

    (tmp_path / "vault-password").write_text("open sesame\n")
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    value = vault.encrypt("c4n4ry {{ 7 * 7 }} ;0").decode().replace("\n", "\n      ")
    (tmp_path / "passwords.yml").write_text(
        f"sip_config_passwords:\n  alice01: !vault |\n      {value}\n  bob02: !unsafe 'c4n4ry {{% if %}}'\n"
    )
    arguments = ("-e", "@passwords.yml", "--vault-password-file", "vault-password", "-vvvv", "--diff")
    run = configure(PROGRAMS, *arguments)
    assert run.exit_code == 0, run.output
    assert "c4n4ry" not in run.output
    for program in PROGRAMS:
        written = html.unescape(str(run.files(program)))
        assert "c4n4ry {{ 7 * 7 }}" in written
        assert "c4n4ry {% if %}" in written
        assert "****" not in written


def test_file_that_the_role_did_not_write_is_kept_and_not_shown(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    names = {
        "asterisk": "pjsip_wizard_telnyx.conf",
        "freeswitch": "bob02.xml",
        "kamailio": "uacreg",
        "baresip": "accounts",
    }
    mine = "<!-- mine -->\n<a b='c4n4ry-old'/>\nc4n4ry-old:1:2:3:4:5:6:7\n"
    for program, name in names.items():
        (tmp_path / program).mkdir()
        (tmp_path / program / name).write_text(mine)
    # As baresip writes it at its first start.
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "accounts").write_text("#\n# SIP accounts: c4n4ry\n")
    run = configure({**PROGRAMS, "fresh": {"program": "baresip"}}, "--diff")
    assert run.failed() == ALL, run.output
    assert run.flat.count("so it is not replaced") >= len(names)
    for program, name in names.items():
        assert run.files(program) == {name: mine}
    assert "2 lines that the role did not write are not shown" in run.flat
    assert "alice01" in run.files("fresh")["accounts"]
    assert "c4n4ry" not in run.output
