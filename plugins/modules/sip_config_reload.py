#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that makes a SIP program load its files, and waits until it registers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_config_reload
short_description: Make a SIP program load its files, and wait until it registers
version_added: 0.1.0
description:
  - A part of the role P(siptrunk.telnyx.sip_config#role). Makes the running SIP program on the managed node load what
    M(siptrunk.telnyx.sip_config_files) wrote, by the program's own commands.
  - A program that does not run is a warning and no error, because it reads the files when it starts. A reload that fails while the
    program runs is an error.
  - The program's console is asked without a shell. An answer that holds a password is not shown.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
attributes:
  check_mode:
    description: In check mode nothing is reloaded, and the task is not changed.
    support: partial
    details: Whether a reload would succeed is not known before it is made.
  diff_mode:
    description: No difference is shown.
    support: none
options:
  program:
    description:
      - The SIP program. Only V(asterisk), V(freeswitch) and V(kamailio) have a console, and so a way of their own to load their files.
    type: str
    required: true
  dest:
    description: The folder of the files, whose passwords no message may show.
    type: path
    required: true
  accounts:
    description: The user names of the accounts, by the name of the section or gateway, as M(siptrunk.telnyx.sip_config_files) returns them.
    type: dict
    default: {}
  reregistered:
    description: The sections or gateways that register with other settings than before.
    type: list
    elements: str
    default: []
  unregistered:
    description: The sections or gateways that are not there any more.
    type: list
    elements: str
    default: []
  reload_command:
    description:
      - A command that makes the program load the files, instead of what the module does by itself. It runs without a shell, for at most 5
        minutes. A line of its output that begins with C(error) or C(-ERR) counts as a failure, because consoles exit with 0 nevertheless.
    type: str
  console_command:
    description:
      - The command of the program's console, to which a command for the console is added as the last argument (Kamailio, arguments).
      - By default C(asterisk -rx), C(fs_cli -x) or C(kamcmd).
      - Do not write a password in it, because the arguments of a process are public. fs_cli reads C(~/.fs_cli_conf).
    type: str
  profile:
    description: The Sofia profile that includes the folder (FreeSWITCH).
    type: str
    default: external
  verify_timeout:
    description:
      - The time in seconds within which all accounts must be registered. With V(0), nothing is waited for.
      - Asterisk registers up to 10 seconds after a reload, Kamailio up to C(reg_timer_interval) (90 seconds by default).
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Make Kamailio load its table again
  siptrunk.telnyx.sip_config_reload:
    program: kamailio
    dest: "{{ playbook_dir }}/kamailio"
    console_command: kamcmd -s unix:/run/kamailio/kamailio_ctl
"""

RETURN = r"""
reloaded:
  description: Whether the program has loaded the files.
  returned: always
  type: bool
registrations:
  description: By user name, C(registered), or what the program says.
  returned: if it was waited for
  type: dict
  sample: {berlin00001: registered, bonn00002: Rejected}
msg:
  description: What happened, as a sentence.
  returned: always
  type: str
  sample: asterisk registered all accounts.
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.console import (
    CONSOLE_COMMANDS,
    REGISTERED,
    Console,
    ConsoleError,
    check,
    run,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.folder import passwords_of
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.reload import (
    Change,
    register_again,
    reload_program,
    wait_for_registrations,
)

_COMMAND_TIMEOUT = 300.0  # seconds, for a user's own command
_SHOWN = 20  # accounts in a message


def _load(command: str | None, console: Console | None, passwords: set[str] | None, change: Change) -> str:
    """Make the program load its files. Return why it did not, if it does not run. Raises :class:`ConsoleError`."""
    silence = console.silence() if console else ""
    try:
        if command is not None:
            check(run(command, [], _COMMAND_TIMEOUT), passwords)
            if console:
                register_again(console, change.reregistered)
        elif console is None:
            return "there is no sip_config_reload_command. Restart it, or set sip_config_reload to never"
        elif silence:
            raise ConsoleError(silence)
        else:
            reload_program(console, change)
    except ConsoleError as exc:
        if silence:
            return f"it does not run, and reads the files when it starts: {exc}"
        raise
    return ""


def _reload(module: AnsibleModule) -> dict[str, Any]:
    """Reload the program, and wait for its registrations. Return the result, with ``failed`` if it does not work."""
    program, timeout = module.params["program"], module.params["verify_timeout"]
    passwords = passwords_of(program, module.params["dest"]) if program in (*CONSOLE_COMMANDS, "baresip") else None
    console = None
    if program in CONSOLE_COMMANDS:
        prefix = module.params["console_command"] or CONSOLE_COMMANDS[program]
        console = Console(program, prefix, passwords or set())
    change = Change(
        {str(name): str(user) for name, user in module.params["accounts"].items()},
        set(module.params["reregistered"]),
        set(module.params["unregistered"]),
        module.params["profile"],
    )
    try:
        reason = _load(module.params["reload_command"], console, passwords, change)
    except ConsoleError as exc:
        return {"failed": True, "reloaded": False, "msg": f"{program} was not reloaded: {exc}."}
    if reason:
        message = f"{program} was not reloaded: {reason}."
        module.warn(message)
        return {"changed": False, "reloaded": False, "msg": message}
    result: dict[str, Any] = {"changed": True, "reloaded": True, "msg": f"{program} was reloaded."}
    if timeout and console:
        states = wait_for_registrations(console, change, timeout)
        result.update(registrations=states, msg=_sentence(program, states, timeout))
        result["failed"] = bool(set(states.values()) - {REGISTERED})
    return result


def _sentence(program: str, states: dict[str, str], seconds: int) -> str:
    """Return which accounts are registered."""
    missing = [f"{user} ({state})" for user, state in states.items() if state != REGISTERED]
    if not missing:
        return f"{program} registered all accounts."
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    which = f"{len(missing)} of {len(states)} accounts"
    return f"{program} did not register {which} within {seconds} seconds: {', '.join(missing[:_SHOWN])}{more}."


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "program": {"type": "str", "required": True},
            "dest": {"type": "path", "required": True},
            "accounts": {"type": "dict", "default": {}},
            "reregistered": {"type": "list", "elements": "str", "default": []},
            "unregistered": {"type": "list", "elements": "str", "default": []},
            "reload_command": {"type": "str"},
            "console_command": {"type": "str"},
            "profile": {"type": "str", "default": "external"},
            "verify_timeout": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=False, reloaded=False, msg="In check mode, nothing is reloaded.")
    result = _reload(module)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
