# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each SIP program calls Telnyx's codecs and DTMF types, and what its files cannot express.

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

# What the files of a program cannot express. If a connection or a setting asks for it, a warning is returned: the key
# and the text are one sentence.
UNSUPPORTED: dict[str, dict[str, str]] = {
    "asterisk": {
        "channel_limits": "are set as the variables TELNYX_INBOUND_LIMIT and TELNYX_OUTBOUND_LIMIT: count with GROUP() in the dialplan",
    },
    "freeswitch": {
        "channel_limits": "are the gateway's variables telnyx_inbound_limit and telnyx_outbound_limit: apply them by limit in a dialplan",
        "caller_id": "is the gateway's variable telnyx_caller_id: apply it in the dialplan; Telnyx itself applies ani_override",
        "inbound_codecs": "of calls from Telnyx are those of the Sofia profile; the gateway's own are for calls to it",
        "ca_file": "belongs to the Sofia profile (tls-verify-policy and its certificate folder)",
        "external_address": "belongs to the Sofia profile (ext-sip-ip and ext-rtp-ip)",
    },
    "kamailio": {
        "codecs": "are left to the endpoints behind it",
        "dtmf": "is left to the endpoints behind it",
        "srtp": "is left to the endpoints behind it, or to rtpengine",
        "channel_limits": "need the dialog module and the routing script",
        "caller_id": "is left to the routing script; Telnyx itself applies ani_override",
        "ca_file": "belongs to tls.cfg (ca_list, verify_certificate)",
        "context": "is a setting of Asterisk and FreeSWITCH only",
    },
    "baresip": {
        "dtmf": "cannot be set in accounts of version 1.0; baresip sends RFC 2833",
        "channel_limits": "cannot be set in accounts (call_max_calls in config is for all)",
        "caller_id": "cannot be set in accounts; Telnyx itself applies ani_override",
        "ca_file": "belongs to config (sip_cafile, sip_verify_server); before version 1.1 it checks no certificate",
        "external_address": "cannot be set in accounts (sipnat and a STUN server find it)",
        "context": "is a setting of Asterisk and FreeSWITCH only",
    },
}
