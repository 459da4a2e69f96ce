"""What a server loads when it starts."""

import subprocess
import sys

# Half a second of the start and 40 MB of each process; only the processes that measure sounds need them. Sentry needs a DSN.
_LATER = ("scipy", "av", "soundfile", "PIL", "sentry_sdk")


def test_server_starts_without_libraries_that_it_does_not_use():
    program = f"import sys, askchopper.askchopper; print([name for name in {_LATER} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
