"""Imported by the fork server of ``sandbox`` before all else: neither it nor its children end by a signal to their whole group.

Ctrl-C and service managers signal every process at once. The worker finishes what it does then, and a child that had ended would
say that its file is bad.
"""

import signal

for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(_number, signal.SIG_IGN)
