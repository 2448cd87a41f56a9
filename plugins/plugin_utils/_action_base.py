# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base classes of the actions that read the account on the controller.

These are actions and not modules for two reasons: a module's arguments are shown at -vvv and logged on its host, and those
of a drift check may hold passwords; and only the controller can decrypt vaulted text.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.basic import env_fallback  # type: ignore[attr-defined]
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.background_call import BackgroundCall
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import account_spec
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.fail_on import ERROR, failing_outcomes
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    DesiredError,
    InternalError,
    OptionError,
    TelnyxError,
    TooFewConnectionsError,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._garbage_collection import gc_paused
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options, check_options
from ansible_collections.siptrunk.telnyx.plugins.module_utils._snapshot_file import read_connections
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd, one_line, prefixed
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_options import resolve_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.recording import Recording
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import API_KEY_HINT, KEY_HINT
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, make_model, outcomes
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.notify import LINK_MAX
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._single_account import refuse_several_accounts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ansible.parsing.vault import VaultLib
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.credential_connections import Listing, Preview

    WaitForListing = Callable[..., Listing]

display = Display()


def is_link(url: str) -> bool:
    """Return whether a text can be the link of a message: an http or https URL without spaces."""
    return len(url) <= LINK_MAX and bool(re.fullmatch(r"https?://\S+", url)) and not any(map(is_odd, url))


def check_report_url(url: str | None) -> None:
    """Raise :class:`OptionError` if the option ``report_url`` is set and no link."""
    if url and not is_link(url):
        raise OptionError(
            "report_url", f"must be an http or https URL without spaces, of at most {LINK_MAX} characters."
        )


def error_result(error: TelnyxError) -> dict[str, Any]:
    """Return an error as the result of an action."""
    return {"failed": True, "changed": False, "msg": prefixed(error), "error": error.as_dict()}


class AccountAction(ActionBase):
    """An action that reads the whole account. :meth:`act` does its work.

    ``SPEC`` are its own options, and ``READING_SPEC`` returns those that say how the account is read.
    """

    _requires_connection = False
    _supports_async = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {}
    READING_SPEC = staticmethod(account_spec)

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action; every error of the collection becomes a failed result with ``error`` in it."""
        result: dict[str, Any] = {}
        variables = task_vars or {}
        try:
            if self._task.async_val:
                raise OptionError("async", "is not supported.", "Leave async and poll out.")
            result.update(super().run(tmp, task_vars))
            self.prepare(variables)
            spec = {**self.READING_SPEC(env_fallback), **self.SPEC}
            params = resolve_options(spec, self._task.args, variables, self._templar)
            with gc_paused():
                result.update({"changed": False, **self.perform(params, variables)})
        except TelnyxError as exc:
            result.update(self.error_result(exc))
        except (AnsibleConnectionFailure, AnsibleActionFail):
            raise
        except AnsibleError as exc:
            message = str(exc).replace(type(self).__module__, self._task.action)
            result.update(self.error_result(OptionError("options", one_line(message, 1500))))
        except RecursionError:
            result.update(self.error_result(DesiredError("Something is nested too deeply to be compared.")))
        except Exception as exc:  # noqa: BLE001 - reports of an earlier run must not remain after any error
            # The exception's own text is left out, because it may quote a value.
            display.vvv(prefixed("".join(traceback.format_tb(exc.__traceback__))))
            error = InternalError(
                f"{type(exc).__name__} within the collection.", "Please report it, with the output of -vvv."
            )
            result.update(self.error_result(error))
        return result

    def prepare(self, task_vars: Mapping[str, Any]) -> None:
        """Check the task before its options are resolved. Raises :class:`TelnyxError`."""

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Check the options, do the work and return the result. Raises :class:`TelnyxError`."""
        hint = KEY_HINT if "snapshot_file" in params else API_KEY_HINT
        return self.act(params, check_options(params, self.direct_keys(), hint))

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Do the work and return the result. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def error_result(self, error: TelnyxError) -> dict[str, Any]:
        """Return the result of an action that raised an error."""
        return error_result(error)

    def direct_keys(self) -> list[str]:
        """Return which of ``api_key`` and ``api_key_file`` are arguments of the task itself; they take precedence over variables."""
        return [name for name in ("api_key", "api_key_file") if self._task.args.get(name) is not None]

    @property
    def vault(self) -> VaultLib:
        """The vault with the secrets of this run. The loader has no public way to decrypt text in memory."""
        vault: VaultLib = self._loader._vault  # noqa: SLF001
        return vault

    def read_account(self, options: Options, **changes: Any) -> Listing:
        """Read the account, with log lines at -vvv. ``changes`` override options. Raises :class:`TelnyxError`."""
        return self.start_reading(options, **changes)()

    def start_reading(self, options: Options, **changes: Any) -> WaitForListing:
        """Start to read the account; the returned function waits for it, as :meth:`read_account` does.

        Meanwhile the caller can do other work, since a reading mostly waits for responses. The returned function may be called
        with a preview, which gets the connections before a second reading confirms them, see :func:`list_connections`.
        """
        changed = replace(options, **changes)
        reading = BackgroundCall(lambda emit: read_connections(changed, emit, emit))

        def wait(preview: Preview = lambda _records: None) -> Listing:
            listing = reading.result(
                lambda event: display.vvv(prefixed(event)) if isinstance(event, str) else preview(event)
            )
            for warning in listing.warnings:
                display.warning(prefixed(warning))
            return listing

        return wait


class CheckAction(AccountAction):
    """A check of the account, which writes its reports after an error too. ``CHECK`` is ``drift`` or ``policy``."""

    CHECK = ""
    REPORT_SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "min_connections": {"type": "int", "default": 1},
        "report_dir": {"type": "path"},
        "account_label": {"type": "str"},
        "accepted_files": {"type": "list", "elements": "path", "default": []},
        "portal_url": {"type": "str"},
        "history_dir": {"type": "path"},
        "report_url": {"type": "str"},
    }
    MIN_CONNECTIONS_REMEDY = (
        "set min_connections (in the roles drift_check_min_connections or policy_check_min_connections);"
        " 0 allows an empty account"
    )
    # For all reports, also those of an error: the API's address, as soon as it is known, and when a snapshot file was read from
    # the API.
    api_url: str | None = None
    read_at: str | None = None

    def prepare(self, task_vars: Mapping[str, Any]) -> None:
        """Refuse a task that runs once for hosts of several accounts, of which it would check only the first."""
        refuse_several_accounts(self._task, task_vars, self._loader)

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Check the options, do the work and return the result. Raises :class:`TelnyxError`."""
        options = check_options(params, self.direct_keys(), KEY_HINT)
        self.api_url = None if options.snapshot_file else options.api_url
        check_report_url(params["report_url"])
        return self.act(params, options)

    def start_reading_for_check(self, params: Mapping[str, Any], options: Options, **changes: Any) -> WaitForListing:
        """Start to read the account, see :meth:`start_reading`. Raises :class:`OptionError` for ``min_connections``.

        The returned function raises :class:`TooFewConnectionsError` if the account has fewer than ``min_connections``.
        """
        minimum = params["min_connections"]
        if minimum < 0:
            raise OptionError("min_connections", f"must be 0 or more, not {minimum}.")
        reading = self.start_reading(options, consistency="strict", **changes)

        def wait(preview: Preview = lambda _records: None) -> Listing:
            listing = reading(preview)
            self.api_url, self.read_at = listing.api_url, listing.read_at
            if len(listing.records) < minimum:
                raise TooFewConnectionsError.of_numbers(len(listing.records), minimum, self.MIN_CONNECTIONS_REMEDY)
            return listing

        return wait

    def write_reports_result(self, model: Model, fail_on: Collection[str]) -> dict[str, Any]:
        """Write the reports, and return the part of the result that names them and says whether the task fails.

        ``fail_on`` is the option of that name. Raises :class:`ReportError`.
        """
        folder, history_dir, url = (self._task.args.get(name) for name in ("report_dir", "history_dir", "report_url"))
        model["report_url"] = str(url) if url and is_link(str(url)) else None
        recording = Recording(str(history_dir), model) if history_dir else None
        try:
            files = write_reports(str(folder), model) if folder else {}
        except TelnyxError:
            if recording:
                recording.discard()
            raise
        if recording:
            for warning in recording.finish():
                display.warning(prefixed(warning))
        message = model["summary"] + (f"; report: {files['html']}" if files else "")
        findings = outcomes(model)
        failing = failing_outcomes(findings, fail_on)
        return {
            "msg": message,
            "findings": findings,
            "failing": failing,
            "reports": list(files.values()),
            "failed": bool(failing),
        }

    def error_result(self, error: TelnyxError) -> dict[str, Any]:
        """Return the result of a check that raised an error, after writing reports of that error."""
        result = super().error_result(error)
        try:
            # From the task's arguments, as the options may not be valid.
            fail_on = self._task.args.get("fail_on") or ()
            fail_on = fail_on if isinstance(fail_on, (list, tuple)) else str(fail_on).split(",")
            fail_on = [str(each).strip() for each in fail_on]
            label = self._task.args.get("account_label")
            label = None if label is None else str(label)
            model = make_model(self.CHECK, self.api_url, error=error, account_label=label, read_at=self.read_at)
            return {**result, **self.write_reports_result(model, fail_on)}
        except TelnyxError as exc:
            return {**result, "msg": f"{result['msg']} {exc}", "findings": [ERROR], "failing": [ERROR], "reports": []}
