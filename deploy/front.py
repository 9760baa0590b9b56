"""nginx before the servers of a cluster, with the same files as on the internet."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from . import programs

SHARED: Final = Path(__file__).resolve().parent / "nginx"

CONF: Final = """
daemon off;
{user}
worker_processes 2;
include {shared}/main.conf;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 16384; }}
http {{
    include {mime_types};
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-other;
    uwsgi_temp_path {folder}/nginx-other;
    scgi_temp_path {folder}/nginx-other;
    include {shared}/http.conf;
    upstream brownian_pages {{
        least_conn;
        {servers}
    }}
    upstream brownian_sockets {{
        least_conn;
        {servers}
    }}
    server {{
        listen {host}:{port};
        set $brownian_static {static}/;
        set $brownian_host $host:{port};
        include {shared}/server.conf;
    }}
}}
"""


def nginx_command(
    folder: Path, *, host: str, port: int, server_ports: Iterable[int], static: Path
) -> list[str]:
    """How nginx is run on `host`:`port`; its configuration is written to `folder`."""
    nginx = programs.needed(programs.nginx(), "nginx")
    written = folder / "nginx.conf"
    servers = (f"server 127.0.0.1:{port} max_fails=0;" for port in server_ports)
    written.write_text(
        CONF.format(
            user="user root;" if os.geteuid() == 0 else "",  # who may read the files
            folder=folder,
            mime_types=_mime_types(nginx),
            shared=SHARED,
            host=host,
            port=port,
            static=static,
            servers="\n        ".join(servers),
        )
    )
    return [nginx, "-c", str(written), "-p", str(folder), "-e", "stderr"]


def _mime_types(nginx: str) -> Path:
    """The list of types that nginx came with, beside its own configuration."""
    told = subprocess.run([nginx, "-V"], capture_output=True, text=True).stderr
    conf = re.search(r"--conf-path=(\S+)", told)
    return Path(conf[1] if conf else "/etc/nginx/nginx.conf").with_name("mime.types")
