# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role sip_config: checked all at once, in messages that name each as the user wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...module_utils._errors import SipConfigError
from ...module_utils._sip_console.console import CONSOLE_COMMANDS
from ...module_utils._text import did_you_mean, one_line
from .._records.record_lookup import RecordIndex
from .._records.records import Record
from .accounts import Accounts, accounts
from .programs import WARNINGS
from .settings import PREFIX, SETTINGS, SipSettings, one_of, parse_values, read_settings, whole_number

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
# Options of the lookup that select connections; the others say which account it is.
_SELECTING = ("connection_name_contains", "outbound_voice_profile_id", "query", "sort", "page_number", "page_size")

# Reads the account: terms, and the options of the lookup.
Lookup = Callable[[Sequence[Any], Mapping[str, Any]], list[Record]]

_PARSERS = {
    "on_unsupported": one_of(("error", "skip")),
    "backups": whole_number(0, 1000),
    "reload": one_of(("changed", "always", "never")),
    "verify_timeout": whole_number(0, 86400),
}


def prepare(variables: Mapping[str, Any], lookup: Lookup, has_snapshot: bool = False) -> tuple[SipSettings, Accounts]:
    """Return the settings and the accounts for the role's variables, without their prefix.

    ``lookup`` raises :class:`SipConfigError`. ``has_snapshot``: it reads a snapshot file, which has no passwords. Raises
    :class:`SipConfigError` with all problems.
    """
    # Values of the command line are text.
    is_empty_allowed = str(variables.get("allow_empty")).lower() in ("true", "yes", "on", "1")
    accepted = variables.get("accepted_warnings") or []
    accepted = accepted.replace(" ", "").split(",") if isinstance(accepted, str) else accepted
    variables = {**variables, "allow_empty": is_empty_allowed, "accepted_warnings": accepted}
    settings, problems = read_settings({name: variables[name] for name in SETTINGS if name in variables})
    is_usable = not any(each.startswith((f"{PREFIX}transport:", f"{PREFIX}program:")) for each in problems)
    problems = [*_unknown(variables), *problems, *_check_others(variables, settings)]
    found = Accounts()
    try:
        records = _select(variables, lookup, has_snapshot)
        if is_usable:
            found = _accounts(variables, settings, records)
            problems += [*found.problems, *_unknown_terms(variables, records, lookup)]
    except SipConfigError as exc:
        problems.append(str(exc))
    if problems:
        raise SipConfigError(f"Nothing was written because of these problems: {' '.join(problems)}")
    return settings, found


def folder_of(variables: Mapping[str, Any]) -> str:
    """Return the folder of the files. Raises :class:`SipConfigError`, also for variables that the role does not have."""
    dest = str(variables.get("dest") or _DESTS.get(str(variables.get("program")), ""))
    problems = [*_unknown(variables), *([] if dest else ["sip_config_dest: the program custom needs it."])]
    if problems:
        raise SipConfigError(" ".join(problems))
    return dest


def _unknown(variables: Mapping[str, Any]) -> list[str]:
    """Return a problem for each variable that the role does not have."""
    problems = []
    for name in sorted(set(variables) - set(VARIABLES)):
        similar = did_you_mean(name, VARIABLES).replace("mean ", f"mean {PREFIX}")
        text = f"the role has no such variable; one of your own must not begin with {PREFIX}. {similar}".rstrip()
        problems.append(f"{PREFIX}{one_line(name, 40)}: {text}")
    return problems


def _check_others(variables: Mapping[str, Any], settings: SipSettings) -> list[str]:
    """Return the problems of the variables that are no settings, other than those that select connections."""
    problems: list[str] = []
    values = parse_values(_PARSERS, variables, problems)
    if not isinstance(variables.get("mode", "0600"), str):
        problems.append("sip_config_mode: put it in quotes, as in '0640'; YAML reads 0640 as the number 416.")
    if variables.get("validate") and "%s" not in str(variables["validate"]):
        problems.append("sip_config_validate: the command has no %s for the path of the file.")
    needed = ("template", "dest") if settings.program == "custom" else ()
    problems += [f"{PREFIX}{name}: the program custom needs it." for name in needed if not variables.get(name)]
    for name in variables["accepted_warnings"]:
        if name not in WARNINGS:
            text = f"{one_line(name, 40)!r} is none of the warnings {', '.join(WARNINGS)}."
            problems.append(f"sip_config_accepted_warnings: {text}")
    command = variables.get("reload_command")
    if command is not None and not str(command).strip():
        problems.append("sip_config_reload_command: it is empty. To reload nothing, set sip_config_reload: never.")
    reason = ""
    if settings.program not in CONSOLE_COMMANDS:
        reason = f"{settings.program} has no console that shows whether it registers."
    elif values.get("reload") == "never":
        reason = "with sip_config_reload: never, nothing loads the files."
    elif values.get("backups") == 0:
        reason = "the files can be put back only if sip_config_backups is at least 1."
    if values.get("verify_timeout") and reason:
        problems.append(f"sip_config_verify_timeout: {reason}")
    return problems


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
    found.warnings = [(name, text) for name, text in found.warnings if name not in variables["accepted_warnings"]]
    return found


def _unknown_terms(variables: Mapping[str, Any], records: list[Record], lookup: Lookup) -> list[str]:
    """Return a problem for each connection with parameters of its own that neither this host nor the account has."""
    given = variables.get("extra_by_connection")
    index = RecordIndex(records)
    unknown = [term for term in given if not index.get(term)] if isinstance(given, Mapping) else []
    if unknown and variables.get("records") is None:
        filters = variables.get("filters") or {}
        account = RecordIndex(lookup([], {name: value for name, value in filters.items() if name not in _SELECTING}))
        unknown = [term for term in unknown if not account.get(term)]
    return [f"sip_config_extra_by_connection: there is no connection {one_line(term, 60)!r}." for term in unknown]
