# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a SIP program in their folder: what is there, what is to be there, and which accounts change with it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .._errors import SipConfigError
from .._file_replacement import NAME_MAX, check_replaceable, leftovers, read_regular
from .db_text import Table, merge, merge_version
from .formats import (
    HEADINGS,
    accounts_in,
    is_managed,
    passwords_in,
    registered_users,
    with_accounts,
    without_content,
    without_passwords,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .backups import SavedFile
    from .formats import Account

_NAMES = {
    "asterisk": ("pjsip_wizard_telnyx.conf", "pjsip_transport_telnyx.conf"),
    "kamailio": ("uacreg", "version"),
    "baresip": ("accounts",),
}
_SCANNED_MAX = 64 * 1024 * 1024  # bytes; 10,000 accounts of Asterisk have 15 million


@dataclass
class Plan:
    """What is to change: the old texts of all files that are ours or replaced, the new ones, and files that are removed.

    All are by path. A file that is not to change is in ``before`` and ``after`` with the same text.
    """

    program: str
    before: dict[str, str | None]
    after: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    def differing(self) -> dict[str, str]:
        """Return the new texts of the files that are written."""
        return {path: text for path, text in self.after.items() if self.before.get(path) != text}

    def accounts(self, texts: Mapping[str, str | None]) -> dict[str, Account]:
        """Return the accounts in some files, by the names of their sections or gateways."""
        found = (each for text in texts.values() if text for each in accounts_in(self.program, text))
        return {each.name: each for each in found}

    def change(self) -> dict[str, Any]:
        """Return the accounts, user names by section, and which sections were removed, or register in another way."""
        old, new = self.accounts(self.before), self.accounts(self.after)
        both = sorted(old.keys() & new.keys())
        return {
            "accounts": {name: each.user_name for name, each in new.items()},
            "reregistered": [name for name in both if old[name].registration != new[name].registration],
            "unregistered": sorted(old.keys() - new.keys()),
        }

    def differences(self) -> list[dict[str, str]]:
        """Return what a difference shows, with passwords hidden."""
        shown = [
            _difference(self.program, path, self.before.get(path), text) for path, text in self.differing().items()
        ]
        return shown + [_difference(self.program, path, self.before[path], None) for path in self.removed]


def _difference(program: str, path: str, before: str | None, after: str | None) -> dict[str, str]:
    is_ours = program not in HEADINGS or bool(before and before.startswith(HEADINGS[program]))
    hide = (
        partial(without_passwords, program) if is_ours else partial(without_content, what="that the role did not write")
    )
    return {
        "before_header": path,
        "after_header": "/dev/null" if after is None else path,
        "before": hide(before or ""),
        "after": "" if after is None else without_passwords(program, after, before if is_ours else None),
    }


def _read(path: str) -> str | None:
    """Return the text of a regular file, or ``None`` if the path does not exist; bytes that are not UTF-8 are kept.

    Raises :class:`OSError` if the path is anything else, such as a symbolic link.
    """
    check_replaceable(path)
    content = read_regular(path)
    return None if content is None else content.decode("utf-8", "surrogateescape")


def plan_files(program: str, dest: str, wanted: Mapping[str, str], kept_users: Collection[str]) -> Plan:
    """Return what is to change for the wanted texts, by name.

    The accounts of ``kept_users`` stay as they are. Files of the role that are not wanted any more are removed, or emptied
    where the program's configuration includes them by name. Raises :class:`OSError`, and :class:`SipConfigError` for a file
    that must not be replaced.
    """
    names = {*wanted, *_NAMES.get(program, ()), *(_gateways(dest) if program == "freeswitch" else ())}
    plan = Plan(program, {path: _read(path) for path in sorted(os.path.join(dest, name) for name in names)})
    for path, old in plan.before.items():
        try:
            new = _new_text(program, os.path.basename(path), old, wanted, kept_users)
        except SipConfigError as exc:
            raise SipConfigError(
                f"{path}: {exc}, so it is not replaced. Move it away, or choose another sip_config_dest."
            ) from None
        if new is not None:
            plan.after[path] = new
        elif program == "freeswitch" and old is not None:
            plan.removed.append(path)
    return plan


def plan_restoration(program: str, dest: str, saved: Mapping[str, SavedFile | None]) -> Plan:
    """Return what changes if the files of a backup are put back. Raises :class:`OSError`."""
    untouched = {os.path.join(dest, name) for name in _gateways(dest)} if program == "freeswitch" else set()
    plan = Plan(program, {path: _read(path) for path in sorted({*untouched, *saved})})
    for path, old in plan.before.items():
        file = saved.get(path)
        if file:
            plan.after[path] = file.content.decode("utf-8", "surrogateescape")
        elif old is not None and path in saved:
            plan.removed.append(path)
        elif old is not None:
            plan.after[path] = old
    return plan


def _new_text(
    program: str, name: str, old: str | None, wanted: Mapping[str, str], kept_users: Collection[str]
) -> str | None:
    """Return the new text of a file, ``None`` if it is not wanted. Raises :class:`SipConfigError`, a part of a sentence."""
    new = wanted.get(name)
    is_kept = program == "freeswitch" and name[: -len(".xml")] in kept_users
    if new is None:
        is_included = program in _NAMES and program in HEADINGS and old and old.startswith(HEADINGS[program])
        return old if is_kept else f"{HEADINGS[program]}\n" if is_included else None
    if program in HEADINGS and old is not None and not is_managed(program, old):
        raise SipConfigError("it was not written by the role")
    if program == "kamailio":
        return merge_version(old or "", new) if name == "version" else merge(old or "", new, kept_users)
    kept = [each for each in accounts_in(program, old or "") if each.user_name in kept_users]
    return with_accounts(program, new, kept) if kept else new


def _gateways(dest: str) -> list[str]:
    """Return the names of the files of gateways that the role wrote: its heading, and the user that the file is named after."""
    found = []
    for name in os.listdir(dest) if os.path.isdir(dest) else []:
        path = os.path.join(dest, name)
        if name.endswith(".xml") and not os.path.islink(path):
            users = [each.user_name for each in accounts_in("freeswitch", _readable_text(path))]
            found += [name] if users == [name[: -len(".xml")]] else []
    return found


def configured_twice(plan: Plan, dest: str) -> list[str]:
    """Return other files' lines, as ``path:line: user``, that register a user of the plan, too. The backups are not searched."""
    users = {each.user_name for each in plan.accounts(plan.after).values()}
    found = []
    for name in sorted(os.listdir(dest)) if os.path.isdir(dest) and plan.program in ("kamailio", *HEADINGS) else []:
        path = os.path.join(dest, name)
        if not name.startswith(".") and (path not in plan.before or plan.program == "kamailio"):
            text = _readable_text(path)
            lines = _rows_of_others(text) if plan.program == "kamailio" else registered_users(plan.program, text)
            found += [f"{path}:{number}: {user}" for number, user in lines if user in users]
    return found


def _readable_text(path: str) -> str:
    """Return the text of a file; nothing if it is no regular file, cannot be read, or is larger than files of accounts are."""
    try:
        if os.path.isfile(path) and os.path.getsize(path) <= _SCANNED_MAX:
            return (read_regular(path) or b"").decode("utf-8", "surrogateescape")
    except OSError:
        pass
    return ""


def _rows_of_others(text: str) -> list[tuple[int, str]]:
    table = Table(text)
    return [
        (number, fields.get("auth_username") or fields.get("l_username", ""))
        for number, row in enumerate(table.rows, 2)
        if not table.is_ours(row) and (fields := table.fields(row)) and "l_uuid" in fields
    ]


def passwords_of(program: str, dest: str) -> set[str]:
    """Return the passwords in the files of the folder, and in their backups, as they stand there."""
    found = set()
    for folder, _folders, names in os.walk(dest):
        for name in names:
            path = os.path.join(folder, name)
            if name in _NAMES.get(program, ()) or (program == "freeswitch" and name.endswith(".xml")):
                found |= passwords_in(program, _readable_text(path))
    return found


def interrupted(program: str, dest: str, wanted: Collection[str]) -> list[str]:
    """Return the paths of what an interrupted run left of the role's files: staged files and backups with passwords."""
    names = {name[:NAME_MAX] for name in {*wanted, *_NAMES.get(program, ())}}

    def is_ours(name: str) -> bool:
        return name in names or (program == "freeswitch" and (name.endswith(".xml") or len(name) == NAME_MAX))

    return leftovers(dest, is_ours)
