# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of accounts of a check of several accounts (pure functions).

The list has no keys in it, only where each key comes from: so it may be printed, and an account whose key cannot be evaluated
does not prevent Ansible from evaluating the list.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import OptionError
from .._text import did_you_mean, key_for_message, one_line
from .fail_on import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CHECKS = tuple(OUTCOMES)
KEY_SOURCES = ("api_key_file", "api_key_env", "api_key_var")
FILE_LISTS = ("desired_files", "accepted_files")
ENTRY_KEYS = ("name", *KEY_SOURCES, "api_url", "checks", *FILE_LISTS, *CHECKS)
NAME_IN_MESSAGE_MAX = 60  # characters


class AccountEntry(NamedTuple):
    """An entry of the list. ``number`` counts from 1.

    ``folder`` is the name of the folder for its reports, and ``None`` if the entry has no name or one of an earlier entry; it then
    has an ``error``. ``values`` are those of the entry itself, which need not be valid if there is an ``error``.
    """

    number: int
    name: str
    folder: str | None
    checks: tuple[str, ...]
    values: Mapping[str, Any]
    error: OptionError | None


def read_accounts(accounts: Any, checks: Any) -> list[AccountEntry]:
    """Return the accounts of a list of entries; an entry that is not valid is one with an error.

    ``accounts`` and ``checks`` are the options of these names, as given; ``checks`` are those of an entry that lists none.
    Raises :class:`OptionError` if ``accounts`` is not a list or is empty, or if ``checks`` is not valid.
    """
    if not isinstance(accounts, list):
        raise OptionError("accounts", "must be a list.")
    if not accounts:
        raise OptionError("accounts", "the list is empty.", "Add an entry for each account.")
    default = _checks(checks)
    if isinstance(default, str):
        raise OptionError("checks", default)
    found: list[AccountEntry] = []
    folders: dict[str, int] = {}
    for number, entry in enumerate(accounts, 1):
        account = _read_entry(number, entry, default)
        if account.folder is not None:
            # Some file systems do not tell upper from lower case.
            first = folders.setdefault(account.folder.casefold(), number)
            if first != number:
                error = account_error(account.name, f"entry {first} of the list has the same name, or the same folder.")
                account = account._replace(folder=None, error=error)
        found.append(account)
    return found


def account_error(name: str, message: str, hint: str = "") -> OptionError:
    """Return an error of the account with this name."""
    return OptionError(f"account {one_line(name, NAME_IN_MESSAGE_MAX)}", message, hint)


def refuse_unknown_options(account: AccountEntry, known: Mapping[str, Collection[str]]) -> None:
    """Raise :class:`OptionError` if the entry sets an option that a check does not have. ``known`` are the options of each check."""
    for check in CHECKS:
        for option in account.values.get(check) or ():
            if option not in known[check]:
                message = f"{check}: there is no option {key_for_message(str(option))}."
                raise account_error(account.name, message, did_you_mean(str(option), known[check]))


def folder_name(name: str) -> str:
    """Return the name of the folder for an account's reports: ASCII letters, digits, ``-`` and ``_``, at most 60 of them.

    It is the name itself if that has only these characters and begins with a letter or digit; else a part of it and a hash.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", name):
        return name
    ascii_text = unicodedata.normalize("NFKD", name[:200]).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:40]
    return f"{readable or 'account'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _read_entry(number: int, entry: Any, default: tuple[str, ...]) -> AccountEntry:
    values = entry if isinstance(entry, dict) else {}
    name = values.get("name")
    name = str(name) if isinstance(name, int) and not isinstance(name, bool) else name
    if not isinstance(name, str) or not one_line(name):
        title = f"(entry {number})"
        return AccountEntry(number, title, None, default, {}, account_error(title, "must be a dictionary with a name."))
    checks = _checks(values["checks"]) if values.get("checks") is not None else default
    usable = default if isinstance(checks, str) else checks
    message, hint = _problem(values)
    if not message and isinstance(checks, str):
        message = f"checks: {checks}"
    error = account_error(name, message, hint) if message else None
    return AccountEntry(number, name, folder_name(name), usable, values, error)


def _checks(value: Any) -> tuple[str, ...] | str:
    """Return the checks of a list, in the order of :data:`CHECKS`, or what is wrong with it."""
    listed = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not listed or any(each not in CHECKS for each in listed):
        return f"must be a list of {' and '.join(CHECKS)}, or of one of them."
    return tuple(check for check in CHECKS if check in listed)


def _problem(values: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is wrong with an entry, and what to do about it; both are empty texts if nothing is wrong."""
    if values.get("api_key") is not None:
        hint = "Keep the key in a variable, such as a vaulted one, and give the variable's name as api_key_var."
        return "api_key: the list must not have keys in it.", hint
    for key in values:
        if key not in ENTRY_KEYS:
            return f"there is no key {key_for_message(str(key))}.", did_you_mean(str(key), ENTRY_KEYS)
    sources = [key for key in KEY_SOURCES if values.get(key) is not None]
    if len(sources) != 1:
        return f"it has {len(sources)} of {', '.join(KEY_SOURCES)}.", "Give exactly one of them."
    source = sources[0]
    if not isinstance(values[source], str) or not values[source].strip():
        return f"{source}: must be text that is not empty.", ""
    if source != "api_key_file" and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", values[source]):
        what = "an environment variable" if source == "api_key_env" else "a variable"
        return f"{source}: must be the name of {what}.", "The value is not shown, because it may be a key."
    url = values.get("api_url")
    if url is not None and (not isinstance(url, str) or not url.strip()):
        return "api_url: must be text that is not empty.", ""
    for key in FILE_LISTS:
        if not isinstance(values.get(key), (str, list, type(None))):
            return f"{key}: must be a list of paths.", ""
    for key in CHECKS:
        if not isinstance(values.get(key), (dict, type(None))):
            return f"{key}: must be a dictionary of options of the check.", ""
    return "", ""
