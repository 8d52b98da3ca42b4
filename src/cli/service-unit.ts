// The systemd unit that runs the server: as a user that exists only while it runs, with nothing writable but its own two folders.

export interface ServiceUnit {
  /** The program and what stands before `serve`. */
  readonly command: readonly string[];
  /** Where the configuration is, if anywhere. */
  readonly configFile: string | undefined;
  /** A port below 1024 is for those who may. */
  readonly needsLowPort: boolean;
}

/** As systemd reads a word: quoted, with its own signs doubled. */
function word(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll('$', '$$$$').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /^[\w./:=@+%$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** The unit's text. Data lie in /var/lib/signpost, unpacked native parts in /var/cache/signpost. */
export function unitText({ command, configFile, needsLowPort }: ServiceUnit): string {
  const config = configFile === undefined ? [] : ['--config', configFile];
  const start = [...command, 'serve', '--data-dir', '/var/lib/signpost', ...config].map(word).join(' ');
  const capabilities = needsLowPort ? 'CAP_NET_BIND_SERVICE' : '';
  return `[Unit]
Description=Signpost, a link shortener
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart=${start}
# Wrong configuration (2) and a data folder in use (3) do not get better by trying.
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2 3
# It stops by itself within 10 s.
TimeoutStopSec=20
LimitNOFILE=65536

# A user that exists only while this runs.
DynamicUser=yes
User=signpost
StateDirectory=signpost
StateDirectoryMode=0700
CacheDirectory=signpost
CacheDirectoryMode=0700
Environment=SIGNPOST_CACHE_DIR=/var/cache/signpost
UMask=0077

# Everything else is read-only or not there.
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
# Only the program, the system's libraries and our unpacked native parts may be run.
NoExecPaths=/
ExecPaths=/usr /lib /lib64 ${word(command[0] ?? '')} /var/cache/signpost

# No privileges, and no way to any.
NoNewPrivileges=yes
CapabilityBoundingSet=${capabilities}
AmbientCapabilities=${capabilities}
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: V8 writes the code that it compiles.

[Install]
WantedBy=multi-user.target
`;
}
