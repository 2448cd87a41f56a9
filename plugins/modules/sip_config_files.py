#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that writes the files of a SIP program."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_config_files
short_description: Write the configuration files of a SIP program without showing their passwords
version_added: 0.1.0
description:
  - Writes files on the target, each at once or not at all, and shows the difference with passwords hidden.
  - Files that the role P(siptrunk.telnyx.sip_config#role) wrote before and that are no longer wanted are removed from the folder.
  - All files are checked before the first of them is replaced.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - ansible.builtin.files
attributes:
  check_mode:
    description: It says what it would write.
    support: full
  diff_mode:
    description: The difference is shown with passwords hidden.
    support: full
options:
  dest:
    description: The folder. It is made if it is not there, for O(owner) alone.
    type: path
    required: true
  files:
    description:
      - The content of each file, in Base64, by the file's name.
      - One of O(files) and O(files_variable) is required. Callback plugins can read O(files), as all arguments of a task, so use
        O(files_variable) for files with passwords.
    type: dict
  files_variable:
    description:
      - The name of a variable that holds what O(files) would hold. It is evaluated on the controller, and its content is
        no part of the task's arguments.
    type: str
  target:
    description: The program, in whose files passwords are known. With any other word, no content is shown.
    type: str
    required: true
  validate:
    description: A command that checks a file before it is used, with V(%s) in the place of its path.
    type: str
"""

EXAMPLES = r"""
- name: Write the accounts of baresip
  siptrunk.telnyx.sip_config_files:
    dest: /tmp/baresip-example
    target: baresip
    files:
      accounts: "{{ '# Managed by siptrunk.telnyx.sip_config\n' | b64encode }}"
    mode: "0600"
"""

RETURN = r"""
written:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: [/etc/asterisk/pjsip_wizard_telnyx.conf]
removed:
  description: The files that were removed.
  returned: success
  type: list
  elements: str
  sample: []
"""

import base64
import os
import shlex
import tempfile
from typing import Any, Dict, List
from xml.etree import ElementTree

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.siptrunk.telnyx.plugins.module_utils.sip_text import (
    BARESIP_LINE_MAX,
    MARK,
    is_ours,
    without_content,
    without_passwords,
)


def read(path: str) -> bytes:
    """The file's content, or nothing where it is not there."""
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def gone(folder: str, wanted: Dict[str, bytes]) -> List[str]:
    """The files of the folder that we wrote once and that are no longer wanted."""
    if not os.path.isdir(folder):
        return []
    names = [name for name in os.listdir(folder) if name.endswith(".xml") and name not in wanted]
    paths = [os.path.join(folder, name) for name in sorted(names)]
    return [path for path in paths if os.path.isfile(path) and MARK.encode() in read(path)[:300]]


def contents(module: AnsibleModule) -> Dict[str, bytes]:
    """The files by name, checked."""
    files = {}
    for name, encoded in module.params["files"].items():
        if name != os.path.basename(name) or name in ("", ".", ".."):
            module.fail_json(msg=f"files: {name!r} is no name of a file.")
        files[name] = base64.b64decode(encoded)
        if name.endswith(".xml"):
            try:
                ElementTree.fromstring(files[name])  # noqa: S314 - the role's own text
            except ElementTree.ParseError as exc:
                module.fail_json(msg=f"files: {name} is no XML: line {exc.position[0]}. Nothing was written.")
        if module.params["target"] == "baresip":
            for line in files[name].splitlines():
                if len(line) > BARESIP_LINE_MAX:
                    who = line.partition(b"@")[0][-40:].decode("utf-8", "replace")
                    reason = f"the line of {who} has {len(line)} bytes, and baresip cuts it at {BARESIP_LINE_MAX}"
                    module.fail_json(msg=f"{name}: {reason}. Nothing was written.")
    return files


def stage(module: AnsibleModule, name: str, content: bytes) -> str:
    """Write a file beside its place, and let the program check it there."""
    descriptor, path = tempfile.mkstemp(prefix=f".{name}.", dir=module.params["dest"])
    with open(descriptor, "wb") as file:
        file.write(content)
    module.add_cleanup_file(path)
    if module.params["validate"]:
        try:
            command = [word.replace("%s", path) for word in shlex.split(module.params["validate"])]
            code, _out, _err = module.run_command(command, handle_exceptions=False)
        except (OSError, ValueError) as exc:
            module.fail_json(
                msg=f"validate: it cannot be run: {getattr(exc, 'strerror', None) or exc}. Nothing was written."
            )
        if code:  # what it printed may quote the file
            module.fail_json(msg=f"{name}: {command[0]} refuses it (exit code {code}). Nothing was written.")
    return path


def set_attributes(module: AnsibleModule, path: str, changed: bool) -> bool:
    """Give a file its owner and mode."""
    arguments: Dict[str, Any] = module.load_file_common_arguments(module.params, path=path)
    return bool(module.set_fs_attributes_if_different(arguments, changed))


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "files": {"type": "dict", "no_log": True},
            "files_variable": {"type": "str"},  # for the action, which evaluates it
            "target": {"type": "str", "required": True},
            "validate": {"type": "str"},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    dest = module.params["dest"]
    wanted = contents(module)
    try:
        before = {name: read(os.path.join(dest, name)) for name in wanted}
        differing = [name for name in sorted(wanted) if before[name] != wanted[name]]
        # An empty file that is wanted and not there differs too.
        differing += [
            name for name in sorted(wanted) if name not in differing and not os.path.exists(os.path.join(dest, name))
        ]
        # Only gateways have a file each; the other programs' files are always wanted.
        removed = gone(dest, wanted) if module.params["target"] == "freeswitch" else []
        diff = [
            {
                "before_header": os.path.join(dest, name),
                "after_header": os.path.join(dest, name),
                "before": shown(module, before[name], wanted[name]),
                "after": shown(module, wanted[name], wanted[name], before[name]),
            }
            for name in differing
        ]
        diff += [
            {
                "before_header": path,
                "after_header": "/dev/null",
                "before": without_content(read(path).decode("utf-8", "replace"), "of a connection that has gone"),
                "after": "",
            }
            for path in removed
        ]
        changed = bool(differing or removed)
        if not module.check_mode:
            if not os.path.isdir(dest):
                os.makedirs(dest, 0o700)
                module.set_owner_if_different(dest, module.params["owner"], True)
                module.set_group_if_different(dest, module.params["group"], True)
            staged = {name: stage(module, name, wanted[name]) for name in differing}
            for name, path in staged.items():
                set_attributes(module, path, True)
                if os.path.exists(os.path.join(dest, name)):  # whose mode the new file would have at first
                    set_attributes(module, os.path.join(dest, name), True)
                module.atomic_move(path, os.path.join(dest, name))
            for path in removed:
                os.unlink(path)
        for name in wanted:
            path = os.path.join(dest, name)
            if os.path.exists(path):
                changed = set_attributes(module, path, changed)
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename or dest}: {exc.strerror or 'cannot be written'}.")
    module.exit_json(
        changed=changed, written=[os.path.join(dest, name) for name in differing], removed=removed, diff=diff
    )


def shown(module: AnsibleModule, content: bytes, wanted: bytes, before: bytes = b"") -> str:
    """A file's content for a diff: the wanted one, with passwords that ``before`` does not have called new, or an old one."""
    target = module.params["target"]
    text, new, other = (each.decode("utf-8", "replace") for each in (content, wanted, before))
    if text == new:
        return without_passwords(target, text, other if is_ours(target, other, new) else "")
    if not is_ours(target, text, new):
        return without_content(text, "that the role did not write")
    return without_passwords(target, text, wanted=new)


if __name__ == "__main__":
    main()
