#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that writes the files of a SIP program, and puts replaced ones back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_config_files
short_description: Write the configuration files of a SIP program without showing their passwords
version_added: 0.1.0
description:
  - A part of the role P(siptrunk.telnyx.sip_config#role). On the controller it checks the role's variables and the connections, and
    renders the files, so that no password is in a task's arguments. On the managed node it writes them and returns the difference with
    passwords hidden.
  - All files are written beside their destinations first, with their final owner and mode before they have any content, and are
    validated there. Then they are renamed to their destinations. If one rename fails, the earlier ones are undone, so that either all
    files are new or none is.
  - A file of Asterisk, FreeSWITCH or baresip that the role did not write is an error, unless it has only comments. Rows of other
    origin in Kamailio's tables stay as they are. A symbolic link is an error.
  - Files of the role that are no longer wanted are removed, and so is what an interrupted run left.
  - The files that are replaced or removed are copied first, to a folder C(.telnyx-backups) in O(dest). The copies contain passwords; they
    have the mode 0600, and their folders 0700.
  - As root, files get the owner and the group of O(dest) unless O(owner) and O(group) are given.
  - O(unsafe_writes) has no effect.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - ansible.builtin.files
attributes:
  check_mode:
    description: Returns what would be written.
    support: full
  diff_mode:
    description: Every changed line is shown, with passwords hidden. Of a template of your own, only the number of lines is.
    support: full
options:
  state:
    description: Whether the files are written, or those of a backup are put back.
    type: str
    choices: [written, restored]
    default: written
  program:
    description: The SIP program; the role's variable.
    type: str
    required: true
  dest:
    description: The folder; the role's variable. It is created if it does not exist, accessible to O(owner) only.
    type: path
    required: true
  files:
    description:
      - The content of each file, in Base64, by the file's name. By default it is rendered from the role's variables.
      - Callback plugins can read it, like all arguments of a task, so do not give files with passwords.
    type: dict
  kept_users:
    description: The user names of accounts that stay as they are, because their connections were skipped.
    type: list
    elements: str
    default: []
  validate:
    description:
      - A command that validates a file before it is used, with V(%s) for its path.
      - It runs without a shell, and not in check mode. Its output is not shown, because it may quote the file.
    type: str
  mode:
    description: The mode of the files, also of those that exist. At no time are they accessible to others than this mode allows.
    type: raw
    default: "0600"
  backups:
    description: How many backups are kept in O(dest). With V(0), none is made, and none is removed.
    type: int
    default: 0
  backup:
    description: With O(state=restored), the folder of the backup. By default the newest one. It is removed then.
    type: path
"""

EXAMPLES = r"""
- name: Write a file, and keep the one that it replaces
  siptrunk.telnyx.sip_config_files:
    program: custom
    dest: "{{ playbook_dir }}/phones"
    files:
      phone.cfg: "{{ '#!version:1.0.0.1\n' | b64encode }}"
    backups: 3

- name: Put back the files that were replaced last
  siptrunk.telnyx.sip_config_files:
    state: restored
    program: custom
    dest: "{{ playbook_dir }}/phones"
"""

RETURN = r"""
dest:
  description: The folder.
  returned: success
  type: str
  sample: /etc/asterisk
written:
  description: The files that were written or put back.
  returned: success
  type: list
  elements: str
  sample: [/etc/asterisk/pjsip_wizard_telnyx.conf]
removed:
  description: The files that were removed.
  returned: success
  type: list
  elements: str
backup:
  description: The folder with copies of the files that were replaced or removed; null if there is none.
  returned: success
  type: str
  sample: /etc/asterisk/.telnyx-backups/20261126T150000.123456Z
accounts:
  description: The user names of the accounts in the files, by the name of the section or gateway.
  returned: success
  type: dict
  sample: {telnyx-berlin00001: berlin00001}
reregistered:
  description: The sections or gateways that register with other settings than before.
  returned: success
  type: list
  elements: str
  sample: [telnyx-berlin00001]
unregistered:
  description: The sections or gateways that are not there any more.
  returned: success
  type: list
  elements: str
configured_twice:
  description: Lines of other files, as C(path:line), that register a user of these files, too.
  returned: success
  type: list
  elements: str
"""

import base64
import os
import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import (
    ReplaceError,
    discard,
    replace_all,
    set_owner_and_mode,
    stage,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.backups import (
    SavedFile,
    backups,
    create_backup,
    remove_backup,
    remove_old_backups,
    saved_files,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.folder import (
    Plan,
    configured_twice,
    interrupted,
    plan_files,
    plan_restoration,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _wanted_files(module: AnsibleModule) -> dict[str, str]:
    """Return the texts of the files by name. Messages quote no content."""
    files = {}
    for name, encoded in (module.params["files"] or {}).items():
        if name != os.path.basename(name) or name in ("", ".", "..") or "\0" in name:
            module.fail_json(msg=f"files: {name!r} is not the name of a file. Nothing was written.")
        try:
            files[name] = base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape")
        except (TypeError, ValueError):
            module.fail_json(msg=f"files: the content of {name!r} is not Base64. Nothing was written.")
    return files


def _use_owner_of_folder(module: AnsibleModule, folder: str) -> None:
    """As root, use the folder's owner and group unless others are given: the program must read the files."""
    if os.geteuid() == 0:
        found = os.stat(folder)
        for name, value in (("owner", found.st_uid), ("group", found.st_gid)):
            if module.params[name] is None:
                module.params[name] = str(value)


def _make_folder(module: AnsibleModule) -> None:
    """Create the folder for the files if it is not there, with the owner that the files get. Raises :class:`OSError`."""
    dest = module.params["dest"]
    if not os.path.isdir(dest):
        os.makedirs(dest, 0o700)
        _use_owner_of_folder(module, os.path.dirname(os.path.abspath(dest)))
        module.set_owner_if_different(dest, module.params["owner"], True)
        module.set_group_if_different(dest, module.params["group"], True)


def _set_attributes(module: AnsibleModule, path: str, staged: str) -> None:
    """Give a staged file the owner, group, mode and SELinux context of its final path."""
    arguments = module.load_file_common_arguments(module.params, path=path)
    # An attribute such as "immutable" would prevent the rename.
    module.set_fs_attributes_if_different({**arguments, "path": staged, "attributes": None}, True)


def _set_saved_attributes(module: AnsibleModule, path: str, file: SavedFile, staged: str) -> None:
    set_owner_and_mode(staged, file.owner_and_mode)
    if module.selinux_enabled():
        module.set_context_if_different(staged, module.selinux_default_context(path), False)


def _validate(module: AnsibleModule, name: str, path: str) -> None:
    """Fail if the command does not accept the staged file. Its output may quote the file and is not shown."""
    try:
        command = [word.replace("%s", path) for word in shlex.split(module.params["validate"])]
        code, _out, _err = module.run_command(command, handle_exceptions=False)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        module.fail_json(msg=f"sip_config_validate: the command cannot be run: {reason}. Nothing was written.")
    if code:
        module.fail_json(msg=f"{name}: {command[0]} rejects it (exit code {code}). Nothing was written.")


def _replace(module: AnsibleModule, plan: Plan) -> str | None:
    """Stage and validate the new files, and replace the old ones. Return the path of a backup. Raises :class:`OSError`."""
    staged = {}
    for path, text in plan.written().items():
        content, prepare = text.encode("utf-8", "surrogateescape"), partial(_set_attributes, module, path)
        staged[path] = stage(path, content, prepare, module.add_cleanup_file)
        if module.params["validate"]:
            _validate(module, os.path.basename(path), staged[path])
    backup = create_backup([*staged, *plan.removed()]) if module.params["backups"] else None
    try:
        replace_all(staged, plan.removed())
    except OSError:
        if backup:
            remove_backup(backup)
        raise
    return backup


def _write(module: AnsibleModule) -> dict[str, Any]:
    """Make the folder's files as wanted, unless in check mode, and return the result. Raises :class:`OSError`."""
    dest, keep, wanted = module.params["dest"], module.params["backups"], _wanted_files(module)
    plan = plan_files(module.params["program"], dest, wanted, module.params["kept_users"])
    left = interrupted(module.params["program"], dest, wanted)
    if os.path.isdir(dest):
        _use_owner_of_folder(module, dest)
    is_different = bool(plan.written() or plan.removed())
    backup = None
    if not module.check_mode:
        if is_different:
            _make_folder(module)
        discard(left)
        backup = _replace(module, plan) if is_different else None
        remove_old_backups(dest, keep if backup else None)
    adjusted = [
        path
        for path in plan.after
        if os.path.exists(path)
        and module.set_fs_attributes_if_different(module.load_file_common_arguments(module.params, path=path), False)
    ]
    return _result(plan, dest, backup, bool(is_different or left or adjusted))


def _restore(module: AnsibleModule) -> dict[str, Any]:
    """Put back the files of a backup, unless in check mode, and return the result. Raises :class:`OSError`."""
    dest = module.params["dest"]
    backup = module.params["backup"] or next(reversed(backups(dest)), None)
    if backup is None:
        module.fail_json(msg=f"There is no backup in {dest}.")
    saved = saved_files(dest, backup)
    plan = plan_restoration(module.params["program"], dest, saved)
    if not module.check_mode:
        staged = {
            path: stage(path, file.content, partial(_set_saved_attributes, module, path, file), module.add_cleanup_file)
            for path, file in saved.items()
            if file
        }
        replace_all(staged, plan.removed())
        remove_backup(backup)
    return _result(plan, dest, None, True)


def _result(plan: Plan, dest: str, backup: str | None, changed: bool) -> dict[str, Any]:
    return {
        "changed": changed,
        "dest": dest,
        "written": list(plan.written()),
        "removed": plan.removed(),
        "backup": backup,
        "diff": plan.differences(),
        "configured_twice": configured_twice(plan, dest),
        **plan.change(),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["written", "restored"], "default": "written"},
            "program": {"type": "str", "required": True},
            "dest": {"type": "path", "required": True},
            "files": {"type": "dict", "no_log": True},
            "kept_users": {"type": "list", "elements": "str", "default": []},
            "validate": {"type": "str"},
            "mode": {"type": "raw", "default": "0600"},
            "backups": {"type": "int", "default": 0},
            "backup": {"type": "path"},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    action: Callable[[AnsibleModule], dict[str, Any]] = _restore if module.params["state"] == "restored" else _write
    try:
        result = action(module)
    except SipConfigError as exc:
        module.fail_json(msg=f"{exc} Nothing was written.")
    except ReplaceError as exc:
        state = f"These were not restored: {', '.join(exc.not_restored)}" if exc.not_restored else "Nothing was changed"
        module.fail_json(msg=f"{exc.filename}: cannot be replaced: {exc.strerror}. {state}.")
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename or module.params['dest']}: {exc.strerror or 'cannot be written'}.")
    except ValueError as exc:  # a null byte, or a character that the file system cannot represent
        module.fail_json(msg=f"dest: it is not a path: {exc}. Nothing was written.")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
