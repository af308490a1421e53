# SPDX-License-Identifier: BSD-2-Clause
"""Random policies and, for each, random questions that system calls can ask.

blocks(n, seed) gives (title, lines of policy, rows): rows as in tests/decide, without verdicts. Many
questions are made from the patterns of the rules, so that about as many are allowed as not.
"""
import random
import re

PARTS = ["a", "b", "ab", "*", "**", "?", "[ab]", "[c-z]", "[^a]", "{a,b}", "{a,b*,}", "a*", "*b", "x.y", "{,b}c"]
FILE_OPS = ["read", "write", "append", "rw", "lock", "mmap", "unlink", "chmod", "chown", "truncate", "exec", "mkdir",
            "symlink", "link"]
# How every allowed exec finds its target, so that what the kernel shows tells the kind.
TARGETS = ["profile everywhere @ROOT@/** { /** rm, }", "profile foo { /** rm, }", "profile bar { /** rm, }"]


def some_path(r):
    text = "@ROOT@"
    for _ in range(r.randint(1, 3)):
        text += "/" + "".join(r.choice(PARTS) for _ in range(r.randint(1, 2)))
    return text + r.choice(["", "", "", "", "/**", "{,.c}"])


def instance(r, pattern):
    """A text that the pattern matches, more or less."""
    out, i = "", 0
    while i < len(pattern):
        c = pattern[i]
        if pattern.startswith("**", i):
            out += r.choice(["a", "ab", "a/b", "b/a.c", "zz"])
            i += 2
        elif c == "*":
            out += r.choice(["", "a", "b", "ab", "cc"])
            i += 1
        elif c == "?":
            out += r.choice("abz")
            i += 1
        elif c == "[":
            end = pattern.index("]", i)
            out += r.choice("abcz")
            i = end + 1
        elif c == "{":
            end = pattern.index("}", i)
            out += instance(r, r.choice(pattern[i + 1:end].split(",")))
            i = end + 1
        else:
            out += c
            i += 1
    return out


def path_near(r, patterns):
    text = instance(r, r.choice(patterns))
    if r.random() < 0.25:
        at = r.randrange(len("@ROOT@/"), len(text) + 1)
        text = text[:at] + r.choice("abz") + text[at + r.randint(0, 1):]
    text = re.sub("//+", "/", text).rstrip("/")
    return text if len(text) > len("@ROOT@/") else "@ROOT@/a"


def file_rule(r):
    deny, owner = r.random() < 0.2, r.random() < 0.25
    letters = "".join(c for c in "rwklm" if r.random() < 0.4) or "r"
    if "w" not in letters and r.random() < 0.2:
        letters += "a"
    target, path = "", some_path(r)
    if r.random() < 0.4:
        kind = "x" if deny else r.choice(["ix", "px", "Px", "cx", "Cx", "ux", "Ux", "pix", "Pix", "cix", "pux", "PUx"])
        letters += kind
        if kind[0] in "pPcC" and r.random() < 0.3:
            target = " -> " + ("named" if kind[0] in "cC" else r.choice(["foo", "bar"]))
            letters = letters.replace("l", "")
    front = r.choice(["", "", "audit "]) + ("deny " if deny else "") + ("owner " if owner else "")
    return path, f"{front}{path} {letters}{target},"


def link_rule(r):
    a, b = some_path(r), some_path(r)
    return a, r.choice(["", "", "deny "]) + "link " + r.choice(["", "subset "]) + f"{a} -> {b},"


def file_block(r):
    rules = [file_rule(r) if r.random() < 0.9 else link_rule(r) for _ in range(r.randint(1, 12))]
    patterns = [path for path, _ in rules]
    policy = ["profile p {", *("\t" + text for _, text in rules), "\tprofile kid @ROOT@/** { /** rm, }",
              "\tprofile named { /** rm, }", "}", *TARGETS]
    rows = []
    for _ in range(40):
        op, owner = r.choice(FILE_OPS), r.choice(["", "owner "])
        path = path_near(r, patterns)
        if op == "mkdir":
            path += "/"
        if op == "link":
            path += " " + path_near(r, patterns)
            if len(set(path.split())) == 1:
                continue
            if any(a.startswith(b + "/") for a, b in [path.split(), path.split()[::-1]]):
                continue
        if op in ("mkdir", "symlink"):
            owner = "owner "		# who makes it, owns it
        if op == "rw":
            op = "rw"
        rows.append(f"p {owner}{op} {path}")
    return policy, rows


LABELS = ["foo", "foobar", "bar", "foo//kid", "unconfined"]
PEERS = ["foo", "foo*", "foo**", "{foo,bar}", "unconfined", "*", "[fb]oo", "foo//*", "ba?"]
SIGNALS = ["hup", "int", "quit", "usr1", "usr2", "term", "cont", "exists", "winch", "rtmin+0", "rtmin+2", "rtmin+8"]
CAPABILITIES = ["chown", "fowner", "sys_boot", "sys_chroot", "setuid", "setgid", "sys_admin", "sys_nice", "sys_module"]
FAMILIES = ["inet", "inet6", "unix", "netlink"]
TYPES = ["stream", "dgram"]


BUSES, NAMES, MEMBERS = ["session", "system"], ["org.a", "org.a.b", "org.c"], ["Get", "Set"]
OBJECTS = ["/a", "/a/b", "/c"]


def dbus_rule(r, front):
    verb = r.choice(["", " send", " receive", " (send, receive)", " bind", " eavesdrop"])
    text = front + "dbus" + verb + r.choice(["", " bus=" + r.choice(BUSES)])
    if verb == " bind":
        return text + r.choice(["", " name=" + r.choice(NAMES + ["org.*"])]) + ","
    if verb == " eavesdrop":
        return text + ","
    text += r.choice(["", " path=" + r.choice(OBJECTS + ["/a/**", "/*"])])
    text += r.choice(["", " interface=" + r.choice(NAMES + ["org.{a,c}"])]) + r.choice(["", " member=Get", " member={Get,Set}"])
    return text + r.choice(["", " peer=(name=%s)" % r.choice(NAMES), " peer=(label=%s)" % r.choice(PEERS[:4])]) + ","


def dbus_row(r):
    verb, bus = r.choice(["send", "receive", "bind", "eavesdrop"]), r.choice(BUSES)
    if verb == "eavesdrop":
        return f"p dbus eavesdrop {bus}"
    if verb == "bind":
        return f"p dbus bind {bus} {r.choice(NAMES)}"
    return f"p dbus {verb} {bus} {r.choice(NAMES)} {r.choice(LABELS)} {r.choice(OBJECTS)} {r.choice(NAMES)} " \
        f"{r.choice(MEMBERS)}"


def other_rule(r):
    front = r.choice(["", "", "", "audit ", "deny "])
    if r.random() < 0.15:
        return dbus_rule(r, front)
    kind = r.randrange(6)
    peer = r.choice(["", " peer=" + r.choice(PEERS)])
    if kind == 0:
        words = r.choice(["", " set=(%s)" % " ".join(r.sample(SIGNALS, r.randint(1, 4)))])
        return front + "signal" + r.choice(["", " send", " receive", " (send, receive)"]) + words + peer + ","
    if kind == 1:
        return front + "ptrace" + r.choice(["", " trace", " read", " (trace, read)", " readby"]) + peer + ","
    if kind == 2:
        what = r.choice(["", " " + r.choice(FAMILIES)])
        # What a type says of "unix" is a matter of unix rules.
        if what and what != " unix":
            what += r.choice(["", " " + r.choice(TYPES)])
        return front + "network" + what + ","
    if kind == 3:
        return front + "capability " + " ".join(r.sample(CAPABILITIES, r.randint(1, 3))) + ","
    if kind == 4:
        return r.choice(["", "", "deny "]) + "change_profile -> " + r.choice(PEERS[:3] + ["{foo,bar}", "ba?", "**"]) + ","
    kind = r.choice(["", " fstype=tmpfs", " fstype=(ramfs, tmpfs)", " fstype=proc"])
    flags = r.choice(["", " options=ro", " options=(ro, nosuid)", " options in (ro, nosuid, nodev)", " options=(nodev)"])
    point = r.choice(["@ROOT@/m/", "@ROOT@/*/", "@ROOT@/**", "@ROOT@/m/{a,b}/"])
    if r.random() < 0.2:
        return front + f"umount {point},"
    return front + f"mount{kind}{flags} -> {point},"


def other_block(r):
    rules = [other_rule(r) for _ in range(r.randint(1, 12))]
    policy = ["profile p {", "\tcapability sys_admin,", "\t@ROOT@/** rw, /proc/** r,",
              *("\t" + rule for rule in rules), "}",
              "profile foo { signal, ptrace, /** rm, profile kid { signal, ptrace, } }",
              "profile foobar { signal, ptrace, }", "profile bar { signal, ptrace, }"]
    rows = []
    for _ in range(20):
        kind = r.randrange(8)
        if kind == 7:
            rows.append(dbus_row(r))
        elif kind == 0:
            rows.append(f"p signal {r.choice(SIGNALS)} {r.choice(LABELS)}")
        elif kind == 1:
            rows.append(f"p signal receive {r.choice(SIGNALS)} {r.choice(LABELS)}")
        elif kind == 2:
            rows.append(f"p ptrace {r.choice(['read', 'trace'])} {r.choice(LABELS)}")
        elif kind == 3:
            rows.append(f"p network {r.choice(FAMILIES)} {r.choice(TYPES)}")
        elif kind == 4:
            rows.append(f"p capability {r.choice(CAPABILITIES)}")
        elif kind == 5:
            rows.append(f"p change_profile {r.choice(LABELS[:4])}")
        else:
            point = "@ROOT@/" + r.choice(["m/", "m/a/", "m/b/", "n/", "m/a/b/"])
            flags = r.choice(["", " ro", " ro,nosuid", " nodev", " noexec"])
            rows.append(r.choice([f"p mount {point} {k} {k}{flags}" for k in ("tmpfs", "ramfs", "proc")] +
                                 [f"p umount {point}"]))
    return policy, rows


def blocks(n, seed):
    for i in range(n):
        r = random.Random(seed * 1000003 + i)
        policy, rows = file_block(r) if i % 3 else other_block(r)
        yield f"random {seed}.{i}", policy, list(dict.fromkeys(rows))
