# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action on the controller needs of Ansible: its options, the account, and reports in every case.

These are actions and not modules, because a module's arguments are shown at -vvv and logged on its host, and those of a
drift check may hold passwords; and because only the controller can open a vault. What comes from a variable stays out of
the task's arguments too: callback plugins read and keep those.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.basic import env_fallback  # type: ignore[attr-defined]
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.listing import Listing, list_connections
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import request_spec
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    DesiredError,
    InternalError,
    OptionError,
    TelnyxError,
    TooFewConnectionsError,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options, check_options
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import FROM_VARS, KEY_HINT, VARS_PREFIX
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import (
    Model,
    findings,
    make_model,
    write_reports,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._single_account import refuse_several_accounts

display = Display()


def failure(error: TelnyxError) -> dict[str, Any]:
    """An error as the result of an action."""
    return {"failed": True, "changed": False, "msg": f"siptrunk.telnyx: {error}", "error": error.as_dict()}


class HiddenText(str):
    """Text for a module's arguments that does not show where Ansible prints them, as it does with ``ANSIBLE_DEBUG``."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a word in the place of the text."""
        return "'(hidden)'"


def validated(spec: Mapping[str, Mapping[str, Any]], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with their types and defaults. Raises :class:`OptionError`, which quotes no value of theirs.

    A value that is refused may be a key or a password that got into the wrong option.
    """
    for name, value in args.items():
        if spec.get(name, {}).get("no_log") and isinstance(value, (Mapping, list, tuple, set, bool)):
            # As text, it would be sent as it is written in Python.
            raise OptionError(name, f"must be text, not {type(value).__name__}.")
    result = ArgumentSpecValidator(spec).validate(dict(args))
    for error in result.errors.errors:
        message = _without_values(str(error))
        if isinstance(error, UnsupportedError):
            message = f"Unsupported parameters: {message}"
        raise OptionError("options", one_line(message, 1500))
    return dict(result.validated_parameters)


def _without_values(message: str) -> str:
    """An error of Ansible's validation up to where it quotes the value."""
    for mark in (", got: ", ". Got no match for: "):
        message = message.partition(mark)[0]
    return re.sub(r"(unable to convert to \w+).*", r"\1.", message, flags=re.DOTALL)


class AccountAction(ActionBase):
    """An action that reads the whole account. ``SPEC`` are its own options; :meth:`act` does its work."""

    _requires_connection = False
    _supports_async = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {}
    api_url: str | None = None
    task_vars: dict[str, Any]

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action; every error of the collection becomes a failed result with ``error`` in it."""
        result: dict[str, Any] = {}
        self.task_vars = task_vars or {}
        try:
            if self._task.async_val:
                raise OptionError("async", "is not supported.", "Leave async and poll out.")
            result.update(super().run(tmp, task_vars))
            self.prepare(self.task_vars)
            result.update({"changed": False, **self.perform(self._params(self.task_vars))})
        except TelnyxError as exc:
            result.update(self.failed(exc))
        except (AnsibleConnectionFailure, AnsibleActionFail):
            raise
        except AnsibleError as exc:
            told = str(exc).replace(type(self).__module__, self._task.action)
            result.update(self.failed(OptionError("options", one_line(told, 1500))))
        except RecursionError:
            result.update(self.failed(DesiredError("Something is nested too deeply to be compared.")))
        except Exception as exc:  # noqa: BLE001 - whatever it is, an earlier run's reports must not stand
            # Without the exception's own text, which may quote a value.
            display.vvv("siptrunk.telnyx: " + "".join(traceback.format_tb(exc.__traceback__)))
            fault = InternalError(
                f"{type(exc).__name__} within the collection.", "Please report it, with what -vvv says."
            )
            result.update(self.failed(fault))
        return result

    def prepare(self, task_vars: Mapping[str, Any]) -> None:
        """Look at the task before its options are resolved. Raises :class:`TelnyxError`."""

    def perform(self, params: dict[str, Any]) -> dict[str, Any]:
        """Check the options, and do the work; return the result. Raises :class:`TelnyxError`."""
        options = check_options(params, self.direct_keys(), KEY_HINT)
        self.api_url = options.api_url
        return self.act(params, options)

    def direct_keys(self) -> list[str]:
        """Which of the options that give a key stand in the task itself; they take precedence over the others."""
        return [name for name in ("api_key", "api_key_file") if self._task.args.get(name) is not None]

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Do the work; return the result. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def failed(self, error: TelnyxError) -> dict[str, Any]:
        """The result where :meth:`act` raised an error."""
        return failure(error)

    def listing(self, options: Options, **changes: Any) -> Listing:
        """Read the account, and say what goes on at -vvv."""
        listing = list_connections(replace(options, **changes), lambda line: display.vvv(f"siptrunk.telnyx: {line}"))
        for warning in listing.warnings:
            display.warning(warning)
        return listing

    def _params(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The options: from the task, else from a variable, else from the environment. The task's arguments stay as they are."""
        spec = {**request_spec(env_fallback), **self.SPEC}
        args = dict(self._task.args)
        for name in FROM_VARS:
            if (
                name in spec
                and VARS_PREFIX + name in task_vars
                and args.get(name) is None
                and not self._other_key_given(name)
            ):
                args[name] = self._templar.template(task_vars[VARS_PREFIX + name])
        # Numbers of options are checked for what they mean, with an error that names the option.
        return {
            name: value if isinstance(value, float) else plain(value) for name, value in validated(spec, args).items()
        }

    def _other_key_given(self, name: str) -> bool:
        other = {"api_key": "api_key_file", "api_key_file": "api_key"}.get(name)
        return other is not None and self._task.args.get(other) is not None


class CheckAction(AccountAction):
    """A check of the account, which leaves its reports behind whatever comes of it."""

    CHECK = ""
    REPORT_SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "min_connections": {"type": "int", "default": 1},
        "report_dir": {"type": "path"},
        "account_label": {"type": "str"},
    }

    def prepare(self, task_vars: Mapping[str, Any]) -> None:
        """Refuse a task that runs once for hosts of several accounts, of which it would check the first alone."""
        refuse_several_accounts(self._task, task_vars, self._loader)

    def checked_listing(self, params: dict[str, Any], options: Options, **changes: Any) -> Listing:
        """Read the account; raises :class:`TooFewConnectionsError` where it has fewer than ``min_connections``."""
        least = params["min_connections"]
        if least < 0:
            raise OptionError("min_connections", f"must be 0 or more, not {least}.")
        listing = self.listing(options, consistency="strict", **changes)
        if len(listing.records) < least:
            raise TooFewConnectionsError(len(listing.records), least)
        return listing

    def conclude(self, model: Model, fail: bool) -> dict[str, Any]:
        """Write the reports, and return the part of the result that tells of them. Raises :class:`ReportError`."""
        folder = self._task.args.get("report_dir")
        reports: list[str] = write_reports(str(folder), model) if folder else []
        message = model["summary"] + (f"; report: {reports[-2]}" if reports else "")
        return {"msg": message, "findings": findings(model), "reports": reports, "failed": fail}

    def failed(self, error: TelnyxError) -> dict[str, Any]:
        """The result of a check that could not be made; its reports say so too."""
        result = super().failed(error)
        try:
            label = self._task.args.get("account_label")
            label = None if label is None else str(label)
            model = make_model(self.CHECK, self.api_url, error=error, account_label=label)
            return {**result, **self.conclude(model, fail=True)}
        except TelnyxError as exc:
            return {**result, "msg": f"{result['msg']} {exc}", "findings": ["error"], "reports": []}
