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
  - Writes files on the target, and shows the difference with passwords hidden.
  - All files are written beside their places first, with their final owner and mode before they have any content, and are checked there.
    Then they are renamed into their places. If one cannot be, those before it are put back, so that all of them are new or none is.
  - With O(program=freeswitch), gateways that the role P(siptrunk.telnyx.sip_config#role) wrote before and that are no longer wanted are
    removed from the folder. These are the files whose heading says so and whose gateway is called C(telnyx-) and the file's name.
  - A symbolic link in a file's place is replaced by the file. Anything else that is no regular file is an error.
  - O(unsafe_writes) has no effect.
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
  program:
    description: The program, in whose files passwords are known. With any other word, no content is shown.
    type: str
    required: true
  validate:
    description:
      - A command that checks a file before it is used, with V(%s) in the place of its path.
      - It runs without a shell and not in check mode. What it prints is not shown, for it may quote the file.
    type: str
  mode:
    description: The mode of the files, those that are there included. They are never readable by more than this, not even for a moment.
    type: raw
    default: "0600"
"""

EXAMPLES = r"""
- name: Write the accounts of baresip
  siptrunk.telnyx.sip_config_files:
    dest: /tmp/baresip-example
    program: baresip
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
import binascii
import os
import re
import shlex
import stat
from typing import Any
from xml.etree import ElementTree

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import (
    ReplaceError,
    check_replaceable,
    read_regular,
    replace_all,
    stage,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.escaping import (
    BARESIP_LINE_MAX,
    is_managed_gateway,
    is_ours,
    without_content,
    without_passwords,
)

LINK = b"(a symbolic link)\n"


def read(path: str) -> bytes | None:
    """The content of the regular file, ``None`` where nothing is there. A link is not followed: it is replaced.

    Raises :class:`OSError`, too where something else is in the file's place.
    """
    if os.path.islink(path):
        return LINK
    check_replaceable(path)
    return read_regular(path)


def gone(folder: str, wanted: dict[str, bytes]) -> list[str]:
    """The gateways of the folder that the role wrote and that are no longer wanted."""
    if not os.path.isdir(folder):
        return []
    names = sorted(name for name in os.listdir(folder) if name.endswith(".xml") and name not in wanted)
    paths = [os.path.join(folder, name) for name in names]
    return [path for path in paths if is_managed(path)]


def is_managed(path: str) -> bool:
    """Whether the role wrote this gateway. What is no regular file, or cannot be read, is somebody else's."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        content = read_regular(path) or b""
    except OSError:
        return False
    return is_managed_gateway(os.path.basename(path)[: -len(".xml")], content.decode("utf-8", "replace"))


def contents(module: AnsibleModule) -> dict[str, bytes]:
    """The files by name, checked. A message quotes nothing of a content."""
    files = {}
    for name, encoded in module.params["files"].items():
        if name != os.path.basename(name) or name in ("", ".", "..") or not encodable(name):
            module.fail_json(msg=f"files: {name!r} is no name of a file.")
        try:
            files[name] = base64.b64decode(re.sub(r"\s", "", encoded), validate=True)
        except (TypeError, ValueError, binascii.Error):
            module.fail_json(msg=f"files: the content of {name!r} is no Base64. Nothing was written.")
        if name.endswith(".xml"):
            try:
                ElementTree.fromstring(files[name])  # noqa: S314 - the role's own text
            except (ElementTree.ParseError, ValueError, LookupError) as exc:  # LookupError: an unknown encoding
                line = f": line {exc.position[0]}" if isinstance(exc, ElementTree.ParseError) else ""
                module.fail_json(msg=f"files: {name} is no XML{line}. Nothing was written.")
        if module.params["program"] == "baresip":
            check_lines(module, name, files[name])
    return files


def encodable(name: str) -> bool:
    """Whether the system can have the text in a path."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def check_lines(module: AnsibleModule, name: str, content: bytes) -> None:
    """Fail for a line of baresip's that it would cut off."""
    for number, line in enumerate(content.splitlines(), 1):
        if len(line) > BARESIP_LINE_MAX:
            owner = re.match(rb"<sip:[^@;\s]{1,64}(?=@)", line)
            of = f"the line of {owner[0].decode('utf-8', 'replace')}" if owner else f"the line {number}"
            reason = f"{of} has {len(line)} bytes, and baresip cuts it at {BARESIP_LINE_MAX}"
            module.fail_json(msg=f"{name}: {reason}. Nothing was written.")


def check_validate(module: AnsibleModule) -> None:
    """Fail where the command would not look at the file."""
    if module.params["validate"] and "%s" not in module.params["validate"]:
        module.fail_json(msg="validate: it has no %s, in whose place the file's path comes. Nothing was written.")


def validated(module: AnsibleModule, name: str, path: str) -> None:
    """Let the program check a staged file. What the command prints may quote the file, and is shown nowhere."""
    try:
        command = [word.replace("%s", path) for word in shlex.split(module.params["validate"])]
        code, _out, _err = module.run_command(command, handle_exceptions=False)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        module.fail_json(msg=f"validate: it cannot be run: {reason}. Nothing was written.")
    if code:
        module.fail_json(msg=f"{name}: {command[0]} refuses it (exit code {code}). Nothing was written.")


def write(module: AnsibleModule, files: dict[str, bytes], removed: list[str]) -> None:
    """Write files, by their paths, and remove others: all of it or nothing. Raises :class:`OSError`."""
    dest = module.params["dest"]
    if not os.path.isdir(dest):
        os.makedirs(dest, 0o700)
        module.set_owner_if_different(dest, module.params["owner"], True)
        module.set_group_if_different(dest, module.params["group"], True)
    staged = {}
    for path, content in files.items():

        def prepare(new: str, final: str = path) -> None:
            # The SELinux context is the one of the final path; attributes such as "immutable" would forbid the renaming.
            arguments = {**attributes_of(module, final), "path": new, "attributes": None}
            module.set_fs_attributes_if_different(arguments, True)

        staged[path] = stage(path, content, prepare, module.add_cleanup_file)
        if module.params["validate"]:
            validated(module, os.path.basename(path), staged[path])
    replace_all(staged, removed)


def attributes_of(module: AnsibleModule, path: str) -> dict[str, Any]:
    """Owner, mode, SELinux context and attributes that the file is to have."""
    arguments: dict[str, Any] = module.load_file_common_arguments(module.params, path=path)
    return arguments


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "files": {"type": "dict", "no_log": True},
            "files_variable": {"type": "str"},  # for the action, which evaluates it
            "program": {"type": "str", "required": True},
            "validate": {"type": "str"},
            "mode": {"type": "raw", "default": "0600"},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    dest = module.params["dest"]
    if not encodable(dest):
        module.fail_json(msg="dest: it is no path.")
    check_validate(module)
    wanted = contents(module)
    try:
        before = {name: read(os.path.join(dest, name)) for name in wanted}
        differing = [name for name in sorted(wanted) if before[name] != wanted[name]]
        # Only gateways have a file each; the other programs' files are always wanted.
        removed = gone(dest, wanted) if module.params["program"] == "freeswitch" else []
        diff = [
            {
                "before_header": os.path.join(dest, name),
                "after_header": os.path.join(dest, name),
                "before": shown(module, before[name] or b"", wanted[name]),
                "after": shown(module, wanted[name], wanted[name], before[name] or b""),
            }
            for name in differing
        ]
        diff += [
            {
                "before_header": path,
                "after_header": "/dev/null",
                "before": without_content(
                    (read(path) or b"").decode("utf-8", "replace"), "of a connection that has gone"
                ),
                "after": "",
            }
            for path in removed
        ]
        changed = bool(differing or removed)
        if changed and not module.check_mode:
            write(module, {os.path.join(dest, name): wanted[name] for name in differing}, removed)
        for name in wanted:
            path = os.path.join(dest, name)
            if os.path.exists(path) and not os.path.islink(path):
                changed = bool(module.set_fs_attributes_if_different(attributes_of(module, path), changed))
    except ReplaceError as exc:
        state = f"These were not put back: {', '.join(exc.not_restored)}" if exc.not_restored else "Nothing was changed"
        module.fail_json(msg=f"{exc.filename}: cannot be replaced: {exc.strerror}. {state}.")
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename or dest}: {exc.strerror or 'cannot be written'}.")
    module.exit_json(
        changed=changed, written=[os.path.join(dest, name) for name in differing], removed=removed, diff=diff
    )


def shown(module: AnsibleModule, content: bytes, wanted: bytes, before: bytes = b"") -> str:
    """A file's content for a diff: the wanted one, with passwords that ``before`` does not have called new, or an old one."""
    program = module.params["program"]
    if content == LINK:
        return LINK.decode()
    text, new, other = (each.decode("utf-8", "replace") for each in (content, wanted, before))
    if text == new:
        return without_passwords(program, text, other if is_ours(program, other, new) else "")
    if not is_ours(program, text, new):
        return without_content(text, "that the role did not write")
    return without_passwords(program, text, wanted=new)


if __name__ == "__main__":
    main()
