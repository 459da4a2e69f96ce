"""The first import of the fork server: makes it and its children ignore signals that are sent to the process group.

Ctrl-C and service managers signal every process at once. The worker then finishes its current job, which would fail if its
child had been killed.
"""

import signal

for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(_number, signal.SIG_IGN)
