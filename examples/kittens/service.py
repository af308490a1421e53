# SPDX-License-Identifier: BSD-2-Clause
"""Kittens: a small web service that converts videos.

    POST /convert   form: video=FILE, to=png|mp4   -> the first picture, or the video converted
    GET  /help      ?page=NAME                     -> a page of help
    GET  /self                                     -> the name of the profile it runs in

At start it reads the key with which it signs what it gives out; from then on the key is needed in
memory alone. Two mistakes are here on purpose, the first of a kind that was found in many services:

 - ffmpeg is told to follow every playlist to every file;
 - the name of a help page is not checked: "/etc/passwd" is one too.
"""
import configparser
import hmac
import os
import shutil
import subprocess
import tempfile

import flask

import pavise

FFMPEG = "/usr/bin/ffmpeg"
FFMPEG_TIMEOUT = 30  # seconds
MAX_UPLOAD = 32 << 20  # bytes
HERE = os.path.dirname(os.path.abspath(__file__))
STATE = os.environ.get("KITTENS_STATE", "/srv/kittens")

# The mistake: ffmpeg follows a playlist to few places unless it is told to follow it to all.
FOLLOW_PLAYLISTS = ["-allowed_extensions", "ALL", "-extension_picky", "0"]
OUTPUTS = {
    "png": (["-frames:v", "1", "-update", "1"], "image/png"),
    "mp4": (["-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
             "-c:a", "aac"], "video/mp4"),
}


def read_key(path):
    config = configparser.ConfigParser()
    with open(path, encoding="utf-8") as file:
        config.read_file(file)
    return config["kittens"]["signing_key"].encode()


app = flask.Flask("kittens", static_folder=None, root_path=HERE)
app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD
KEY = read_key(os.environ.get("KITTENS_CONFIG", STATE + "/kittens.ini"))


def is_playlist(path):
    with open(path, "rb") as video:
        return video.read(7) == b"#EXTM3U"


def convert(video, out, options):
    """Runs ffmpeg; its words if it failed, else None."""
    follow = FOLLOW_PLAYLISTS if is_playlist(video) else []
    try:
        done = subprocess.run(
            [FFMPEG, "-nostdin", "-v", "error", "-y", *follow, "-i", video, *options, out],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=FFMPEG_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return done.stderr.decode(errors="replace") or "no words" if done.returncode else None


@app.post("/convert")
def post_convert():
    upload = flask.request.files.get("video")
    options, media_type = OUTPUTS.get(flask.request.form.get("to", "png"), (None, None))
    if upload is None or options is None:
        return "video=FILE and to=png|mp4 are wanted\n", 400
    job = tempfile.mkdtemp(dir=STATE + "/jobs")
    try:
        video, out = job + "/in", job + "/out." + media_type.rpartition("/")[2]
        upload.save(video)
        problem = convert(video, out, options)
        if problem is not None:
            return "this is not a video that can be converted:\n" + problem + "\n", 422
        with open(out, "rb") as file:
            body = file.read()
    finally:
        shutil.rmtree(job, ignore_errors=True)
    signature = hmac.new(KEY, body, "sha256").hexdigest()
    return flask.Response(body, mimetype=media_type, headers={"X-Kittens-Signature": signature})


@app.get("/help")
def get_help():
    try:
        with open(os.path.join(HERE, "help", flask.request.args.get("page", "start")),
                  encoding="utf-8") as page:
            return flask.Response(page.read(), mimetype="text/plain")
    except PermissionError as problem:
        return f"{problem}\n", 403
    except (OSError, UnicodeError) as problem:
        return f"{problem}\n", 404


@app.get("/self")
def get_self():
    try:
        name, mode = pavise.get_label()
    except pavise.NotConfined:
        return "unconfined\n"
    return f"{name} ({mode})\n"
