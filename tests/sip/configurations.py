"""The programs' own configuration, which includes the files that the role writes."""

from __future__ import annotations

_KAMAILIO = """\
debug=1
log_stderror=yes
children=2
tcp_children=2
enable_tls=yes
auto_aliases=no
alias="sip.telnyx.com"
listen=udp:{address}:{port}
listen=tcp:{address}:{port}
listen=tls:{address}:{tls_port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "ctl.so"
loadmodule "db_text.so"
loadmodule "tls.so"
modparam("tls", "config", "{folder}/tls.cfg")
modparam("ctl", "binrpc", "unix:{socket}")
"""

REGISTRAR = (
    _KAMAILIO
    + """\
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "auth.so"
loadmodule "auth_db.so"
modparam("auth_db", "db_url", "text://{folder}")
modparam("auth_db", "calculate_ha1", 0)
modparam("auth_db", "password_column", "ha1")
modparam("auth_db", "use_domain", 0)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "received_avp", "$avp(RECEIVED)")
modparam("nathelper", "received_avp", "$avp(RECEIVED)")
request_route {{
    force_rport();
    # As in Debian's kamailio.cfg: a URI that is not this registrar's is not relayed.
    if (from_uri != myself && uri != myself) {{ sl_send_reply("403", "Not relaying"); exit; }}
    if (is_method("REGISTER")) {{
        if (!www_authenticate("registrar.test", "subscriber")) {{
            if ($au != $null) xlog("L_NOTICE", "REFUSED $au\\n");
            www_challenge("registrar.test", "0");
            exit;
        }}
        if ($au != $tU) {{ sl_send_reply("403", "Not yours"); exit; }}
        fix_nated_register();
        save("location");
        exit;
    }}
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("ACK") && !has_totag()) {{ t_relay(); exit; }}
    if (has_totag()) {{
        loose_route();
        t_relay();
        exit;
    }}
    if (is_method("CANCEL")) {{ t_relay(); exit; }}
    record_route();
    if (has_body("application/sdp")) xlog("L_NOTICE", "SDP-BEGIN$rb SDP-END\\n");
    if (!lookup("location")) {{ sl_send_reply("404", "Not here"); exit; }}
    t_on_reply("ANSWER");
    t_relay();
}}
onreply_route[ANSWER] {{
    if (status =~ "200" && has_body("application/sdp")) xlog("L_NOTICE", "SDP-BEGIN$rb SDP-END\\n");
}}
"""
)

CLIENT = (
    _KAMAILIO
    + """\
loadmodule "uac.so"
modparam("db_text", "db_mode", 1)
modparam("uac", "reg_db_url", "text://{folder}/telnyx")
modparam("uac", "reg_contact_addr", "127.0.0.1:{port}")
modparam("uac", "reg_timer_interval", 1)
modparam("uac", "reg_retry_interval", 3600)
request_route {{
    sl_send_reply("200", "OK");
}}
"""
)

BARESIP = """\
module_path {modules}
sip_listen 127.0.0.1:{port}
sip_cafile {ca_file}
sip_verify_server yes
call_max_calls 4
audio_player aubridge,nil
audio_source aubridge,nil
audio_alert aubridge,nil
module stdio.so
module g711.so
module g722.so
module opus.so
module aubridge.so
module srtp.so
module uuid.so
module_tmp account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""

ASTERISK = {
    "asterisk.conf": """\
[directories]
astetcdir => {folder}
astmoddir => {modules}
astvarlibdir => {folder}/lib
astdbdir => {folder}/lib
astkeydir => {folder}/lib
astdatadir => {data}
astagidir => {folder}/lib
astspooldir => {folder}/lib
astrundir => {folder}
astlogdir => {folder}/lib
""",
    "modules.conf": """\
[modules]
autoload=no
load=res_sorcery_config.so
load=res_sorcery_memory.so
load=res_sorcery_astdb.so
load=res_timing_timerfd.so
load=res_pjproject.so
load=res_pjsip.so
load=res_pjsip_session.so
load=res_pjsip_authenticator_digest.so
load=res_pjsip_outbound_authenticator_digest.so
load=res_pjsip_outbound_registration.so
load=res_pjsip_endpoint_identifier_ip.so
load=res_pjsip_config_wizard.so
load=codec_ulaw.so
load=codec_alaw.so
load=codec_g722.so
""",
    "pjsip.conf": "[global]\ntype = global\n#include pjsip_transport_telnyx.conf\n",
    "pjsip_wizard.conf": "#include pjsip_wizard_telnyx.conf\n",
    "logger.conf": "[general]\n[logfiles]\nconsole => notice,warning,error\n",
}

# One file: FreeSWITCH also reads a configuration that includes nothing but the gateways.
FREESWITCH = """\
<document type="freeswitch/xml">
  <section name="configuration">
    <configuration name="modules.conf">
      <modules>
        <load module="mod_logfile"/>
        <load module="mod_event_socket"/>
        <load module="mod_commands"/>
        <load module="mod_dptools"/>
        <load module="mod_dialplan_xml"/>
        <load module="mod_tone_stream"/>
        <load module="mod_sofia"/>
      </modules>
    </configuration>
    <configuration name="switch.conf">
      <settings><param name="loglevel" value="info"/></settings>
    </configuration>
    <configuration name="logfile.conf">
      <profiles>
        <profile name="default">
          <settings/>
          <mappings><map name="all" value="info,notice,warning,err,crit,alert"/></mappings>
        </profile>
      </profiles>
    </configuration>
    <configuration name="event_socket.conf">
      <settings>
        <param name="listen-ip" value="127.0.0.1"/>
        <param name="listen-port" value="{control}"/>
        <param name="password" value="ClueCon"/>
      </settings>
    </configuration>
    <configuration name="sofia.conf">
      <profiles>
        <profile name="external">
          <gateways>
            <X-PRE-PROCESS cmd="include" data="telnyx/*.xml"/>
          </gateways>
          <settings>
            <param name="sip-ip" value="{address}"/>
            <param name="rtp-ip" value="{address}"/>
            <param name="sip-port" value="{port}"/>
            <param name="context" value="public"/>
            <param name="auth-calls" value="false"/>
            <param name="tls" value="true"/>
            <param name="tls-sip-port" value="{tls_port}"/>
            <param name="tls-cert-dir" value="{folder}/tls"/>
            <param name="tls-version" value="tlsv1.2"/>
            <param name="tls-verify-policy" value="out"/>
          </settings>
        </profile>
      </profiles>
    </configuration>
  </section>
  <section name="dialplan">
    <context name="from-telnyx">
      <extension name="any">
        <condition field="destination_number" expression="^(.+)$">
          <action application="log" data="NOTICE CALLED $1 LIMIT ${{telnyx_inbound_limit}}"/>
          <action application="answer"/>
          <action application="playback" data="tone_stream://%(500,500,440);loops=2"/>
        </condition>
      </extension>
    </context>
  </section>
</document>
"""
