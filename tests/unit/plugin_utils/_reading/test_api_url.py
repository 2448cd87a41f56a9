"""Which base URLs of the API are accepted."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.api_url import check_api_url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.telnyx.com/v2",
        "https://api.telnyx.com/v2/",
        "http://127.0.0.1:8080/v2",
        "http://127.1.2.3",
        "http://[::1]:8080/v2",
        "http://localhost/v2",
        "HTTPS://API.TELNYX.COM/v2",
    ],
)
def test_api_url_is_returned_without_its_trailing_slash(url: str) -> None:
    assert check_api_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.telnyx.com/v2",
        "ftp://api.telnyx.com",
        "http://api.telnyx.com/v2",
        "http://127.0.0.1.evil.example/v2",
        "http://127.0.0.1@evil.example/v2",
        "http://127.0.0.1\\@evil.example/v2",
        "http://evil.example#@127.0.0.1",
        "http://0x7f.1/",
        "http://0.0.0.0/",
        "http://[::2]/",
        "http://[::1",
        "http://localhost.evil.example",
        "https://user:pass@api.telnyx.com/v2",
        "https://api.telnyx.com/v2?x=1",
        "https://api.telnyx.com/v2#x",
        "https://api.telnyx.com/v 2",
        "https://api.telnyx.com\n.evil.example/v2",
        "https://api.telnyx.com:0/v2",
        "https://api.telnyx.com:70000/v2",
        "https://api.telnyx.com:x/v2",
        "https:///v2",
        "https://[1.2.3.4]/v2",
        "https://[::::]/v2",
        "https://[12345::]/v2",
        "https://аpi.telnyx.com/v2",
    ],
)
def test_api_url_that_could_send_the_key_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(OptionError, match=r"^api_url: "):
        check_api_url(url)
