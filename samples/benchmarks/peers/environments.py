"""A virtual environment for every peer, so that none has to bear with the versions that another asks for."""

import functools
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent


class Missing(Exception):
    """Says in words why a peer is not there."""


def python(folder, name):
    """The interpreter of FOLDER/NAME with NAME.txt installed; an environment that is up to date costs nothing."""
    reason = install(folder, name)
    if reason:
        raise Missing(reason)
    return folder / name / "bin" / "python"


@functools.cache
def install(folder, name):
    """Makes the environment; the reason where that cannot be, which is not tried again."""
    requirements, stamp = HERE / f"{name}.txt", folder / name / "installed"
    key = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return None
    print(f"installing {requirements.name}", file=sys.stderr)
    venv.create(folder / name, with_pip=True, clear=True)
    words = [folder / name / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    result = subprocess.run([*words, "-r", requirements], capture_output=True, text=True)
    if result.returncode != 0:
        errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
        version = ".".join(map(str, sys.version_info[:2]))
        return f"cannot be installed for Python {version}: {errors[-1] if errors else result.stderr.strip()}"
    stamp.write_text(key)
    return None
