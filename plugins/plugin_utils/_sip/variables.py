# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role sip_config: checked all at once, in messages that name each as the user wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._errors import SipConfigError
from ...module_utils._text import did_you_mean, one_line
from .._records.record_lookup import RecordIndex
from .._records.records import Record
from .accounts import Accounts, accounts
from .programs import WARNINGS
from .settings import SETTINGS, SipSettings, one_of, read_settings, whole_number

PREFIX = "sip_config_"
# Without the prefix; those of SETTINGS are checked there.
_OTHERS = (
    "dest", "connections", "filters", "on_missing", "allow_empty", "records", "passwords", "extra_by_connection",
    "on_unsupported", "accepted_warnings", "template", "filename", "validate", "owner", "group", "mode", "backups",
    "reload", "reload_command", "console_command", "profile", "verify_timeout",
)  # fmt: skip
VARIABLES = (*SETTINGS, *_OTHERS)

_DESTS = {
    "asterisk": "/etc/asterisk",
    "freeswitch": "/etc/freeswitch/sip_profiles/external",
    "kamailio": "/etc/kamailio/dbtext",
    "baresip": "~/.baresip",
}
_WITH_CONSOLE = ("asterisk", "freeswitch", "kamailio")
# Options of the lookup that select connections; the others say which account it is.
_SELECTING = ("connection_name_contains", "outbound_voice_profile_id", "query", "sort", "page_number", "page_size")

# Reads the account: terms, and the options of the lookup.
Lookup = Callable[[Sequence[Any], Mapping[str, Any]], list[Record]]


@dataclass
class Prepared:
    """What the role writes: the settings, the accounts with warnings, and the folder."""

    settings: SipSettings
    accounts: Accounts = field(default_factory=Accounts)
    dest: str = ""


def prepare(variables: Mapping[str, Any], lookup: Lookup, has_snapshot: bool = False) -> Prepared:
    """Return what the role writes for its variables, without their prefix. Raises :class:`SipConfigError` with all problems.

    ``lookup`` raises :class:`SipConfigError`. ``has_snapshot``: it reads a snapshot file, which has no passwords.
    """
    problems: list[str] = []

    def problem(name: str, message: str) -> None:
        problems.append(f"{PREFIX}{name}: {message}")

    _check_names(variables, problem)
    settings = read_settings({name: variables[name] for name in SETTINGS if name in variables}, problem)
    _check_files(variables, settings, problem)
    _check_reload(variables, settings, problem)
    is_usable = not any(each.startswith((f"{PREFIX}transport:", f"{PREFIX}program:")) for each in problems)
    prepared = Prepared(settings, dest=_dest(variables, settings.program))
    try:
        records = _select(variables, lookup, has_snapshot)
        if is_usable:
            prepared.accounts = _accounts(variables, settings, records)
            problems += prepared.accounts.problems
            _check_terms(variables, records, lookup, problem)
    except SipConfigError as exc:
        problems.append(str(exc))
    if problems:
        raise SipConfigError(f"Nothing was written because of these problems: {' '.join(problems)}")
    return prepared


def folder_of(variables: Mapping[str, Any]) -> str:
    """Return the folder of the files, to put them back. Raises :class:`SipConfigError`."""
    problems: list[str] = []
    _check_names(variables, lambda name, text: problems.append(f"{PREFIX}{name}: {text}"))
    dest = _dest(variables, str(variables.get("program")))
    if not dest:
        problems.append(f"{PREFIX}dest: the program custom needs it.")
    if problems:
        raise SipConfigError(" ".join(problems))
    return dest


def _dest(variables: Mapping[str, Any], program: str) -> str:
    return str(variables.get("dest") or _DESTS.get(program, ""))


def _check_names(variables: Mapping[str, Any], problem: Callable[[str, str], None]) -> None:
    for name in sorted(set(variables) - set(VARIABLES)):
        similar = did_you_mean(name, VARIABLES).replace("mean ", f"mean {PREFIX}")
        problem(
            one_line(name, 40),
            f"the role has no such variable; one of your own must not begin with {PREFIX}. {similar}".rstrip(),
        )


def _check_files(variables: Mapping[str, Any], settings: SipSettings, problem: Callable[[str, str], None]) -> None:
    if not isinstance(variables.get("mode", "0600"), str):
        problem("mode", "put it in quotes, as in '0640'; YAML reads 0640 as the number 416.")
    if variables.get("validate") and "%s" not in str(variables["validate"]):
        problem("validate", "the command has no %s for the path of the file.")
    if settings.program == "custom":
        for name in ("template", "dest"):
            if not variables.get(name):
                problem(name, "the program custom needs it.")
    for name in variables.get("accepted_warnings") or ():
        if name not in WARNINGS:
            problem("accepted_warnings", f"{one_line(name, 40)!r} is none of the warnings {', '.join(WARNINGS)}.")


def _check_reload(variables: Mapping[str, Any], settings: SipSettings, problem: Callable[[str, str], None]) -> None:
    def read(name: str, parse: Callable[[Any], Any], default: Any) -> Any:
        try:
            return parse(variables[name]) if variables.get(name) not in (None, "") else default
        except ValueError as exc:
            problem(name, str(exc))
            return default

    backups, timeout = read("backups", whole_number(0, 1000), 3), read("verify_timeout", whole_number(0, 86400), 0)
    reload = read("reload", one_of(("changed", "always", "never")), "changed")
    read("on_unsupported", one_of(("error", "skip")), "error")
    command = variables.get("reload_command")
    if command is not None and not str(command).strip():
        problem("reload_command", "it is empty. To reload nothing, set sip_config_reload: never.")
    if timeout and settings.program not in _WITH_CONSOLE:
        problem("verify_timeout", f"{settings.program} has no console that shows whether it registers.")
    elif timeout and reload == "never":
        problem("verify_timeout", "with sip_config_reload: never, nothing loads the files.")
    elif timeout and not backups:
        problem("verify_timeout", "the files can be put back only if sip_config_backups is at least 1.")


def _select(variables: Mapping[str, Any], lookup: Lookup, has_snapshot: bool) -> list[Record]:
    """Return the records that are selected. Raises :class:`SipConfigError`."""
    records, wanted, filters = variables.get("records"), variables.get("connections"), variables.get("filters") or {}
    if records is not None:
        if not isinstance(records, list):
            raise SipConfigError("sip_config_records: must be a list of records.")
        return records
    if wanted is None and not filters:
        raise SipConfigError(
            "sip_config_connections: it is not set. Name the connections of this host, or set it to the text all for every"
            " trunk of the account: each registers from one host."
        )
    if wanted is not None and not wanted and wanted != 0:
        if variables.get("allow_empty"):
            return []
        raise SipConfigError(
            "sip_config_connections: it is empty. To remove all accounts from the files, set sip_config_allow_empty; the text all"
            " means every trunk of the account."
        )
    terms = [] if wanted in (None, "all") else wanted if isinstance(wanted, list) else [wanted]
    options = {"on_missing": variables.get("on_missing") or "error", **filters}
    return lookup(terms, options if has_snapshot else {"include_passwords": True, **options})


def _accounts(variables: Mapping[str, Any], settings: SipSettings, records: list[Record]) -> Accounts:
    passwords, extra = variables.get("passwords"), variables.get("extra_by_connection")
    found = accounts(records, settings, passwords, extra, variables.get("on_unsupported") == "skip")
    if not found.accounts and not found.skipped and not found.problems and not variables.get("allow_empty"):
        found.problems.append(
            f"None of the {len(records)} selected connections is active, so that all accounts would be removed. If this is"
            " intended, set sip_config_allow_empty."
        )
    accepted = variables.get("accepted_warnings") or ()
    found.warnings = [(name, text) for name, text in found.warnings if name not in accepted]
    return found


def _check_terms(
    variables: Mapping[str, Any], records: list[Record], lookup: Lookup, problem: Callable[[str, str], None]
) -> None:
    """Add a problem for each connection with parameters of its own that neither this host nor the account has."""
    given = variables.get("extra_by_connection")
    index = RecordIndex(records)
    unknown = [term for term in given if not index.get(term)] if isinstance(given, Mapping) else []
    if unknown and variables.get("records") is None:
        filters = variables.get("filters") or {}
        account = RecordIndex(lookup([], {name: value for name, value in filters.items() if name not in _SELECTING}))
        unknown = [term for term in unknown if not account.get(term)]
    for term in unknown:
        problem("extra_by_connection", f"there is no connection {one_line(term, 60)!r}.")
