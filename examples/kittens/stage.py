# SPDX-License-Identifier: BSD-2-Clause
"""What the story needs around it: a folder, a secret, the service started in one way or the other, and a
client for it. All is on the loopback interface; all waits end; only what was started here is ended.

    DIR/state/kittens.ini       the configuration, with a secret made for this run alone
    DIR/state/{jobs,tmp,port}   what the service writes
    DIR/include/tunables/kittens   for the profiles: where all this is
    DIR/*.log, DIR/denials.json    what the service and Pavise said
"""
import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GUNICORN = "/usr/bin/gunicorn"
START_TIMEOUT = 60  # seconds
STOP_TIMEOUT = 20  # seconds
REQUEST_TIMEOUT = 90  # seconds
PATTERN_CHARACTERS = '\\"*?[]{}^@ '


def find_pavise():
    """The program, and the library beside it in the build folder (None: the installed one)."""
    program = os.environ.get("PAVISE") or os.path.join(ROOT, "build/src/cli/pavise")
    library = os.path.join(os.path.dirname(program), "../lib/libpavise.so.0")
    library = os.environ.get("PAVISE_LIBRARY") or (library if os.path.exists(library) else None)
    return os.path.abspath(program), library and os.path.realpath(library)


def quote_pattern(path):
    """A path as the value of a variable: no character of it is special."""
    return '"' + "".join("\\" + c if c in PATTERN_CHARACTERS[:-1] else c for c in path) + '"'


class Stage:
    """A folder with a configuration and all the service writes."""

    def __init__(self, folder):
        self.folder = os.path.realpath(folder)
        self.state = self.folder + "/state"
        self.config = self.state + "/kittens.ini"
        self.denials = self.folder + "/denials.json"
        self.pavise, self.library = find_pavise()
        # Pavise appends: the denials of an earlier run in this folder do not count.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.denials)
        self.key = secrets.token_hex(20)
        for name in ("state/jobs", "state/tmp", "include/tunables"):
            os.makedirs(os.path.join(self.folder, name), mode=0o700, exist_ok=True)
        self.secret = f"[kittens]\nsigning_key = {self.key}\n"
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="ascii") as file:
            file.write(self.secret)
        self.write_tunables()

    def write_tunables(self):
        places = {"kittens_code": HERE, "kittens_state": self.state,
                  "pavise_python": ROOT + "/src/lib/python"}
        if self.library:
            places["pavise_library"] = self.library
        else:
            places["pavise_library"] = "/usr/{,local/}lib/@{multiarch}/libpavise.so*"
        with open(self.folder + "/include/tunables/kittens", "w", encoding="utf-8") as file:
            for name, value in places.items():
                is_pattern = name == "pavise_library" and not self.library
                file.write(f"@{{{name}}}={value if is_pattern else quote_pattern(value)}\n")

    def environment(self):
        names = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                 "PYTHONNOUSERSITE": "1", "PYTHONPATH": HERE + ":" + ROOT + "/src/lib/python",
                 "KITTENS_STATE": self.state, "TMPDIR": self.state + "/tmp"}
        if self.library:
            names["PAVISE_LIBRARY"] = self.library
        # A sanitized build of Pavise takes its options with it.
        names.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        return names

    def pavise_command(self):
        return [self.pavise, "run", "-I", self.folder + "/include",
                "-I", HERE + "/profiles/include", "-f", HERE + "/profiles",
                "--json", "--log", self.denials, "--"]

    @contextlib.contextmanager
    def service(self, name, prefix=()):
        """Runs the service until the block ends; gives a Client. Its words go to NAME.log."""
        log = f"{self.folder}/{name}.log"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.state + "/port")
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [*prefix, GUNICORN, "-c", HERE + "/gunicorn.conf.py", "service:app"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.state,
                env=self.environment(), start_new_session=True)
        try:
            yield Client(self.wait_port(process, log))
        finally:
            stop(process)

    def wait_port(self, process, log):
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(FileNotFoundError, ValueError):
                with open(self.state + "/port", encoding="ascii") as file:
                    return int(file.read())
            time.sleep(0.05)
        with open(log, encoding="utf-8", errors="replace") as file:
            raise RuntimeError("the service did not start:\n" + file.read()[-4000:])

    def denial_groups(self):
        """Denials, those alike counted together: [(count, profile, operation, object, mask)]."""
        groups = {}
        with open(self.denials, encoding="utf-8") as file:
            for line in file:
                event = json.loads(line)
                if event.get("verdict") not in ("denied", "killed"):
                    continue
                what = tuple(event.get(k) or "" for k in
                             ("profile", "operation", "object", "denied_mask"))
                groups[what] = groups.get(what, 0) + event.get("count", 1)
        return sorted((count, *what) for what, count in groups.items())[::-1]


def stop(process):
    """Ends the service as its administrator would, then by force; its group is its own."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


class Answer:
    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, headers

    @property
    def text(self):
        return self.body.decode(errors="replace")


class Client:
    """Asks the service; never by way of a proxy."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(self, path, data=None, headers=None):
        request = urllib.request.Request(self.base + path, data=data, headers=headers or {})
        try:
            with self.opener.open(request, timeout=REQUEST_TIMEOUT) as answer:
                return Answer(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as answer:
            return Answer(answer.code, answer.read(), answer.headers)

    def label(self):
        return self.ask("/self").text.strip()

    def help(self, page):
        return self.ask("/help?" + urllib.parse.urlencode({"page": page}))

    def convert(self, video, to="png"):
        border = secrets.token_hex(16)
        with open(video, "rb") as file:
            content = file.read()
        body = (f"--{border}\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n{to}\r\n"
                f"--{border}\r\nContent-Disposition: form-data; name=\"video\"; "
                f"filename=\"kittens.mp4\"\r\nContent-Type: video/mp4\r\n\r\n").encode()
        body += content + f"\r\n--{border}--\r\n".encode()
        return self.ask("/convert", body,
                        {"Content-Type": "multipart/form-data; boundary=" + border})
