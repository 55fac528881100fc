"""How the pages are served: to this machine only, whatever the working directory and whoever starts them.

Whoever reaches the port can spend the key's money. So the safe options stand three times: in the ``config.toml`` that
lies beside ``gui_app.py``, on the command line of ``colloquia gui``, and in the check that every page makes.
"""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia.errors import SettingsError
from colloquia.extras import install

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = "127.0.0.1"
LAST_PORT = 65_535
FURTHER = "COLLOQUIA_RUN_DIR"
"""Environment variable with one more run folder to show, beside ``data`` and ``runs/*``."""
RIGHT_COMMAND = "colloquia gui"
OPTIONS: Mapping[str, str | bool | tuple[str, ...]] = {
    "server.address": ADDRESS,
    "server.allowedHosts": ("localhost", "127.0.0.1"),
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.showEmailPrompt": False,
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": False,
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "theme.baseRadius": "medium",
    "theme.paddingTop": "1rem",
    "theme.metricValueFontSize": "1.4rem",
    "theme.light.primaryColor": "#0b5fa5",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f3f5f7",
    "theme.light.textColor": "#14181c",
    "theme.light.codeTextColor": "#0b5f3c",
    "theme.light.borderColor": "#d5dbe1",
    "theme.dark.primaryColor": "#1f78d1",
    "theme.dark.backgroundColor": "#0f1418",
    "theme.dark.secondaryBackgroundColor": "#1a2127",
    "theme.dark.textColor": "#e7ebee",
    "theme.dark.codeTextColor": "#7fd1ad",
    "theme.dark.borderColor": "#333d46",
}
"""What the pages are served with; ``.streamlit/config.toml`` says the same."""
_DOOR = Path("gui") / "door" / "main.py"


def command(*, port: int | None = None, opens_browser: bool = True) -> list[str]:
    """Return the command that serves the pages.

    Args:
        port: Where to listen; the first free one from 8501 on where None.
        opens_browser: Whether a browser window is opened.

    Raises:
        SettingsError: Streamlit is not installed, or the port is taken.
    """
    if find_spec("streamlit") is None:
        raise SettingsError(f"The pages need the package streamlit: {install('streamlit')}")
    if port is not None and not is_free(port):
        raise SettingsError(
            f"Port {port} of {ADDRESS} cannot be used, another program may be serving there: name another, such as "
            f"--port {another(port)}, or leave --port out."
        )
    options = {**OPTIONS, "server.headless": not opens_browser, **({} if port is None else {"server.port": str(port)})}
    flags = [f"--{name}={value}" for name, values in options.items() for value in _values(values)]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(Path(__file__).parents[2] / _DOOR), *flags]


def is_free(port: int) -> bool:
    """Tell whether the pages could be served at a port of this machine."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def another(port: int) -> int:
    """Return a port to try where one is taken."""
    return port + 100 if port + 100 <= LAST_PORT else port - 100


def environment(run_dir: Path | None = None) -> dict[str, str]:
    """Return the environment in which the pages are served."""
    house = Path(__file__).parents[3]
    found_in = filter(None, (str(house), os.environ.get("PYTHONPATH")))
    further = {FURTHER: str(run_dir.resolve())} if run_dir else {}
    kept = {name: value for name, value in os.environ.items() if name != FURTHER}
    return {**kept, "PYTHONPATH": os.pathsep.join(found_in), **further}


def is_private(address: str | None) -> bool:
    """Tell whether only this machine reaches a server that listens on ``address``; None listens everywhere."""
    if address == "localhost":
        return True
    try:
        return ip_address(address or "0.0.0.0").is_loopback  # noqa: S104 (it is what is refused)
    except ValueError:
        return False


def objections(options: Mapping[str, object]) -> list[str]:
    """Return in words why pages must not be shown under Streamlit's ``options``; empty where they may."""
    found = []
    if not is_private(_text(options.get("server.address"))):
        found.append("The server listens to the whole network, and whoever reaches it could spend the key's money.")
    found += [
        f"{name} is switched off, so that another page in this browser could press buttons here."
        for name in ("server.enableXsrfProtection", "server.enableCORS")
        if not options.get(name)
    ]
    hosts = options.get("server.allowedHosts") or ()
    if not isinstance(hosts, list | tuple) or not hosts or not all(is_private(_text(host)) for host in hosts):
        found.append("server.allowedHosts lets another site pass itself off as this machine.")
    return found


def _values(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _text(value: object) -> str | None:
    return str(value) if value else None
