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
  - Writes files on the managed node and returns the difference with passwords hidden.
  - All files are written beside their destinations first, with their final owner and mode before they have any content, and are
    validated there. Then they are renamed to their destinations. If one rename fails, the earlier ones are undone, so that either all
    files are new or none is.
  - With O(program=freeswitch), gateways that the role P(siptrunk.telnyx.sip_config#role) wrote earlier and that are no longer wanted are
    removed from the folder. These are the files that begin with the role's heading and whose gateway is named C(telnyx-) and the file's
    name.
  - A symbolic link at a destination is replaced by the file. Anything else there that is not a regular file is an error.
  - With O(backups), the files that are replaced or removed are copied first, to a folder C(.telnyx-backups) in O(dest). The module
    M(siptrunk.telnyx.sip_config_reload) can put them back. The copies contain passwords; they have the mode 0600, and their folders 0700.
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
    description: The difference is shown with passwords hidden.
    support: full
options:
  dest:
    description: The folder. It is created if it does not exist, accessible to O(owner) only.
    type: path
    required: true
  files:
    description:
      - The content of each file, in Base64, by the file's name.
      - One of O(files) and O(files_variable) is required. Callback plugins can read O(files), like all arguments of a task, so use
        O(files_variable) for files with passwords.
    type: dict
  files_variable:
    description:
      - The name of a variable that has the value of O(files). It is evaluated on the controller, and its content is not part of the
        task's arguments.
    type: str
  program:
    description:
      - The SIP program. Passwords are recognized in the files of V(asterisk), V(freeswitch), V(kamailio) and V(baresip), as the role
        P(siptrunk.telnyx.sip_config#role) writes them. With any other value, no content is shown.
    type: str
    required: true
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
    description:
      - How many backups are kept in O(dest). If a file is written or removed, one is made and the oldest are removed.
      - With V(0), none is made, and none is removed.
    type: int
    default: 0
  note_reload:
    description:
      - Whether a note is kept in O(dest) of what the program has not loaded yet. The module M(siptrunk.telnyx.sip_config_reload) removes
        it. So files are loaded by the next run if this one is interrupted, or if the reload fails.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Write the accounts of baresip
  siptrunk.telnyx.sip_config_files:
    dest: "{{ playbook_dir }}/baresip"
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
not_loaded:
  description:
    - What the program has still to load. It is the input of the module M(siptrunk.telnyx.sip_config_reload).
    - With O(note_reload), files that an earlier run wrote or removed and that were not loaded are among them.
  returned: success
  type: dict
  contains:
    written:
      description: The files that were written, or whose owner, group, mode or other attribute was changed.
      type: list
      elements: str
    removed:
      description: The files that were removed.
      type: list
      elements: str
    backup:
      description: The folder with copies of the files that were replaced or removed; null if there is none.
      type: str
  sample:
    written: [/etc/asterisk/pjsip_wizard_telnyx.conf]
    removed: []
    backup: /etc/asterisk/.telnyx-backups/20261126T150000.123456Z
"""

import os
import re
import shlex
import stat
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import (
    ReplaceError,
    check_replaceable,
    read_regular,
    replace_all,
    stage,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.encoded_files import (
    decoded_files,
    is_representable,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.file_backups import (
    create_backup,
    remove_backup,
    remove_old_backups,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.pending_reload import (
    NOTHING,
    PendingReload,
    read_pending,
    remove_pending,
    write_pending,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.redaction import (
    is_managed,
    is_managed_gateway,
    without_content,
    without_passwords,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.escaping import BARESIP_LINE_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

# Replaces the content of a symbolic link in the difference.
LINK = b"(a symbolic link)\n"


def read(path: str) -> bytes | None:
    """Return the content of a regular file, or ``None`` if the path does not exist. A link is not followed.

    Raises :class:`OSError`, also if the path is anything else.
    """
    if os.path.islink(path):
        return LINK
    check_replaceable(path)
    return read_regular(path)


def wanted_files(module: AnsibleModule) -> dict[str, bytes]:
    """Return the checked content of the files by name. Messages quote no content."""
    try:
        files = decoded_files(module.params["files"])
    except SipConfigError as exc:
        module.fail_json(msg=f"{exc} Nothing was written.")
    for name in files:
        if name.endswith(".xml"):
            check_xml(module, name, files[name])
        if module.params["program"] == "baresip":
            check_line_lengths(module, name, files[name])
    return files


def check_xml(module: AnsibleModule, name: str, content: bytes) -> None:
    """Fail if the content is not well-formed XML."""
    try:
        ElementTree.fromstring(content)  # noqa: S314 - the role's own text
    except (ElementTree.ParseError, ValueError, LookupError) as exc:  # LookupError: an unknown encoding
        line = f": line {exc.position[0]}" if isinstance(exc, ElementTree.ParseError) else ""
        module.fail_json(msg=f"files: {name} is not XML{line}. Nothing was written.")


def check_line_lengths(module: AnsibleModule, name: str, content: bytes) -> None:
    """Fail if baresip would truncate a line."""
    for number, line in enumerate(content.splitlines(), 1):
        if len(line) > BARESIP_LINE_MAX:
            address = re.match(rb"<sip:[^@;\s]{1,64}(?=@)", line)
            which = f"the line of {address[0].decode('utf-8', 'replace')}" if address else f"line {number}"
            reason = f"{which} has {len(line)} bytes, and baresip truncates it to {BARESIP_LINE_MAX}"
            module.fail_json(msg=f"{name}: {reason}. Nothing was written.")


def obsolete_files(folder: str, wanted: Mapping[str, bytes]) -> list[str]:
    """Return the paths of the folder's gateways that the role wrote and that are no longer wanted."""
    if not os.path.isdir(folder):
        return []
    names = sorted(name for name in os.listdir(folder) if name.endswith(".xml") and name not in wanted)
    paths = [os.path.join(folder, name) for name in names]
    return [path for path in paths if is_managed_file(path)]


def is_managed_file(path: str) -> bool:
    """Return whether the role wrote this gateway: no if the path is not a regular file or cannot be read."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        content = read_regular(path) or b""
    except OSError:
        return False
    return is_managed_gateway(os.path.basename(path)[: -len(".xml")], content.decode("utf-8", "replace"))


def diff_of(program: str, path: str, before: bytes | None, wanted: bytes) -> dict[str, str]:
    """Return the difference of a file that is written, with passwords hidden."""
    old, new = ((content or b"").decode("utf-8", "replace") for content in (before, wanted))
    is_ours = is_managed(program, old, new)
    if before == LINK:
        shown = LINK.decode()
    elif is_ours:
        shown = without_passwords(program, old, wanted=new)
    else:
        shown = without_content(old, "that the role did not write")
    return {
        "before_header": path,
        "after_header": path,
        "before": shown,
        "after": without_passwords(program, new, old if is_ours else ""),
    }


def diff_of_removal(path: str) -> dict[str, str]:
    """Return the difference of a file that is removed: the number of its lines. Raises :class:`OSError`."""
    content = (read(path) or b"").decode("utf-8", "replace")
    before = without_content(content, "of a connection that no longer exists")
    return {"before_header": path, "after_header": "/dev/null", "before": before, "after": ""}


def file_attributes(module: AnsibleModule, path: str) -> dict[str, Any]:
    """Return the owner, group, mode, SELinux context and attributes that the file is to have."""
    arguments: dict[str, Any] = module.load_file_common_arguments(module.params, path=path)
    return arguments


def check_validate(module: AnsibleModule) -> None:
    """Fail if the command has no place for the path of the file."""
    if module.params["validate"] and "%s" not in module.params["validate"]:
        module.fail_json(msg="validate: the command has no %s for the path of the file. Nothing was written.")


def validate_staged(module: AnsibleModule, name: str, path: str) -> None:
    """Fail if the command does not accept the staged file. Its output may quote the file and is not shown."""
    try:
        command = [word.replace("%s", path) for word in shlex.split(module.params["validate"])]
        code, _out, _err = module.run_command(command, handle_exceptions=False)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        module.fail_json(msg=f"validate: the command cannot be run: {reason}. Nothing was written.")
    if code:
        module.fail_json(msg=f"{name}: {command[0]} rejects it (exit code {code}). Nothing was written.")


def write(module: AnsibleModule, files: Mapping[str, bytes], removed: list[str]) -> str | None:
    """Write files, by their paths, and remove others: everything or nothing. Return the backup. Raises :class:`OSError`."""
    dest = module.params["dest"]
    if not os.path.isdir(dest):
        os.makedirs(dest, 0o700)
        module.set_owner_if_different(dest, module.params["owner"], True)
        module.set_group_if_different(dest, module.params["group"], True)
    staged = {}
    for path, content in files.items():

        def prepare(new: str, final: str = path) -> None:
            # The SELinux context is that of the final path. An attribute such as "immutable" would prevent the rename.
            arguments = {**file_attributes(module, final), "path": new, "attributes": None}
            module.set_fs_attributes_if_different(arguments, True)

        staged[path] = stage(path, content, prepare, module.add_cleanup_file)
        if module.params["validate"]:
            validate_staged(module, os.path.basename(path), staged[path])
    return replace_with_backup(module, staged, removed)


def replace_with_backup(module: AnsibleModule, staged: Mapping[str, str], removed: list[str]) -> str | None:
    """Replace and remove files, with a backup if there are to be any, and return its path. Raises :class:`OSError`."""
    dest, program, keep = (module.params[name] for name in ("dest", "program", "backups"))
    backup = create_backup([*staged, *removed]) if keep else None
    before = read_pending(dest, program)
    try:
        if module.params["note_reload"]:
            write_pending(dest, program, before.and_then(PendingReload(list(staged), removed, backup)))
        replace_all(staged, removed)
    except OSError:
        if backup:
            remove_backup(backup)
        if before:
            write_pending(dest, program, before)
        else:
            remove_pending(dest, program)
        raise
    if backup:
        remove_old_backups(module.params["dest"], keep)
    return backup


def update(module: AnsibleModule, wanted: Mapping[str, bytes]) -> dict[str, Any]:
    """Make the folder's files as wanted, unless in check mode, and return the result. Raises :class:`OSError`."""
    program = module.params["program"]
    files = {os.path.join(module.params["dest"], name): wanted[name] for name in sorted(wanted)}
    before = {path: read(path) for path in files}
    differing = {path: content for path, content in files.items() if before[path] != content}
    # Only gateways have one file each. The other programs' files are always wanted.
    removed = obsolete_files(module.params["dest"], wanted) if program == "freeswitch" else []
    diff = [diff_of(program, path, before[path], content) for path, content in differing.items()]
    diff += [diff_of_removal(path) for path in removed]
    changed = bool(differing or removed)
    backup = write(module, differing, removed) if changed and not module.check_mode else None
    existing = [path for path in files if os.path.exists(path) and not os.path.islink(path)]
    adjusted = [
        path for path in existing if module.set_fs_attributes_if_different(file_attributes(module, path), False)
    ]
    earlier = read_pending(module.params["dest"], program) if module.params["note_reload"] else NOTHING
    pending = earlier.and_then(PendingReload([*differing, *adjusted], removed, backup))
    if adjusted and not module.check_mode and module.params["note_reload"]:
        write_pending(module.params["dest"], program, pending)
    return {
        "changed": changed or bool(adjusted),
        "written": list(differing),
        "removed": removed,
        "not_loaded": pending._asdict(),
        "diff": diff,
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "files": {"type": "dict", "no_log": True},
            "files_variable": {"type": "str"},  # the action plugin evaluates it
            "program": {"type": "str", "required": True},
            "validate": {"type": "str"},
            "mode": {"type": "raw", "default": "0600"},
            "backups": {"type": "int", "default": 0},
            "note_reload": {"type": "bool", "default": False},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    if not is_representable(module.params["dest"]):
        module.fail_json(msg="dest: it is not a path.")
    if module.params["backups"] < 0:
        module.fail_json(msg="backups: the number is negative. Nothing was written.")
    check_validate(module)
    wanted = wanted_files(module)
    try:
        result = update(module, wanted)
    except ReplaceError as exc:
        state = f"These were not restored: {', '.join(exc.not_restored)}" if exc.not_restored else "Nothing was changed"
        module.fail_json(msg=f"{exc.filename}: cannot be replaced: {exc.strerror}. {state}.")
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename or module.params['dest']}: {exc.strerror or 'cannot be written'}.")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
