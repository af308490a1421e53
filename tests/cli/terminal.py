#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives a command at a terminal of its own, as a person would.

usage: terminal.py interrupt|stop|tty|size PAVISE POLICY

Each scenario ends with status 0 if the terminal behaved as it does for a program run alone.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LIMIT_SECONDS = 20


class Terminal:
    def __init__(self, *command):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Reads until the pattern is seen after what was expected before."""
        end = time.monotonic() + LIMIT_SECONDS
        while True:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                sys.exit(f"not seen: {pattern!r} in {self.seen!r}")
            try:
                chunk = os.read(self.fd, 4096)
            except OSError:
                chunk = b""
            if not chunk:
                sys.exit(f"ended before {pattern!r}: {self.seen!r}")
            self.seen += chunk.decode(errors="replace")

    def wait(self):
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return status
            # What is never read may hold the other side up.
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    os.read(self.fd, 4096)
                except OSError:
                    pass
        os.kill(self.pid, signal.SIGKILL)
        sys.exit("did not end")


def interrupt(run):
    """^C ends the program, and pavise by the same signal."""
    t = Terminal(*run, "bash", "-c", "echo rea''dy; sleep 100")
    t.expect("ready")
    time.sleep(0.3)
    t.type("\x03")
    status = t.wait()
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status


def stop(run):
    """^Z gives the shell back, fg goes on, and the shell sees the exit status."""
    t = Terminal("bash", "--norc", "--noprofile", "-i")
    t.type("PS1='prom''pt> '\n")
    t.expect("prompt> ")
    t.type(" ".join(run) + " bash -c 'echo rea''dy; read line; echo got $line; exit 7'\n")
    t.expect("ready")
    time.sleep(0.3)
    t.type("\x1a")
    t.expect("Stopped")
    t.expect("prompt> ")
    t.type("echo still $((40 + 2))\n")
    t.expect("still 42")
    t.type("fg\n")
    time.sleep(0.5)
    t.type("words\n")
    t.expect("got words")
    t.expect("prompt> ")
    t.type("echo status $?\n")
    t.expect("status 7")
    t.type("exit\n")
    t.wait()


def tty(run):
    """The program sees a terminal on all three streams, and its name."""
    t = Terminal(*run, "bash", "-c", "test -t 0 && test -t 1 && test -t 2 && echo is_''tty $(tty)")
    t.expect("is_tty /dev/pts/[0-9]+")
    assert t.wait() == 0


def size(run):
    """A changed window size reaches the program."""
    script = "trap 'stty size; exit 0' WINCH; echo rea''dy; while :; do sleep 0.1; done"
    t = Terminal(*run, "bash", "-c", script)
    t.expect("ready")
    fcntl.ioctl(t.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
    t.expect("33 77")
    assert t.wait() == 0


if __name__ == "__main__":
    scenario, pavise, policy = sys.argv[1:]
    run = [pavise, "run", "-f", policy, "-p", "open", "--"]
    {"interrupt": interrupt, "stop": stop, "tty": tty, "size": size}[scenario](run)
