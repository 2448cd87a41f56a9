# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What connections are called in the terms of each SIP program, and what the programs' files cannot express.

Sources: each program's documentation.
"""

from __future__ import annotations

# Programs that are not here (kamailio, custom) get the API's own names.
CODECS: dict[str, dict[str, str]] = {
    "asterisk": {"G722": "g722", "G711U": "ulaw", "G711A": "alaw", "G729": "g729", "OPUS": "opus", "H.264": "h264"},
    "freeswitch": {"G722": "G722", "G711U": "PCMU", "G711A": "PCMA", "G729": "G729", "OPUS": "OPUS", "H.264": "H264"},
    # baresip finds a codec whose sampling rate is not 8,000 Hz by name, rate and channels only.
    "baresip": {
        "G722": "G722/16000/1",
        "G711U": "PCMU",
        "G711A": "PCMA",
        "G729": "G729",
        "OPUS": "opus/48000/2",
        "H.264": "H264",
    },
}
# Names, as above, of the video codecs of a program that lists them apart.
VIDEO_CODECS: dict[str, tuple[str, ...]] = {"baresip": ("H264",)}

DTMF: dict[str, dict[str, str]] = {
    "asterisk": {"RFC 2833": "rfc4733", "Inband": "inband", "SIP INFO": "info"},
    # "none": no telephone events and no INFO, so that the tones stay in the audio.
    "freeswitch": {"RFC 2833": "rfc2833", "Inband": "none", "SIP INFO": "info"},
    "baresip": {},
}

# What a connection asks for and the files of a program do not do by themselves, by the name of the warning. What is true
# of every account of a program stands in docs/sip, and is no warning.
UNSUPPORTED: dict[str, dict[str, str]] = {
    "asterisk": {
        "channel_limits": "the channel limits are set as the variables TELNYX_INBOUND_LIMIT and TELNYX_OUTBOUND_LIMIT:"
        " count with GROUP() in the dialplan",
    },
    "freeswitch": {
        "channel_limits": "the channel limits are the gateway's variables telnyx_inbound_limit and telnyx_outbound_limit:"
        " apply them by limit in a dialplan",
        "caller_id": "the caller id is the gateway's variable telnyx_caller_id: apply it in the dialplan; Telnyx itself"
        " applies ani_override",
    },
    "kamailio": {
        "srtp": "SRTP is left to the endpoints behind Kamailio, or to rtpengine",
        "channel_limits": "the channel limits need the dialog module and the routing script",
        "caller_id": "the caller id is left to the routing script; Telnyx itself applies ani_override",
    },
    "baresip": {
        "dtmf": "the DTMF type cannot be set in accounts of version 1.0; baresip sends RFC 2833",
        "channel_limits": "the channel limits cannot be set in accounts (call_max_calls in config is for all)",
        "caller_id": "the caller id cannot be set in accounts; Telnyx itself applies ani_override",
    },
}

# The names of all warnings, which can be accepted.
WARNINGS = ("inactive", "skipped", "codecs", "dtmf", "srtp", "channel_limits", "caller_id", "configured_twice")
