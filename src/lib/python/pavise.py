# SPDX-License-Identifier: BSD-2-Clause
"""Change of profile from within a program that Pavise confines: libpavise for Python.

    import pavise
    try:
        pavise.change_profile("kittens-serving")
    except pavise.NotConfined:
        pass                    # started without Pavise
    print(pavise.get_label())   # ("kittens-serving", "enforce")

Errors are OSError: FileNotFoundError for a name that is not loaded, PermissionError where the policy
does not allow the change, and NotConfined, an OSError too, where nothing confines the process.
Mistakes in the arguments are ValueError. All calls concern the calling thread, and what it starts from
then on. See pavise(3).

The library is the one named by the environment variable PAVISE_LIBRARY, else the installed one.
"""
import ctypes
import errno
import os

__all__ = ["NAME_MAX", "NotConfined", "change_hat", "change_onexec", "change_profile", "get_label",
           "leave_hat", "stack_onexec", "stack_profile"]

NAME_MAX = 512  # bytes of a name, its end mark included
LABEL_MAX = 2 * NAME_MAX  # bytes: a name and a mode


class NotConfined(OSError):
    """No engine of Pavise confines this process; nothing was changed."""


def _load():
    library = ctypes.CDLL(os.environ.get("PAVISE_LIBRARY") or "libpavise.so.0")
    library.pavise_change_profile.argtypes = [ctypes.c_char_p]
    library.pavise_change_onexec.argtypes = [ctypes.c_char_p]
    library.pavise_stack_profile.argtypes = [ctypes.c_char_p]
    library.pavise_stack_onexec.argtypes = [ctypes.c_char_p]
    library.pavise_change_hat.argtypes = [ctypes.c_char_p, ctypes.c_uint64]
    library.pavise_get_label.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return library


_library = _load()


def _name_bytes(name):
    raw = os.fsencode(name)
    if not raw or len(raw) >= NAME_MAX or b"\0" in raw:
        raise ValueError(f"a name has 1 to {NAME_MAX - 1} bytes, none of them zero")
    return raw


def _token(token):
    if not 0 < token < 1 << 64:
        raise ValueError("a token is a number of 64 bits, not zero")
    return token


def _check(result, name=None):
    if result == -errno.ENOSYS:
        raise NotConfined(errno.ENOSYS, "not confined by Pavise", name)
    if result < 0:
        raise OSError(-result, os.strerror(-result), name)
    return result


def change_profile(name):
    """Moves into a profile, at once and for good."""
    _check(_library.pavise_change_profile(_name_bytes(name)), name)


def change_hat(hat, token):
    """Moves into a hat of the present profile; the token is the way back."""
    _check(_library.pavise_change_hat(_name_bytes(hat), _token(token)), hat)


def leave_hat(token):
    """Back out of a hat. A wrong token ends the process."""
    _check(_library.pavise_change_hat(None, _token(token)))


def change_onexec(name):
    """The profile of what is executed next; None: as the rules say."""
    _check(_library.pavise_change_onexec(None if name is None else _name_bytes(name)), name)


def stack_profile(name):
    """Puts a profile on top of the present label, for good: both have to allow everything."""
    _check(_library.pavise_stack_profile(_name_bytes(name)), name)


def stack_onexec(name):
    """Does so when a program is executed next."""
    _check(_library.pavise_stack_onexec(_name_bytes(name)), name)


def get_label():
    """The present profile and its mode, for example ("kittens-serving", "enforce")."""
    buffer = ctypes.create_string_buffer(LABEL_MAX)
    length = _check(_library.pavise_get_label(buffer, LABEL_MAX))
    name, _, mode = os.fsdecode(buffer.raw[:length]).rpartition(" (")
    return name, mode.rstrip(")")
