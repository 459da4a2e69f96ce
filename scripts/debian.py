"""Install packages of the distribution that the tests use, where that is possible: on Debian, as root."""

import os
import shutil
import subprocess
import sys


def install(*names: str) -> bool:
    """Install the first of the packages that can be had; returns whether there was one."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    print(f"Installing {names[0]} of the distribution…", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL, env=environment)
    for name in names:
        words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name]
        if subprocess.run(words, check=False, stdout=subprocess.DEVNULL, env=environment).returncode == 0:
            return True
    return False
