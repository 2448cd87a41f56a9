# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the variables of the role sip_config, render its files on the controller, and have them written on the managed node.

Callback plugins can read a task's arguments and store them, so records, passwords and files never get into them.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import prefixed
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.action_options import HiddenText
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plain_types import to_plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.unsafe import mark_unsafe
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import HIDDEN
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.files import render
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import PREFIX, SipSettings
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.variables import VARIABLES, folder_of, prepare

_CONNECTIONS = "siptrunk.telnyx.credential_connections"
_OF_THE_ROLE = ("validate", "owner", "group", "mode", "backups")  # variables that are the module's options, too


class ActionModule(ActionBase):
    """Evaluate the role's variables on the controller, and run the module on the managed node."""

    _supports_async = False
    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with the content of the files."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        warnings: list[str] = []
        values = {}
        try:
            if arguments.get("state") != "restored" and arguments.get("files") is None:
                values = self._values(variables)
                arguments.update(self._arguments(values, variables, warnings))
            elif arguments.get("dest") is None:
                arguments["dest"] = folder_of(self._values(variables, ("program", "dest")))
        except TelnyxError as exc:
            raise AnsibleActionFail(prefixed(exc)) from None
        result.update(self._execute_module("siptrunk.telnyx.sip_config_files", arguments, task_vars=variables))
        if "configured_twice" not in (values.get("accepted_warnings") or ()):
            warnings += [
                f"configured_twice: {each} is registered by this line, too: Telnyx keeps one registration of it."
                for each in result.get("configured_twice", ())
            ]
        if warnings:
            result["warnings"] = [*result.get("warnings", ()), *map(prefixed, warnings)]
        return result

    def _values(self, variables: Mapping[str, Any], needed: Sequence[str] = VARIABLES) -> dict[str, Any]:
        """Return the role's variables without their prefix, as plain types; ``None`` for those that are not needed.

        Raises :class:`SipConfigError`.
        """
        values, problems = {}, []
        for name in variables:
            if name.startswith(PREFIX):
                own = name.removeprefix(PREFIX)
                try:
                    values[own] = to_plain(self._templar.template(variables[name])) if own in needed else None
                except (AnsibleError, TelnyxError) as exc:
                    problems.append(f"{name}: {exc}")
        if problems:
            raise SipConfigError(" ".join(problems))
        return values

    def _arguments(
        self, values: Mapping[str, Any], variables: Mapping[str, Any], warnings: list[str]
    ) -> dict[str, Any]:
        """Return the module's arguments. Raises :class:`SipConfigError`."""

        def lookup(terms: Sequence[Any], options: Mapping[str, Any]) -> list[Any]:
            return list(to_plain(self._look_up(_CONNECTIONS, terms, variables, options)))

        filters = values.get("filters") or {}
        snapshot = filters.get("snapshot_file") or self._templar.template(variables.get("telnyx_snapshot_file"))
        settings, found = prepare(values, lookup, bool(snapshot or os.environ.get("TELNYX_SNAPSHOT_FILE")))
        warnings += [f"{name}: {text}" for name, text in found.warnings]
        files = self._files(values, variables, found.accounts, settings)
        return {
            "program": settings.program,
            "dest": folder_of(values),
            "files": {
                name: HiddenText(base64.b64encode(text.encode("utf-8", "surrogateescape")).decode())
                for name, text in files.items()
            },
            "kept_users": found.skipped,
            **{name: values[name] for name in _OF_THE_ROLE if values.get(name) is not None},
        }

    def _files(
        self, values: Mapping[str, Any], variables: Mapping[str, Any], accounts: list[Any], settings: SipSettings
    ) -> dict[str, str]:
        """Return the texts of the files by name. Raises :class:`SipConfigError`."""
        if settings.program != "custom":
            return render(accounts, settings)
        template = str(values["template"])
        name = str(values.get("filename") or template.rpartition("/")[2].removesuffix(".j2"))
        data = mark_unsafe({"accounts": accounts, "settings": vars(settings)})
        try:
            (text,) = self._look_up("ansible.builtin.template", [template], variables, {"template_vars": data})
        except Exception as exc:  # noqa: BLE001 - before ansible-core 2.19, an error of an expression may be of any class
            # The error may quote what the template gave to a filter or a lookup.
            message = str(exc)
            for account in accounts:
                message = message.replace(account["password"], HIDDEN)
            raise SipConfigError(f"sip_config_template: {template}: {message}") from None
        return {name: str(text)}

    def _look_up(
        self, plugin: str, terms: Sequence[Any], variables: Mapping[str, Any], options: Mapping[str, Any]
    ) -> list[Any]:
        """Return what a lookup returns. Raises :class:`SipConfigError`."""
        own = {**variables, "ansible_search_path": self._task.get_search_path()}
        lookup = lookup_loader.get(plugin, loader=self._loader, templar=self._templar)
        try:
            return list(lookup.run(list(terms), variables=own, **options))
        except AnsibleError as exc:
            raise SipConfigError(str(exc).removeprefix(prefixed(""))) from None
