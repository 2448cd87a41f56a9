#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that makes a SIP program load its files, checks that it registers, and puts the old files back if it does not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_config_reload
short_description: Make a SIP program load its files, verify that it registers, and roll back
version_added: 0.1.0
description:
  - Makes the running SIP program on the managed node load what M(siptrunk.telnyx.sip_config_files) wrote. It does nothing if nothing was
    written or removed.
  - With O(verify_timeout), all accounts that the files configure must be registered within that time. Otherwise the files are put back
    from O(backup), the program loads them again, and the module fails with both results.
  - Without O(verify_timeout), a program that was not reloaded is a warning and no error. A program that does not run reads the files when
    it starts.
  - With O(state=rolled_back), the files are put back from the newest backup, or from O(backup), and the program loads them.
  - A backup that was put back is removed.
  - The program's console is asked without a shell. No password is in an argument, in the result or in a message.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
attributes:
  check_mode:
    description: Nothing is reloaded or put back. With O(state=rolled_back), the task is changed if there is a backup.
    details: Whether a reload would succeed is not known, so with O(state=reloaded), the task is not changed.
    support: partial
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
    description: The folder of the files.
    type: path
    required: true
  written:
    description: The paths of the files that were written.
    type: list
    elements: str
    default: []
  removed:
    description: The paths of the files that were removed.
    type: list
    elements: str
    default: []
  state:
    description: Whether the program loads the files as they are, or those that they replaced.
    type: str
    choices: [reloaded, rolled_back]
    default: reloaded
  backup:
    description: The folder with the replaced files, as M(siptrunk.telnyx.sip_config_files) returned it.
    type: path
  reload_command:
    description:
      - A command that makes the program load the files, instead of what the module does by itself. It runs without a shell, for at most 5
        minutes. A line of its output that begins with C(error) or C(-ERR) counts as a failure, because consoles exit with 0 nevertheless.
      - An empty string means that none runs.
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
      - The time in seconds within which all accounts must be registered. With V(0), nothing is verified.
      - Asterisk registers up to 10 seconds after a reload, Kamailio up to C(reg_timer_interval) (90 seconds by default).
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Write the file of the accounts
  siptrunk.telnyx.sip_config_files:
    dest: "{{ playbook_dir }}/kamailio"
    program: kamailio
    files:
      version: "{{ 'id(int,auto) table_name(string) table_version(int)\n' | b64encode }}"
    backups: 3
    note_reload: true
  register: files

- name: Make Kamailio load it
  siptrunk.telnyx.sip_config_reload:
    program: kamailio
    dest: "{{ playbook_dir }}/kamailio"
    written: "{{ files.not_loaded.written }}"
    removed: "{{ files.not_loaded.removed }}"
    backup: "{{ files.not_loaded.backup | default(omit, true) }}"
    console_command: kamcmd -s unix:/run/kamailio/kamailio_ctl
    verify_timeout: 0  # or 120

- name: Put back the files that were replaced last, and load them
  siptrunk.telnyx.sip_config_reload:
    program: kamailio
    dest: "{{ playbook_dir }}/kamailio"
    state: rolled_back
"""

RETURN = r"""
reloaded:
  description: Whether the program has loaded the files that are there now.
  returned: success, or if the program did not register
  type: bool
rolled_back:
  description: Whether the replaced files were put back.
  returned: success, or if the program did not register
  type: bool
restored:
  description: The files that were put back or removed by a rollback.
  returned: success, or if the program did not register
  type: list
  elements: str
registered:
  description: The user names of the accounts that are registered, with the files that were verified first.
  returned: if it was verified
  type: list
  elements: str
  sample: [berlin00001]
not_registered:
  description: The accounts that are not registered.
  returned: if it was verified
  type: list
  elements: dict
  contains:
    user_name:
      description: The user name.
      type: str
    state:
      description: The state as the program's console shows it, or C(not loaded).
      type: str
  sample: [{user_name: berlin00001, state: Rejected}]
after_rollback:
  description: The same after the files were put back.
  returned: if it was verified and rolled back
  type: dict
  contains:
    reloaded:
      description: Whether the program has loaded the old files.
      type: bool
    registered:
      description: The user names of the accounts that are registered.
      type: list
      elements: str
    not_registered:
      description: The accounts that are not registered.
      type: list
      elements: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import ReplaceError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.console import CONSOLE_COMMANDS, Console
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.file_backups import (
    backups,
    remove_backup,
    restore_backup,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.pending_reload import remove_pending
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.reloader import Attempt, Reloader


def reloader_of(module: AnsibleModule) -> Reloader | None:
    """Return how the program loads its files, or ``None`` if it does not. Fail if it is to be verified and cannot be."""
    program, timeout = module.params["program"], module.params["verify_timeout"]
    own = module.params["reload_command"]
    if timeout < 0:
        module.fail_json(msg="verify_timeout: must not be negative.")
    if timeout and program not in CONSOLE_COMMANDS:
        module.fail_json(msg=f"verify_timeout: {program} has no console that shows whether it registers.")
    if timeout and own == "":
        module.fail_json(msg="verify_timeout: with an empty reload_command, nothing loads the files.")
    console = None
    if program in CONSOLE_COMMANDS:
        console = Console(program, module.params["console_command"] or CONSOLE_COMMANDS[program])
    if own == "" or (own is None and console is None):
        return None
    return Reloader(program, module.params["dest"], console, own, module.params["profile"], timeout)


def warn(module: AnsibleModule, attempt: Attempt) -> None:
    """Warn about a reload that did not happen, or not completely."""
    if not attempt.reloaded:
        program = module.params["program"]
        module.warn(f"{program} was not reloaded (it reads the files when it starts): {attempt.problem}")
    elif attempt.problem:
        module.warn(attempt.problem)


def not_restored(error: OSError) -> str:
    """Return which files are neither as before nor restored, for a message about a failed rollback."""
    paths = error.not_restored if isinstance(error, ReplaceError) else []
    return f". These are neither as before nor restored: {', '.join(paths)}" if paths else ""


def restore_files(module: AnsibleModule, backup: str) -> list[str]:
    """Restore the files of a backup, and return their paths. Raises :class:`OSError`."""

    def set_context(staged: str, path: str) -> None:
        if module.selinux_enabled():
            module.set_context_if_different(staged, module.selinux_default_context(path), False)

    paths = restore_backup(module.params["dest"], backup, set_context)
    remove_backup(backup)
    return paths


def load_new_files(module: AnsibleModule, reloader: Reloader) -> dict[str, Any]:
    """Reload the program, and roll back if it does not register. Raises :class:`OSError`."""
    paths, backup = [*module.params["written"], *module.params["removed"]], module.params["backup"]
    now = reloader.accounts()
    attempt = reloader.attempt(reloader.change(paths, reloader.accounts_before(backup)))
    result = {"changed": attempt.reloaded, "rolled_back": False, "restored": [], **attempt.as_dict()}
    if attempt.is_good():
        remove_pending(reloader.dest, reloader.program)
    if not reloader.timeout:
        warn(module, attempt)
    elif not attempt.is_good():
        result.update(failed=True, msg=f"With the new files, {attempt.sentence(reloader.program, reloader.timeout)}")
        roll_back(module, reloader, now, result)
    return result


def roll_back(module: AnsibleModule, reloader: Reloader, now: dict[str, str], result: dict[str, Any]) -> None:
    """Put back the old files, reload the program, and add the outcome to the result.

    ``now`` are the settings of the accounts of the new files.
    """
    backup = module.params["backup"]
    if backup is None:
        result["msg"] += " The new files stay, because there is no backup of the old ones."
        return
    try:
        restored = restore_files(module, backup)
    except OSError as exc:
        reason = f"{exc.filename or backup}: {exc.strerror}{not_restored(exc)}"
        result["msg"] += f" The new files stay, because the old ones cannot be put back: {reason}."
        return
    attempt = reloader.attempt(reloader.change(restored, now))
    if attempt.reloaded:
        remove_pending(reloader.dest, reloader.program)
    sentence = attempt.sentence(reloader.program, reloader.timeout)
    result["msg"] += f" The old files were put back. With them, {sentence}"
    result.update(changed=True, rolled_back=True, restored=restored)
    result.update(reloaded=attempt.reloaded, after_rollback=attempt.as_dict())


def load_old_files(module: AnsibleModule, reloader: Reloader | None) -> dict[str, Any]:
    """Put back the files of a backup and reload the program. Raises :class:`OSError`."""
    dest = module.params["dest"]
    backup = module.params["backup"] or next(reversed(backups(dest)), None)
    if backup is None:
        module.fail_json(msg=f"There is no backup in {dest}.")
    result: dict[str, Any] = {"changed": True, "reloaded": False, "rolled_back": False, "restored": []}
    if module.check_mode:
        return result
    now = reloader.accounts() if reloader else {}
    restored = restore_files(module, backup)
    result.update(rolled_back=True, restored=restored)
    if reloader is None:
        remove_pending(dest, module.params["program"])
        return result
    attempt = reloader.attempt(reloader.change(restored, now))
    result.update(attempt.as_dict())
    if attempt.reloaded:
        remove_pending(dest, module.params["program"])
    if not reloader.timeout:
        warn(module, attempt)
    elif not attempt.is_good():
        sentence = attempt.sentence(reloader.program, reloader.timeout)
        result.update(failed=True, msg=f"The old files were put back. With them, {sentence}")
    return result


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the options say, and return the result. Raises :class:`OSError`."""
    reloader = reloader_of(module)
    if module.params["state"] == "rolled_back":
        return load_old_files(module, reloader)
    has_changes = bool(module.params["written"] or module.params["removed"])
    if reloader is None or module.check_mode or not has_changes:
        if reloader is None and has_changes and not module.check_mode:
            remove_pending(module.params["dest"], module.params["program"])
            if module.params["reload_command"] is None:
                module.warn(f"{module.params['program']} was not reloaded: there is no reload_command. Restart it.")
        return {"changed": False, "reloaded": False, "rolled_back": False, "restored": []}
    return load_new_files(module, reloader)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "program": {"type": "str", "required": True},
            "dest": {"type": "path", "required": True},
            "written": {"type": "list", "elements": "str", "default": []},
            "removed": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["reloaded", "rolled_back"], "default": "reloaded"},
            "backup": {"type": "path"},
            "reload_command": {"type": "str"},
            "console_command": {"type": "str"},
            "profile": {"type": "str", "default": "external"},
            "verify_timeout": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename or module.params['dest']}: {exc.strerror or exc}{not_restored(exc)}.")
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
