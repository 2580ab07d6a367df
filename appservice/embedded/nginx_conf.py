"""The configuration of the reverse proxy before a scaled installation. Pure: makes text, writes nothing.

The rules are those of docs/deployment/nginx.conf: no address is logged, nothing is compressed where a secret and chosen
text meet, and what is streamed is not held back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# What a generic worker may answer while the main process writes every stream, of what our clients ask:
# https://element-hq.github.io/synapse/latest/workers.html#synapseappgeneric_worker
# Not there: what the main process alone may do (typing, receipts, to-device messages, uploads of keys), and a room's
# `/messages`, which have to go where the room is purged.
WORKER_PATHS = (
    r"/_matrix/client/(r0|v3)/sync$",
    r"/_matrix/client/unstable/org\.matrix\.simplified_msc3575/sync$",
    r"/_matrix/client/versions$",
    r"/_matrix/client/(r0|v3)/(joined_rooms|capabilities|account/whoami|notifications)$",
    r"/_matrix/client/(r0|v3)/user/[^/]+/filter(/|$)",
    r"/_matrix/client/(r0|v3)/rooms/[^/]+/(joined_members|members|state|event/.+|context/.+)$",
    r"/_matrix/client/v1/rooms/[^/]+/(hierarchy|threads|relations/.+|timestamp_to_event)$",
    r"/_matrix/client/(r0|v3)/keys/(query|changes|claim)$",
    r"/_matrix/client/(r0|v3)/rooms/[^/]+/(send|redact)/",
)


@dataclass(frozen=True, kw_only=True)
class Proxied:
    """Ports, all on 127.0.0.1: where the proxy listens, and what is behind it."""

    portal: int
    homeserver: int
    replicas: Sequence[int]
    main: int
    workers: Sequence[int]


def nginx_configuration(proxied: Proxied, directory: Path, user: str | None, files: int) -> str:
    """The whole file. `directory` is the proxy's own; `user` is whom its processes run as, where root starts it.

    `files` is how many it may open: each guest takes four.
    """
    worker_paths = "\n".join(_to_worker(path) for path in WORKER_PATHS)
    return f"""\
daemon off;
{f"user {user};" if user else ""}
worker_processes 1;
worker_rlimit_nofile {files};
pid "{directory}/nginx.pid";
# Anything less would be told with the address of who asked.
error_log "{directory}/error.log" crit;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    server_tokens off;
    gzip off;
    client_max_body_size 20m;
    # Kept whole until it is answered, so that it can be sent again elsewhere; in memory, never in a file.
    client_body_buffer_size 512k;
    client_body_temp_path "{directory}/body";
    proxy_temp_path "{directory}/proxy";
    fastcgi_temp_path "{directory}/fastcgi";
    uwsgi_temp_path "{directory}/uwsgi";
    scgi_temp_path "{directory}/scgi";
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_buffering off;
    proxy_connect_timeout 2s;
    proxy_read_timeout 70s;

    upstream portal {{
{_servers(proxied.replicas)}
        keepalive 64;
    }}
    upstream main {{
        server 127.0.0.1:{proxied.main} max_fails=0;
        keepalive 64;
    }}
    # Whoever asks is led to the same one, which remembers where they stand, for as long as it lives.
    upstream worker {{
        hash $http_authorization consistent;
{_servers(proxied.workers)}
        keepalive 64;
    }}

    server {{
        listen 127.0.0.1:{proxied.portal};
        # For the portal's counts of openings alone.
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        location / {{
            proxy_pass http://portal;
            proxy_next_upstream error timeout;
        }}
        # An exit that was not answered is brought to the other replica: to leave twice does no harm.
        location = /exit {{
            proxy_pass http://portal;
            proxy_next_upstream error timeout non_idempotent;
        }}
    }}

    server {{
        listen 127.0.0.1:{proxied.homeserver};
        proxy_next_upstream error timeout;
        location /_matrix/ {{ proxy_pass http://main; }}
        location /_matrix/media/ {{
            proxy_pass http://main;
            proxy_request_buffering off;
        }}
        location /.well-known/matrix/ {{ proxy_pass http://main; }}
        location / {{ return 404; }}
{worker_paths}
    }}
}}
"""


def _servers(ports: Sequence[int]) -> str:
    return "\n".join(f"        server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in ports)


def _to_worker(path: str) -> str:
    return f"        location ~ ^{path} {{ proxy_pass http://worker; }}"
