# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of a check, as they are posted."""

from __future__ import annotations

import glob
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.fingerprints import hash_of_findings
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import account_line
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import PostError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import STATUS_FILE
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import escape, text_list
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import EXIT_CODES, model_findings
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview_text import overview_markdown
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import (
    account_finding_text,
    seen_finding_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model

ACCOUNTS = "accounts"  # the check of the overview of several accounts


@dataclass(frozen=True)
class CheckReport:
    """The last run of a check.

    ``label`` is that of the account. ``findings_hash`` identifies the set of the findings: hexadecimal digits of a hash of their
    fingerprints. ``markdown`` is the Markdown report. ``history`` is that of the JSON report. ``notify`` and ``notify_text`` are the
    contents of ``notify.json`` and ``notify.txt``; without news, they are ``None`` and an empty text. ``changes`` are lines of Markdown
    that list what is new and what is resolved. ``complete`` is whether the check has a result: without one, nothing is known about
    the account. An overview has a result unless the whole run failed. ``affected`` has a line of text for each account of an
    overview that is not ok.
    """

    folder: str
    check: str
    label: str | None
    status: str
    exit_code: int
    complete: bool
    summary: str
    generated_at: str
    findings_hash: str
    markdown: str
    affected: Sequence[str]
    changes: Sequence[str]
    link: str | None
    history: Mapping[str, Any] | None
    notify: Mapping[str, Any] | None
    notify_text: str

    @property
    def clean(self) -> bool:
        """Whether the check has a result, and nothing to complain about."""
        return self.exit_code == EXIT_CODES["ok"]


def report_folders(pattern: str) -> list[str]:
    """Return the absolute path of a folder, or those that a pattern such as ``telnyx-reports/*`` matches.

    A pattern matches only folders that have a ``status.json``. Raises :class:`PostError` if there is none.
    """
    path = os.path.abspath(os.path.expandvars(os.path.expanduser(pattern)))
    if os.path.exists(path) or not glob.has_magic(path):
        return [path]
    found = sorted(os.path.dirname(each) for each in glob.glob(os.path.join(path, STATUS_FILE), recursive=True))
    if not found:
        raise PostError(f"{pattern}: no folder has a {STATUS_FILE}.", "Did a check run?")
    return found


def read_check_report(folder: str) -> CheckReport:
    """Return the report in a folder. Raises :class:`PostError` if it cannot be read."""
    status = _read_json(folder, STATUS_FILE)
    check = status.get("check")
    types = {"exit_code": int, "status": str, "summary": str, "generated_at": str}
    if not isinstance(check, str) or not re.fullmatch(r"[a-z_]{1,32}", check):
        raise _malformed(folder, STATUS_FILE)
    if any(
        isinstance(status.get(name), bool) or not isinstance(status.get(name), kind) for name, kind in types.items()
    ):
        raise _malformed(folder, STATUS_FILE)
    if not re.fullmatch(r"[0-9TZ:.+-]{1,40}", status["generated_at"]):
        raise _malformed(folder, STATUS_FILE)
    notify = _read_json(folder, "notify.json") if os.path.exists(os.path.join(folder, "notify.json")) else None
    stem = "overview" if check == ACCOUNTS else check
    has_model = os.path.exists(os.path.join(folder, f"{stem}.json"))
    model = _read_json(folder, f"{stem}.json") if has_model else {}
    changes = _changes(folder, notify or {})
    try:
        complete = status["exit_code"] != EXIT_CODES["error"]
        affected: list[str] = []
        markdown = escape(status["summary"]) + "\n"
        if check == ACCOUNTS:
            complete = complete or bool(status.get("totals"))
            if model and complete:
                affected = [account_line(each) for each in model["accounts"] if each["status"] != "ok"]
                markdown = "\n".join([overview_markdown(model, links=False), *changes])
        else:
            markdown = _read_optional(folder, f"{check}.md") or markdown
        fingerprints = _fingerprints(check, model, status)
        account = model.get("account")
        label = account.get("label") if isinstance(account, dict) else (notify or {}).get("account")
        return CheckReport(
            folder=folder,
            check=check,
            label=None if label is None else str(label),
            status=status["status"],
            exit_code=status["exit_code"],
            complete=complete,
            summary=status["summary"],
            generated_at=status["generated_at"],
            findings_hash=hash_of_findings(fingerprints),
            markdown=markdown,
            affected=affected,
            changes=changes,
            link=model.get("report_url") or (notify or {}).get("link"),
            history=model.get("history"),
            notify=notify,
            notify_text=_read_optional(folder, "notify.txt") if notify else "",
        )
    except (KeyError, TypeError, AttributeError):
        raise _malformed(folder, f"{stem}.json") from None


def _changes(folder: str, notify: Mapping[str, Any]) -> list[str]:
    """Return lines of Markdown that list what is new and what is resolved, for the content of ``notify.json``."""
    text = account_finding_text if notify.get("check") == ACCOUNTS else seen_finding_text
    try:
        new, resolved = (notify.get(name) or () for name in ("new", "resolved"))
        lines = text_list("New", map(text, new), notify.get("new_total") or 0)
        return lines + text_list("Resolved", map(text, resolved), notify.get("resolved_total") or 0)
    except (KeyError, TypeError, AttributeError):
        raise _malformed(folder, "notify.json") from None


def _fingerprints(check: str, model: Mapping[str, Any], status: Mapping[str, Any]) -> list[str]:
    """Return the fingerprints of the findings; those of an overview are what each check that is not ok has found.

    A report that has none has its status and summary instead.
    """
    if check == ACCOUNTS and model and model["accounts"]:
        rows = [(account, each) for account in model["accounts"] for each in account["checks"] or [{}]]
        return [
            json.dumps([account["name"], account["status"], *map(row.get, ("check", "status", "findings_hash"))])
            for account, row in rows
            if row.get("exit_code") != EXIT_CODES["ok"]
        ]
    if check in ("drift", "policy"):
        if not model and status["exit_code"] != EXIT_CODES["error"]:
            raise KeyError(check)
        return [each.fingerprint for each in model_findings(cast("Model", model))] if model else []
    return [status["status"], status["summary"]]


def _malformed(folder: str, name: str) -> PostError:
    return PostError(f"{os.path.join(folder, name)}: is not a report of a check.", "Run the check again.")


def _read_json(folder: str, name: str) -> dict[str, Any]:
    try:
        data = json.loads(_read(folder, name))
    except (ValueError, RecursionError):
        raise _malformed(folder, name) from None
    if not isinstance(data, dict):
        raise _malformed(folder, name)
    return data


def _read_optional(folder: str, name: str) -> str:
    return _read(folder, name) if os.path.exists(os.path.join(folder, name)) else ""


def _read(folder: str, name: str) -> str:
    path = os.path.join(folder, name)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as exc:
        hint = "Did the check run? Name the folder of its reports." if name == STATUS_FILE else ""
        raise PostError(f"{path}: cannot be read: {exc.strerror or 'unknown reason'}.", hint) from None
