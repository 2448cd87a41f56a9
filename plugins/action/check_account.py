# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module check_account."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.action.credential_connections_drift import ActionModule as DriftAction
from ansible_collections.siptrunk.telnyx.plugins.action.credential_connections_policy import (
    ActionModule as PolicyAction,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import DEFAULT_API_URL, request_spec
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import (
    CHECKS,
    FILE_LISTS,
    AccountEntry,
    account_error,
    read_accounts,
    refuse_unknown_options,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.fail_on import ERROR
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import CheckAction, error_result
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import to_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIONS: dict[str, type[CheckAction]] = {"drift": DriftAction, "policy": PolicyAction}
MODULES = {check: f"siptrunk.telnyx.credential_connections_{check}" for check in ACTIONS}
# The defaults of the roles drift_check and policy_check where those of the modules differ.
FAIL_ON = {"drift": ["drift", ERROR], "policy": ["violations", ERROR]}
# What an account, or the variables drift_check_* and policy_check_*, can set.
OPTIONS = {
    check: frozenset(action.SPEC) - {"desired", "report_dir", "account_label", "history_dir"}
    for check, action in ACTIONS.items()
}


class ActionModule(ActionBase):
    """Run one check of one account. Whatever is wrong with the account is in the result and in the account's reports."""

    _requires_connection = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "accounts": {"type": "raw", "required": True},
        "number": {"type": "int", "required": True},
        "check": {"type": "str", "required": True, "choices": list(CHECKS)},
        "report_dir": {"type": "path", "required": True},
        "history_dir": {"type": "path"},
        "report_url": {"type": "str"},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action. The result is small: the reports have the findings."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(self.SPEC)
        number, check = params["number"], params["check"]
        try:
            accounts = read_accounts(to_plain(params["accounts"]), [check])
            if not 1 <= number <= len(accounts):
                raise OptionError("number", f"must be from 1 to {len(accounts)}, not {number}.")
            account = accounts[number - 1]
            if account.folder is None:
                raise account.error or OptionError("number", "the account has no folder.")
        except TelnyxError as exc:
            return {**result, **error_result(exc)}
        found = self._check(account, check, params, task_vars or {})
        # These are the values if the check did not run.
        kept: dict[str, Any] = {"findings": [ERROR], "failing": [ERROR], "reports": []}
        kept.update({key: found[key] for key in ("msg", "findings", "failing", "reports", "diff") if key in found})
        return {**result, **kept, "changed": bool(found.get("changed")), "number": number, "check": check}

    def _check(
        self, account: AccountEntry, check: str, params: Mapping[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """Run the check with the account's options; an error of the account becomes the result of the check."""
        task = self._task.copy()
        task.action, task.run_once = MODULES[check], False
        # Only this copy of the task has the key, which callback plugins do not see.
        task.args = {
            "report_dir": os.path.join(params["report_dir"], str(account.folder), check),
            "account_label": account.name,
            "fail_on": FAIL_ON[check],
        }
        action = ACTIONS[check](
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        action.READING_SPEC = request_spec  # without a snapshot file, which a variable would set for every account
        try:
            # First, because an error of anything else is to be in the history.
            history_dir = params["history_dir"] or self._variable(f"{check}_check_history_dir", account.name, task_vars)
            if history_dir:
                task.args["history_dir"] = history_dir
            if params["report_url"]:
                task.args["report_url"] = params["report_url"]
            task.args.update(self._shared_options(account.name, check, task_vars))
            if account.error:
                raise account.error
            refuse_unknown_options(account, OPTIONS)
            task.args.update(_own_options(account, check))
            if check == "drift" and not task.args.get("desired_files"):
                hint = (
                    "Set desired_files of the account or drift_check_desired_files, or checks: [policy] of the account."
                )
                raise account_error(account.name, "it has no desired_files to compare it with.", hint)
            task.args["api_url"] = account.values.get("api_url") or DEFAULT_API_URL
            task.args.update(self._key_option(account, task_vars))
        except TelnyxError as exc:
            return action.error_result(exc)
        return action.run(task_vars=task_vars)

    def _shared_options(self, name: str, check: str, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options that all accounts share, from the variables of the check's role. Raises :class:`OptionError`."""
        found = {option: self._variable(f"{check}_check_{option}", name, task_vars) for option in OPTIONS[check]}
        return {option: _listed(option, value) for option, value in found.items() if value not in (None, "")}

    def _variable(self, variable: str, name: str, task_vars: Mapping[str, Any]) -> Any:
        """Return the value of a variable as plain types, or ``None`` if there is none.

        Raises :class:`OptionError`, an error of the account with this ``name``, which quotes no value.
        """
        try:
            return to_plain(self._templar.template(task_vars.get(variable)))
        except AnsibleError:
            hint = "Is everything that it refers to defined, and has this run the secret of its vault?"
            message = f"the variable {_shown_name(variable)} cannot be evaluated."
            raise account_error(name, message, hint) from None

    def _key_option(self, account: AccountEntry, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the option that gives the account's key. Raises :class:`OptionError` if there is no key.

        No other option, variable or environment variable can then give the key of another account.
        """
        values = account.values
        if values.get("api_key_file") is not None:
            return {"api_key_file": values["api_key_file"]}
        source = "api_key_env" if values.get("api_key_env") is not None else "api_key_var"
        place = values[source]
        if source == "api_key_env":
            key: Any = os.environ.get(place)
            kind = "environment variable"
        else:
            key = self._variable(place, account.name, task_vars)
            kind = "variable"
        if key is None or key == "":
            message = f"{source}: the {kind} {_shown_name(place)} is not set, or empty."
            raise account_error(
                account.name, message, "Set it to the API key of this account; no other key is used for it."
            )
        return {"api_key": key}


def _own_options(account: AccountEntry, check: str) -> dict[str, Any]:
    """Return the options of a check that the entry of the account sets."""
    values = {key: account.values[key] for key in FILE_LISTS if account.values.get(key) is not None}
    values.update(account.values.get(check) or {})
    return {option: _listed(option, value) for option, value in values.items()}


def _listed(option: str, value: Any) -> Any:
    """Return ``fail_on`` as a list, also where ``-e`` gives text, as the roles do it; another option as it is."""
    return [each.strip() for each in value.split(",")] if option == "fail_on" and isinstance(value, str) else value


def _shown_name(name: str) -> str:
    """Return the name of a variable for a message, unless it may be a key that was given instead."""
    if re.match(r"KEY[0-9A-Za-z]{8}", name, re.IGNORECASE) or (len(name) >= 32 and re.search("[0-9]", name)):
        return "(its name is not shown, because it looks like an API key)"
    return name
