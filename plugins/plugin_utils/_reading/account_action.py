# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base classes of the actions that read the account on the controller.

These are actions and not modules for two reasons: a module's arguments are shown at -vvv and logged on its host, and those
of a drift check may hold passwords; and only the controller can decrypt vaulted text.
"""

from __future__ import annotations

import gc
import re
import traceback
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ...module_utils._errors import InternalError, OptionError, TelnyxError
from ...module_utils._text import one_line, prefixed
from .action_options import resolve_options
from .argument_spec import OPTIONS, argument_spec
from .options import Options, check_options
from .plugin_options import API_KEY_HINT, KEY_HINT
from .snapshot_file import read_connections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible.parsing.vault import VaultLib

    from .._api.credential_connections import Listing

display = Display()


class AccountAction(ActionBase):
    """An action that reads the whole account. :meth:`act` does its work.

    ``SPEC`` are its own options, and ``READING_GROUPS`` the groups of those that say how the account is read.
    """

    _requires_connection = False
    _supports_async = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {}
    READING_GROUPS: ClassVar[tuple[str, ...]] = ("access", "limits", "snapshot")
    # Those of the task; empty until it runs.
    _variables: Mapping[str, Any] = MappingProxyType({})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action; every error of the collection becomes a failed result with ``error`` in it."""
        result: dict[str, Any] = {}
        variables = self._variables = task_vars or {}
        try:
            if self._task.async_val:
                raise OptionError("async", "is not supported.", "Leave async and poll out.")
            result.update(super().run(tmp, task_vars))
            self.prepare(variables)
            spec = {**argument_spec(*self.READING_GROUPS), **self.SPEC}
            environment = self.reads_environment(variables)
            params = resolve_options(spec, self._task.args, variables, self._templar, environment=environment)
            # Searching the records of 10,000 connections for cycles, again and again, would take a third of the time. This
            # process ends with the task.
            gc.disable()
            result.update({"changed": False, **self.perform(params, variables)})
        except TelnyxError as exc:
            result.update(self.error_result(exc))
        except (AnsibleConnectionFailure, AnsibleActionFail):
            raise
        except AnsibleError as exc:
            message = str(exc).replace(type(self).__module__, self._task.action)
            result.update(self.error_result(OptionError("options", one_line(message, 1500))))
        except RecursionError:
            result.update(self.error_result(OptionError("options", "something is nested too deeply.")))
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

    def reads_environment(self, task_vars: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Return whether environment variables set options that neither the task nor a variable sets."""
        return True

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Check the options, do the work and return the result. Raises :class:`TelnyxError`."""
        hint = KEY_HINT if "snapshot_file" in params else API_KEY_HINT
        return self.act(params, check_options(params, self.direct_keys(), hint))

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Do the work and return the result. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def error_result(self, error: TelnyxError) -> dict[str, Any]:
        """Return an error as the result of the action."""
        error = self.as_written_by_the_user(error)
        return {"failed": True, "changed": False, "msg": prefixed(error), "error": error.as_dict()}

    @property
    def variable_prefix(self) -> str:
        """What the variables begin with that set the task's own options, or an empty text if the user wrote the task."""
        role = self._task._role  # noqa: SLF001 - there is no public way to know it
        if role is not None and role.get_name().startswith("siptrunk.telnyx."):
            return f"{role.get_name().rpartition('.')[2]}_"
        return str(self._variables.get("_variable_prefix", ""))

    def shown(self, option: str) -> str:
        """Return the name by which the user sets an option: that of a variable in a role or playbook of the collection."""
        if not self.variable_prefix:
            return option
        if option not in self.SPEC and OPTIONS.get(option, {}).get("variable"):
            return f"telnyx_{option}"
        return f"{self.variable_prefix}{option}" if option in self.SPEC or option in self._task.args else option

    def as_written_by_the_user(self, error: TelnyxError) -> TelnyxError:
        """Return an error that names options as the user set them."""
        if not self.variable_prefix:
            return error
        names = "|".join(sorted((each for each in self.SPEC if "_" in each), key=len, reverse=True))

        def renamed(text: str) -> str:
            text = re.sub(rf"(?<![\w.])({names})(?!\w)", lambda found: self.shown(found[1]), text) if names else text
            return re.sub(r"\b(?:option|value of) (\w+)", lambda found: f"variable {self.shown(found[1])}", text)

        changed = error.with_strings(renamed)
        if isinstance(error, OptionError):
            return OptionError(self.shown(error.option), changed.message, changed.hint)
        return changed

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
        listing = read_connections(replace(options, **changes), lambda line: display.vvv(prefixed(line)))
        for warning in listing.warnings:
            display.warning(prefixed(warning))
        return listing
