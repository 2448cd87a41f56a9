"""Passwords that are awkward in some file format."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.escaping import PASSWORD_ESCAPES

AWKWARD = [
    "semi;colon;", "back\\slash", "\\;both\\;", ";;starts", "ends;;", "ends with\\", "double\\\\back", "a;--b--;c",
    'quote"inside', '"quoted"', '""', 'three"""quotes', "single'quote'", "`backtick`", "<angle>&amp;", "]]>cdata",
    "$${domain}", "${EXTEN}", "$dollar$", "#include x", "#hash#hash", "//slashes//", "col:on:col", "::colons::",
    "percent%20%", "equals=equals=", "=starts", ">starts=>", "=>arrow", "[section]", "{{ jinja }}", "{% raw %}",
    "{# note #}", "comma,comma", "at@sign", "plus+minus-", "star*star", "question?", "exclaim!!", "tilde~caret^",
    "pipe|pipe", "paren()thesis", "brace{}brace", "under_score", "dot.dot.", "in side space", "two  spaces", "n\\n",
    "t\\tt", "zero\\0zero", "\\\\", "\\:", ":\\", "%s%n%d", "../../etc", "|rm -rf", "&&true", "üñïçødé",
    "пароль-пароль", "密码密码密码密码", "emoji☎phone", "NULL", "<null>", "!unsafe", "password", "yes",
    "a" * 128, "1234567890" * 12, "~!@#$%^&*()_+", "x;y z;w", "\\\"mixed\\'", "end\"",
    "a x-pre-process z", '<X-Pre-Process cmd="set" data="a=b"/>', "a <include> b", "a </include> b", "a <?xml?> b",
    "a <!--#set a=b--> b",
]  # fmt: skip


# All printable characters of ASCII; those with a meaning in some format are more frequent.
NOISE = "".join(map(chr, range(32, 127))) + ";\\:\"'$#{}[]<>&=, " * 3


def is_representable(program: str, password: str) -> bool:
    """Whether the program's format can represent the password; the role refuses the others."""
    try:
        PASSWORD_ESCAPES[program](password)
    except SipConfigError:
        return False
    return True
