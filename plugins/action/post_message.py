# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module post_message."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, PostError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import error_result
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_options import validate_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import to_plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.chat import CHAT_FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.posting import chat_target, post_chat, post_issue
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import (
    CheckReport,
    read_check_report,
    report_folders,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.sending import Sender
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.services import SERVICES, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

URI = "ansible.builtin.uri"
# The variable of an option, which keeps a secret out of the task's arguments; callback plugins see those.
VARS_PREFIX = "post_message_"
SECRETS = ("chat_url", "issues_token")
CHAT_URL_ENV = "TELNYX_CHAT_URL"
# The variables of GitHub Actions and GitLab CI (their documentation), and their tokens.
ENVIRONMENT = {
    "github": {
        "issues_token": "GITHUB_TOKEN",
        "issues_api_url": "GITHUB_API_URL",
        "issues_project": "GITHUB_REPOSITORY",
    },
    "gitlab": {"issues_token": "GITLAB_TOKEN", "issues_api_url": "CI_API_V4_URL", "issues_project": "CI_PROJECT_ID"},
}


class ActionModule(ActionBase):
    """Post the reports of checks, each to the chat and the issues; what fails is an error after everything else is posted."""

    _supports_async = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "report_dirs": {"type": "list", "elements": "path", "required": True},
        "chat_url": {"type": "str", "no_log": True},
        "chat_format": {"type": "str", "default": "slack", "choices": list(CHAT_FORMATS)},
        "issues": {"type": "str", "choices": list(SERVICES)},
        "issues_token": {"type": "str", "no_log": True},
        "issues_api_url": {"type": "str"},
        "issues_project": {"type": "str"},
        "issues_label": {"type": "str", "default": "telnyx-check"},
        "merge_request": {"type": "int"},
        "retries": {"type": "int", "default": 3},
        "timeout": {"type": "int", "default": 30},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action. In check mode, it checks the options and the reports, and sends nothing."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            params = self._options(task_vars or {})
            posters = self._posters(params, task_vars or {})
            posted, errors = self._post(params["report_dirs"], posters)
        except TelnyxError as exc:
            return {**result, **error_result(exc)}
        changed = any(each["action"] != "none" for each in posted)
        summary = "nothing, because of the check mode" if self._task.check_mode else _summary(posted)
        result.update(changed=changed, posted=posted, msg=f"Posted: {summary}.")
        if errors:
            error = PostError(" ".join(f"{each}" for each in errors), status=errors[0].status)
            result.update({**error_result(error), "changed": changed})
        return result

    def _options(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the valid options, some of them from variables or the environment. Raises :class:`OptionError`."""
        values = self._with_secrets(task_vars)
        params: dict[str, Any] = {name: to_plain(value) for name, value in validate_options(self.SPEC, values).items()}
        if not params["report_dirs"]:
            raise OptionError("report_dirs", "is empty.", "Name the folders with the reports of the checks.")
        params["chat_url"] = params["chat_url"] or os.environ.get(CHAT_URL_ENV)
        for name, variable in ENVIRONMENT.get(params["issues"] or "", {}).items():
            params[name] = params[name] or os.environ.get(variable)
        if params["issues"]:
            for name in ("issues_token", "issues_project"):
                if not params[name]:
                    raise OptionError(name, "is required for issues.", f"Or set {ENVIRONMENT[params['issues']][name]}.")
            if not re.fullmatch(r"[^,\x00-\x1f]{1,50}", params["issues_label"]):
                raise OptionError("issues_label", "must have 1 to 50 characters, and no comma.")
            if params["merge_request"] is None:
                params["merge_request"] = _merge_request(params["issues"])
        elif not params["chat_url"]:
            hint = f"Set {CHAT_URL_ENV} in the environment, or the option issues."
            raise OptionError("chat_url", "is not set, and neither is issues, so there is nowhere to post to.", hint)
        for name, minimum in (("retries", 0), ("timeout", 1), ("merge_request", 1)):
            if params[name] is not None and params[name] < minimum:
                raise OptionError(name, f"must be {minimum} or more, not {params[name]}.")
        return params

    def _with_secrets(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the task, with the secrets that are in variables. Raises :class:`OptionError`."""
        values = dict(self._task.args)
        for name in SECRETS:
            if values.get(name) is None and task_vars.get(VARS_PREFIX + name) is not None:
                try:
                    values[name] = self._templar.template(task_vars[VARS_PREFIX + name])
                except AnsibleError:
                    raise OptionError(VARS_PREFIX + name, "cannot be templated.") from None
        return values

    def _posters(
        self, params: Mapping[str, Any], task_vars: dict[str, Any]
    ) -> list[Callable[[CheckReport], dict[str, Any]]]:
        """Return functions that post a report, one for each place. Raises :class:`OptionError`."""

        def execute(arguments: dict[str, Any]) -> Mapping[str, Any]:
            no_log = self._task.no_log
            self._task.no_log = True  # The module then does not write its arguments to the system log.
            try:
                done: Mapping[str, Any] = self._execute_module(URI, arguments, task_vars=task_vars)
            finally:
                self._task.no_log = no_log
            return done

        common = {name: params[name] for name in ("timeout", "validate_certs", "ca_path") if params[name] is not None}
        sender = Sender(execute, params["retries"], common)
        posters: list[Callable[[CheckReport], dict[str, Any]]] = []
        if params["chat_url"]:
            target = chat_target(params["chat_url"])
            posters.append(lambda report: post_chat(sender, target, report, params["chat_format"]))
        if params["issues"]:
            kind = SERVICES[params["issues"]]
            names = ("issues_token", "issues_project", "issues_label", "merge_request")
            place = Place(params["issues_api_url"] or kind.default_url, *(params[name] for name in names))
            service = kind(sender, place)
            posters.append(lambda report: post_issue(service, report))
        return posters

    def _post(
        self, patterns: list[str], posters: list[Callable[[CheckReport], dict[str, Any]]]
    ) -> tuple[list[dict[str, Any]], list[PostError]]:
        """Post every report to every place, and return what was done, and the errors."""
        posted: list[dict[str, Any]] = []
        errors: list[PostError] = []
        folders: dict[str, None] = {}
        for pattern in patterns:
            try:
                folders.update(dict.fromkeys(report_folders(pattern)))
            except PostError as exc:
                errors.append(exc)
        for folder in folders:
            try:
                report = read_check_report(folder)
            except PostError as exc:
                errors.append(exc)
                continue
            start = {"report_dir": folder, "check": report.check, "account": report.label, "status": report.status}
            for post in [] if self._task.check_mode else posters:
                try:
                    posted.append({**start, **post(report)})
                except PostError as exc:
                    errors.append(exc)
        return posted, errors


def _merge_request(issues: str) -> int | None:
    """Return the number of the pull request or merge request that the CI job is for, if it is for one."""
    if issues == "github":
        found = re.fullmatch(r"refs/pull/([0-9]+)/\w+", os.environ.get("GITHUB_REF", ""))
    else:
        found = re.fullmatch(r"([0-9]+)", os.environ.get("CI_MERGE_REQUEST_IID", ""))
    return int(found[1]) if found else None


def _summary(posted: list[dict[str, Any]]) -> str:
    done = [f"{each['check']} check, {each['to']} {each['action']}" for each in posted if each["action"] != "none"]
    return "; ".join(done) or "nothing, because there is nothing new"
