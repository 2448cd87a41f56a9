# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a SIP program in their folder: what is there, what is to be there, and which accounts change with it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import SipConfigError
from .._file_replacement import NAME_MAX, check_replaceable, leftovers, read_regular
from .db_text import Table, merge
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
    """The texts of all files that are the role's or replaced, by path: before, and as they are to be, or ``None``."""

    program: str
    before: dict[str, str | None]
    after: dict[str, str | None]

    def written(self) -> dict[str, str]:
        """Return the new texts of the files that are written."""
        return {path: text for path, text in self.after.items() if text is not None and text != self.before[path]}

    def removed(self) -> list[str]:
        """Return the paths of the files that are removed."""
        return [path for path, text in self.after.items() if text is None and self.before[path] is not None]

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
        return [
            _difference(self.program, path, self.before[path], self.after[path])
            for path in (*self.written(), *self.removed())
        ]


def _difference(program: str, path: str, before: str | None, after: str | None) -> dict[str, str]:
    if program in HEADINGS and before and not before.startswith(HEADINGS[program]):
        old, before = without_content(before, "that the role did not write"), None
    else:
        old = without_passwords(program, before or "")
    header = "/dev/null" if after is None else path
    new = without_passwords(program, after or "", before)
    return {"before_header": path, "after_header": header, "before": old, "after": new}


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
    plan = Plan(program, {}, {})
    for path in sorted(os.path.join(dest, name) for name in names):
        old, name = _read(path), os.path.basename(path)
        if name in wanted or (program in HEADINGS and old and old.startswith(HEADINGS[program])):
            plan.before[path] = old
            try:
                plan.after[path] = _new_text(program, name, old, wanted.get(name), kept_users)
            except SipConfigError as exc:
                raise SipConfigError(
                    f"{path}: {exc}, so it is not replaced. Move it away, or choose another sip_config_dest."
                ) from None
    return plan


def plan_restoration(program: str, dest: str, saved: Mapping[str, SavedFile | None]) -> Plan:
    """Return what changes if the files of a backup are put back. Raises :class:`OSError`."""
    others = {os.path.join(dest, name) for name in _gateways(dest)} if program == "freeswitch" else set()
    before = {path: _read(path) for path in sorted({*others, *saved})}
    restored = {path: file.content.decode("utf-8", "surrogateescape") if file else None for path, file in saved.items()}
    return Plan(program, before, {**before, **restored})


def _new_text(program: str, name: str, old: str | None, new: str | None, kept_users: Collection[str]) -> str | None:
    """Return the text of a file that is wanted to be ``new``, or not to be there.

    Raises :class:`SipConfigError` with a part of a sentence.
    """
    if new is None and program == "freeswitch":
        return old if name[: -len(".xml")] in kept_users else None
    if new is None:
        return f"{HEADINGS[program]}\n"
    if program in HEADINGS and old is not None and not is_managed(program, old):
        raise SipConfigError("it was not written by the role")
    if program == "kamailio":
        return merge(name, old or "", new, kept_users)
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
