# SPDX-License-Identifier: BSD-2-Clause
"""How gunicorn runs the service, and the one line by which the service gives up its rights.

The application is loaded once, in the first process, before anything is answered: it reads its
configuration there. Then that process moves itself into the second profile; the workers, forked
after that, are born in it.
"""
import os

import pavise

STATE = os.environ.get("KITTENS_STATE", "/srv/kittens")

bind = os.environ.get("KITTENS_BIND", "127.0.0.1:0")  # port 0: one that is free
worker_tmp_dir = STATE + "/tmp"
preload_app = True
workers = 1
timeout = 60  # seconds
graceful_timeout = 5  # seconds


def when_ready(server):
    try:
        pavise.change_profile("kittens-serving")
    except pavise.NotConfined:
        server.log.warning("not confined: nothing to move into")
    # Whoever started the service reads here where it listens, and that it is ready.
    port = server.LISTENERS[0].sock.getsockname()[1]
    with open(STATE + "/port.new", "w", encoding="ascii") as file:
        file.write(f"{port}\n")
    os.rename(STATE + "/port.new", STATE + "/port")
