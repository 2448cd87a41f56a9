# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache plugin of Ansible, as a store that several runs share at the same time.

An error of the plugin is a warning, because the account can be read from the API instead. Its text is left out, because it
may quote what is cached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ansible import constants as C
from ansible.plugins.loader import cache_loader
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.time_limit import call_within
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import warn

if TYPE_CHECKING:
    from collections.abc import Mapping

# In these plugins, the method contains writes the list of keys as it was when the instance was created, and so loses the keys that
# other runs have added since.
CONTAINS_WRITES = ("memcached", "community.general.memcached")


class CachePlugin:
    """Reads and writes a cache plugin, each time with a new instance, because an instance keeps what it has read.

    ``name`` and ``connection`` are the options ``cache_plugin`` and ``cache_connection``: without a name, it is the plugin for
    facts. ``time_limit`` is the maximum duration of an operation in seconds: some plugins wait forever for a server that hangs.
    After an error, the plugin is not used again until :meth:`retry`. Raises :class:`OptionError` if there is no plugin of
    this name.
    """

    def __init__(self, name: str | None, connection: str | None, time_limit: float) -> None:
        self.name: str = name or C.CACHE_PLUGIN
        if not cache_loader.find_plugin_with_context(self.name).resolved:
            raise OptionError("cache_plugin", f"there is no cache plugin {one_line(self.name)!r}.")
        self._options = {} if connection is None else {"_uri": connection}
        self._time_limit = time_limit
        self._is_usable, self._has_hung = True, False

    def retry(self) -> None:
        """Use the plugin again after an error, unless an operation took too long: each further one would take as long."""
        self._is_usable = not self._has_hung

    def get(self, key: str) -> Any:
        """Return the value of a key, or ``None`` if there is none or it cannot be read."""
        return self._call(lambda: self._get(key), warn_of_failed_read)

    def set(self, key: str, value: Mapping[str, object]) -> bool:
        """Store a value, and return whether that succeeded."""

        def store() -> bool:
            self._instance().set(key, dict(value))
            return True

        return self._call(store, warn_of_failed_write) or False

    def _instance(self) -> Any:
        return cache_loader.get(self.name, **self._options)

    def _get(self, key: str) -> Any:
        plugin = self._instance()
        # In community.general.redis, get deletes a key that it does not find, which another run may have set in between.
        if self.name not in CONTAINS_WRITES and not plugin.contains(key):
            return None
        try:
            return plugin.get(key)
        except KeyError:
            return None
        except Exception as exc:  # noqa: BLE001 - a value that the plugin cannot decode; it can be replaced
            warn_of_failed_read(self.name, exc)
            return None

    def _call(self, function: Callable[[], Any], warn_of: Callable[[str, Exception], None]) -> Any:
        """Return what a function returns, or ``None`` if the plugin does not work."""
        if not self._is_usable:
            return None
        try:
            return call_within(self._time_limit, function)
        except Exception as exc:  # noqa: BLE001 - a cache plugin may raise anything
            self._is_usable, self._has_hung = False, isinstance(exc, TimeoutError)
            warn_of(self.name, exc)
            return None


def warn_of_failed_read(plugin: str, error: Exception) -> None:
    """Warn that reading from the cache plugin failed."""
    warn(f"The cache plugin {plugin} could not be read: {type(error).__name__}.")


def warn_of_failed_write(plugin: str, error: Exception) -> None:
    """Warn that writing to the cache plugin failed."""
    warn(f"The cache plugin {plugin} could not be written: {type(error).__name__}.")
