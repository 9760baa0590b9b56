"""nginx in front of the servers of a cluster, with the same files as in production."""

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from brownian_site.hosts import is_wildcard

from . import programs

SHARED: Final = Path(__file__).resolve().parent / "nginx"


def configure_nginx(
    folder: Path, *, host: str, port: int, server_ports: Iterable[int], static: Path
) -> list[str]:
    """Write nginx's configuration to `folder`. Return the command that runs it on `host`:`port`."""
    nginx = programs.require(programs.find_nginx(), "nginx")
    written = folder / "nginx.conf"
    linked = folder / "static"
    linked.unlink(missing_ok=True)
    linked.symlink_to(static)
    parts: dict[str, object] = {path.stem: path.read_text() for path in SHARED.glob("*.conf")}
    parts["user"] = "user root;" if os.geteuid() == 0 else ""  # may read the files
    parts["mime_types"] = _find_mime_types(nginx)
    parts |= {"listen": _format_listen(host, port), "port": port}
    parts["servers"] = "\n".join(f"server 127.0.0.1:{port} max_fails=0;" for port in server_ports)
    written.write_text((SHARED / "cluster.conf.template").read_text() % parts)
    return [nginx, "-c", str(written), "-p", str(folder), "-e", "stderr"]


def _format_listen(host: str, port: int) -> str:
    both = " ipv6only=off" if ":" in host and is_wildcard(host) else ""
    return f"[{host}]:{port}{both}" if ":" in host else f"{host}:{port}"


def _find_mime_types(nginx: str) -> Path:
    """The list of types that nginx came with, beside its own configuration."""
    output = subprocess.run([nginx, "-V"], capture_output=True, text=True).stderr
    conf = re.search(r"--conf-path=(\S+)", output)
    return Path(conf[1] if conf else "/etc/nginx/nginx.conf").with_name("mime.types")
