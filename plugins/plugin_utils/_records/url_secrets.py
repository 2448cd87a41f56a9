# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal of what may be a secret in a URL: the user information, the values of the query, and the fragment.

The webhook URLs of a connection may carry a password or a token there. Telnyx needs them as they are, and so does a baseline;
reports do not.
"""

from __future__ import annotations

import re
from typing import Any

from .records import HIDDEN

_FIELD = re.compile(r"((?:[a-z][a-z0-9+.-]*:)?/*)([^/?#]*@)?([^?#]*)(\?[^#]*)?(#.*)?", re.IGNORECASE | re.DOTALL)
# The length of the scheme is limited, because the search begins again at each letter of a long text.
_IN_TEXT = re.compile(r"([a-z][a-z0-9+.-]{0,30}://)([^\s/?#]*@)?([^\s?#]*)(\?[^\s#]*)?(#\S*)?", re.IGNORECASE)
# A part that ends with = and has no value may be a token in Base64.
_QUERY_VALUE = re.compile(r"([?&;][^=&;]*=)(?!=*(?:[&;]|\Z))[^&;]+|([?&;])[^&;]+")


def without_url_secrets(value: Any, name: str) -> Any:
    """Return the value of a field with the secrets of URLs hidden: in fields whose names end with ``_url``, at every depth."""
    if isinstance(value, str):
        return _FIELD.sub(_hide, value, count=1) if name.endswith("_url") else value
    if isinstance(value, list):
        return [without_url_secrets(each, name) for each in value]
    if isinstance(value, dict):
        return {key: without_url_secrets(each, key) for key, each in value.items()}
    return value


def text_without_url_secrets(value: Any) -> Any:
    """Return a value with the secrets of the URLs hidden that its texts contain, at every depth."""
    if isinstance(value, str):
        return _IN_TEXT.sub(_hide, value)
    if isinstance(value, list):
        return [text_without_url_secrets(each) for each in value]
    if isinstance(value, dict):
        return {key: text_without_url_secrets(each) for key, each in value.items()}
    return value


def _hide(found: re.Match[str]) -> str:
    scheme, user, place, query, fragment = found.groups(default="")
    query = _QUERY_VALUE.sub(lambda part: f"{part[1] or part[2]}{HIDDEN}", query)
    user = f"{HIDDEN}@" if len(user) > 1 else user
    return f"{scheme}{user}{place}{query}" + (f"#{HIDDEN}" if len(fragment) > 1 else fragment)
