"""The faults that a hub, or what stands before it, can show; and what is odd but right.

Every name in them, and the token, hold MARK: where that stands something was told to somebody who
should not see it.
"""

import itertools
import json
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from exporter.core.errors import UNREACHED, Reason
from exporter.core.memberships import Snapshot, User
from harness.hub import free_ports
from tests.support.hub.misbehaving import ECHO, KEEP, LEAST, RESET, SILENCE

MARK = "zq7x"
TOKEN = f"token-{MARK}-0123456789"
ANN = {"name": f"ann-{MARK}", "groups": [f"staff-{MARK}"], "last_activity": "2020-01-01T00:00:00Z"}
ANN_WAS_ACTIVE = 1_577_836_800.0
BOB = {"name": f"bob-{MARK}", "groups": [], "last_activity": None}
EVE = {"name": f"eve-{MARK}", "groups": [f"new-{MARK}"], "last_activity": None}
GROUPS = ({"name": f"staff-{MARK}"}, {"name": f"empty-{MARK}"})

Answer = Callable[[str, int], Iterable]


@dataclass(frozen=True)
class Fault:
    """A way to misbehave, and what the exporter makes of it.

    ``answer``, ``tls`` and ``listens`` are those of ``SwitchableHub``; a ``secured`` hub has TLS
    while it is good. ``says`` is the beginning of the message, ``flags`` are the exporter's.
    """

    name: str
    answer: Answer
    reason: Reason
    says: str
    flags: tuple[str, ...] = ()
    secured: bool = False
    tls: str = "none"
    listens: bool = True

    @property
    def reached(self):
        """Whether the hub answered at all, if only with an error."""
        return self.reason not in UNREACHED


@dataclass(frozen=True)
class Right:
    """A way to answer rightly, and what the exporter makes of it."""

    name: str
    answer: Answer
    snapshot: Snapshot
    tls: str = "none"
    listens: bool = True


def http(body=b"", status="200 OK", **headers):
    """Return an answer; ``body`` is bytes, or a value to send as JSON."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Length": len(body)} | {
        name.replace("_", "-"): text for name, text in headers.items()
    }
    head = [f"HTTP/1.1 {status}", *(f"{name}: {text}" for name, text in sent.items())]
    return "\r\n".join([*head, "", ""]).encode() + body


def page(*items, total=None, following=None):
    """Return a page of a list as a value."""
    total = len(items) if total is None else total
    pagination = {"offset": 0, "limit": 1000, "total": total, "next": following}
    return {"items": list(items), "_pagination": pagination}


def after(offset, host="127.0.0.1"):
    """Return what a page says of the next one."""
    return {"offset": offset, "limit": 1000, "url": f"http://{host}/hub/api/users?offset={offset}"}


def good(name, users, groups=GROUPS, tls="none"):
    """Return a hub that has these users and groups."""
    answers = {
        "user": {**LEAST, "scopes": [*LEAST["scopes"], "list:groups"]},
        "users": page(*users),
        "groups": page(*groups),
    }
    return Right(name, lambda path, _: (http(answers[path]), KEEP), snapshot(users, groups), tls)


def snapshot(users, groups=GROUPS):
    """Return what the exporter makes of them: who was active, was so when ANN was."""
    return Snapshot(
        tuple(
            User(user["name"], tuple(user["groups"]), user["last_activity"] and ANN_WAS_ACTIVE)
            for user in users
        ),
        tuple(group["name"] for group in groups),
        taken_at=2e9,
    )


FIRST = good("first", (ANN, BOB))
LAST = good("last", (EVE, {**ANN, "groups": [f"staff-{MARK}", f"new-{MARK}"]}))


def users(*parts):
    """Answer so about users, and rightly about all else."""
    return lambda path, offset: parts if path == "users" else FIRST.answer(path, offset)


def groups(*parts):
    """Answer so about groups, and rightly about all else."""
    return lambda path, offset: parts if path == "groups" else FIRST.answer(path, offset)


def everything(*parts):
    """Answer everything so."""
    return lambda path, offset: parts


def user(**changes):
    """Answer with a right user, and one who is ANN with these changes."""
    return users(http(page(EVE, {**ANN, **changes})))


def paged(path, make):
    """Answer about ``path`` with ``make(offset)``, and rightly about all else."""
    return lambda asked, offset: (
        (http(make(offset)), KEEP) if asked == path else FIRST.answer(asked, offset)
    )


def at(address):
    return f"{address[0]}:{address[1]}"


def slowly(data):
    """Yield the bytes one by one, 20 a second."""
    for byte in data:
        time.sleep(0.05)
        yield bytes([byte])


def drip_of_headers():
    return slowly(b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 100)


def drip_of_body():
    yield http(page(EVE), Content_Length=1000)
    yield from slowly(b" " * 1000)


def no_end_of(part, start=b""):
    """Return what yields the part again and again."""
    return lambda: itertools.chain([start], itertools.repeat(part))


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def in_bytes(body):
    """Return an answer in which each byte is a chunk of its own."""
    return CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"


def gzip_bomb():
    """Return a gigabyte of spaces as 1 MB of gzip, but for the checksum at its end.

    A block that was flushed in full needs nothing that is before it, and so can be repeated.
    """
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    block = compressor.compress(b" " * 2**20) + compressor.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * 1024 + b"\x03\0" + b"\0" * 8


BOMB = gzip_bomb()


def many(value, count):
    """Answer with a page that holds the value so often, about users; made when it is sent."""
    end = b'], "_pagination": {"total": 1}}'
    return users(lambda: [http(b'{"items": [' + b",".join([value] * count) + end)])


def refused(message):
    return http({"status": 403, "message": message}, "403 Forbidden")


# Long enough for a right answer on a busy machine.
SOON = ("--timeout", "6")
CROWDED = ("--max-memberships", "50")
# An address of this machine that is not the hub's. The token must not get there.
ELSEWHERE = ("127.0.0.2", *free_ports(1))


def connection_faults():
    nothing = everything()
    connect, timeout = Reason.CONNECT, Reason.TIMEOUT
    none = "No connection to the hub at 127.0.0.1:"
    yield Fault("nobody listens", nothing, connect, none, listens=False)
    yield Fault("hangs up", nothing, connect, NO_HTTP)
    yield Fault("resets", everything(RESET), connect, NO_HTTP)
    yield Fault("resets amid", users(http(page(EVE))[:-9], RESET), connect, NO_HTTP)
    yield Fault("plain with a TLS port", nothing, connect, NO_HTTP, tls="server")
    yield Fault("never answers", users(SILENCE), timeout, LATE, SOON)
    insecure = {"reason": Reason.TLS, "says": "No secure connection to 127.0.0.1:"}
    yield Fault("unknown authority", nothing, **insecure, secured=True, tls="stranger")
    yield Fault("certificate of another", nothing, **insecure, secured=True, tls="elsewhere")
    plain = everything(http(b"", "400 Bad Request"))
    yield Fault("TLS with a plain port", plain, **insecure, secured=True)
    yield Fault("no handshake", nothing, timeout, LATE, SOON, secured=True, tls="silent")


LATE = "The hub did not answer within 6 s."
NO_HTTP = "What answers at 127.0.0.1:"


def http_faults():
    connect, timeout = Reason.CONNECT, Reason.TIMEOUT
    ssh = everything(f"SSH-2.0-{MARK}\r\n\r\n".encode())
    yield Fault("no HTTP", ssh, connect, NO_HTTP)
    yield Fault("an echo", everything(b"HTTP/1.1 200 OK\r\n", ECHO), connect, NO_HTTP)
    spaced = f"HTTP/1.1 200 OK\r\nAuthorization : Bearer {TOKEN}\r\n\r\n".encode()
    yield Fault("a header that is none", everything(spaced), connect, NO_HTTP)
    large = everything(lambda: [http({}, X_Large=MARK * 250_000)])
    yield Fault("1 MB header", large, connect, NO_HTTP)
    headers = no_end_of(f"X-{MARK}: {MARK}\r\n".encode(), b"HTTP/1.1 200 OK\r\n")
    yield Fault("headers without end", users(headers), connect, NO_HTTP)
    interim = no_end_of(b"HTTP/1.1 100 Continue\r\n\r\n")
    yield Fault("interim answers without end", users(interim), timeout, LATE, SOON)
    yield Fault("drip of headers", users(drip_of_headers), timeout, LATE, SOON)
    yield Fault("drip of body", users(drip_of_body), timeout, LATE, SOON)
    longer = users(http(page(EVE), Content_Length=999))
    yield Fault("shorter than told", longer, connect, NO_HTTP)
    shorter = users(http(page(EVE), Content_Length=20), KEEP)
    yield Fault("longer than told", shorter, Reason.NOT_JSON, NOT_JSON)
    yield Fault("no length", users(http({}, Content_Length=MARK)), connect, NO_HTTP)
    yield Fault("a chunk cut off", users(CHUNKED + b"64\r\n{}"), connect, NO_HTTP)
    chunk = users(CHUNKED + f"{MARK}\r\n".encode())
    yield Fault("a chunk without length", chunk, connect, NO_HTTP)
    tiny = users(no_end_of(b"1\r\n \r\n" * 1000, CHUNKED))
    yield Fault("tiny chunks without end", tiny, timeout, LATE, SOON)
    unknown = users(http({}, Transfer_Encoding="gzip, chunked"))
    yield Fault("a transfer encoding", unknown, connect, NO_HTTP)
    long = "The hub answered with more than 16 MiB at once. Ask for less with --page-size."
    large = no_end_of(b"10000\r\n" + b" " * 0x10000 + b"\r\n", CHUNKED)
    yield Fault("a body without end", users(large), Reason.SHAPE, long)
    yield Fault("17 MiB", users(lambda: [http(b" " * 17 * 2**20)]), Reason.SHAPE, long)
    bomb = users(http(BOMB, Content_Encoding="gzip"))
    yield Fault("a gzip bomb", bomb, Reason.NOT_JSON, "The answer is compressed,")
    yield Fault("a gzip bomb in disguise", users(http(BOMB)), Reason.NOT_JSON, NOT_JSON)


def status_faults():
    auth, scope, wrong = Reason.AUTH, Reason.SCOPE, Reason.HTTP
    refuses = "The hub refuses the token ("
    yield Fault("401", everything(http({}, "401 Unauthorized")), auth, f"{refuses}401)")
    yield Fault("403", everything(refused("Missing token.")), auth, f"{refuses}403)")
    bomb = users(http(BOMB, "403 Forbidden", Content_Encoding="gzip"))
    yield Fault("403 with a gzip bomb", bomb, auth, f"{refuses}403)")
    lacks = "The hub knows the token, but it lacks the scope list:users (403)."
    yield Fault("scope", users(refused("requires any of [list:users]")), scope, lacks)
    book = users(refused(f"requires any of [{'list:users, ' * 5000}list:users]"))
    yield Fault("scopes without end", book, auth, f"{refuses}403)")
    nowhere = "There is no hub API at http://127.0.0.1:"
    yield Fault("404", everything(http(b"<html>", "404 Not Found")), wrong, nowhere)
    for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect"):
        moved = everything(http(b"", status, Location=f"http://{at(ELSEWHERE)}/hub/api"))
        yield Fault(f"{status[:3]} elsewhere", moved, wrong, nowhere)
    for location in (f"mailto:{MARK}", "//xn--a/", f"http://{MARK}:99999999/"):
        lost = everything(http(b"", "302 Found", Location=location))
        yield Fault(f"302 to {location.replace(MARK, 'me')}", lost, wrong, nowhere)
    # Taken for broken HTTP, as httpx says no more of it.
    lost = everything(http(b"", "302 Found", Location="http://[::1"))
    yield Fault("302 to half an address", lost, Reason.CONNECT, NO_HTTP)

    def answered(status, **headers):
        says = f"The hub, or a proxy before it, answered {status.replace(MARK, '')}"
        return everything(http(MARK.encode(), status, **headers)), wrong, says

    yield Fault("429", *answered("429 Too Many Requests", Retry_After="1"))
    for date in (
        "Tue, 24 Nov 99999999999999999999 10:00:00 GMT",
        "Tue, 24 Nov 2026 10:00:00 +99999999999999999999",
        "Tue, 24 Nov 2026 10:00:00 +9999",
        MARK,
    ):
        told = {"Retry_After": date, "Date": "Tue, 24 Nov 2026 10:00:00 GMT"}
        name = f"503 until {date.replace(MARK, 'soon')}"
        yield Fault(name, *answered("503 Service Unavailable", **told))
    yield Fault("500", *answered("500 Internal Server Error"))
    yield Fault("502 in HTML", *answered("502 Bad Gateway", Content_Type="text/html"))
    yield Fault("204", users(b"HTTP/1.1 204 No Content\r\n\r\n"), *answered("204")[1:])
    switching = users(b"HTTP/1.1 101 Switching\r\n\r\n{}")
    yield Fault("101", switching, Reason.CONNECT, NO_HTTP)
    yield Fault("a status of its own", *answered(f"799 {MARK}"))
    yield Fault("a status in other words", *answered(f"500 {MARK}"))


NOT_JSON = "The answer is not JSON:"


def json_faults():
    def no_json(name, body):
        return Fault(name, users(http(body)), Reason.NOT_JSON, NOT_JSON)

    yield no_json("a log-in page", f"<html>Log in, {MARK}!".encode())
    yield no_json("nothing", b"")
    yield no_json("half", json.dumps(page(EVE)).encode()[:-5])
    yield no_json("no Unicode", b'{"items": ["\xff"]}')
    yield no_json("deep lists", b"[" * 100_000 + b"]" * 100_000)
    yield no_json("deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    yield no_json("100,000 digits", b"9" * 100_000)

    def shape(name, value, says):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        says = f"The hub answered with {says}"
        return Fault(name, users(http(body)), Reason.SHAPE, says)

    yield shape("a plain list", [EVE], "a plain list, which it cuts off")
    for value in ({"users": [EVE]}, {**page(EVE), "_pagination": [1]}, None, float("nan"), MARK):
        name = json.dumps(value).replace(MARK, "me")[:20]
        yield shape(f"no page: {name}", value, "JSON that is not a page of a JupyterHub list.")
    for value in (None, {MARK: 1}, [MARK], [EVE, None]):
        name = json.dumps(value).replace(MARK, "me")[:20]
        yield shape(f"items: {name}", page() | {"items": value}, "a page without a list of items.")
    for value in (b"NaN", b"-Infinity", b"1.5", b'"2"', b"null"):
        body = json.dumps(page(EVE, total=77)).encode().replace(b"77", value)
        untold = "a page that does not tell how many items there are in all."
        yield shape(f"total: {value.decode()}", body, untold)
    for value in (after(0), after(-5), after(MARK), after(None), after(1e400), [7], MARK):
        name = json.dumps(value)[:16].replace(MARK, "me")
        no_end = "a page whose next one does not come after it."
        yield shape(f"next: {name}", page(EVE, following=value), no_end)
    no_scopes = "JSON that does not tell the token's scopes"
    for value in (MARK, [5], None):
        name = json.dumps(value).replace(MARK, "me")
        told = everything(http({"scopes": value}))
        says = f"The hub answered with {no_scopes}"
        yield Fault(f"scopes: {name}", told, Reason.SHAPE, says)


def memory_faults():
    """Yield some 16 MiB of JSON each that would be hundreds of MiB as Python's values."""
    says = "The hub answered with more than 500000 values at once. Ask for less with --page-size."
    for name, value, count in (
        ("objects", b'{"":0}', 2_300_000),
        ("empty lists", b"[]", 5_500_000),
        ("lists in lists", b"[" * 90 + b"]" * 90, 92_000),
        ("texts", b'"ab"', 3_300_000),
        ("numbers", b"1e1", 4_000_000),
    ):
        yield Fault(f"millions of {name}", many(value, count), Reason.SHAPE, says)


NO_TEXT = {"int": 5, "null": None, "list": [MARK], "object": {MARK: 1}, "bool": True, "empty": ""}
NO_NAME = {
    **{name: (value, "not a text.") for name, value in NO_TEXT.items()},
    "surrogate": (f"{MARK}\ud800", "not Unicode."),
    "1025": ("x" * 1025, "longer than 1024 characters."),
    "10 MB": (MARK * 2_500_000, "longer than 1024 characters."),
}


def name_faults():
    def shape(name, answer, says):
        return Fault(name, answer, Reason.SHAPE, f"The hub answered with {says}")

    for name, (value, why) in NO_NAME.items():
        yield shape(f"user named {name}", user(name=value), f"a user's name that is {why}")
        if value == "":
            continue  # That of a group may be: it has a label of its own.
        member = user(groups=[f"staff-{MARK}", value])
        yield shape(f"member of {name}", member, f"the name of a user's group that is {why}")
        named = groups(http(page(*GROUPS, {"name": value})))
        yield shape(f"group named {name}", named, f"a group's name that is {why}")
    encoded = json.dumps(page({**EVE, "name": "@"})).encode().replace(b"@", b"\xed\xa0\x80")
    coded = users(http(encoded))
    yield shape("a surrogate in UTF-8", coded, "a user's name that is not Unicode.")
    nameless = users(http(page(EVE, {"groups": []})))
    yield shape("user without name", nameless, "a user's name that is not a text.")
    for value in (MARK, None, 5, {MARK: 1}):
        name = type(value).__name__
        yield shape(f"groups: {name}", user(groups=value), "a user whose groups are not a list.")
    hidden = users(http(page(EVE, {"name": BOB["name"]})))
    says = "The token may not read the groups of 1 of 2 users."
    yield Fault("user without groups", hidden, Reason.SCOPE, says)
    for value in (MARK, 5, True, [], "99999-01-01", float("nan")):
        name = str(value).replace(MARK, "me")
        no_time = "a last activity that is not a time."
        yield shape(f"last activity: {name}", user(last_activity=value), no_time)


def list_faults():
    def without_end(path, item):
        return paged(path, lambda n: page(item(n), total=10**9, following=after(n + 1)))

    says = "The hub answered with more than 50 memberships or groups."
    endless = {
        "pages of one user": without_end("users", lambda _: EVE),
        "pages of new users": without_end("users", lambda n: {**EVE, "name": f"{n}-{MARK}"}),
        "pages of one group": without_end("groups", lambda _: {"name": f"new-{MARK}"}),
        "pages of new groups": without_end("groups", lambda n: {"name": f"{n}-{MARK}"}),
        "51 groups of a user": user(groups=[f"{n}-{MARK}" for n in range(51)]),
    }
    for name, answer in endless.items():
        yield Fault(name, answer, Reason.SHAPE, says, CROWDED)
    failed = "The hub, or a proxy before it, answered 502 Bad Gateway."

    def second_fails(path, offset):
        first = http(page(EVE, total=2, following=after(1))), KEEP
        right = first if path == "users" else FIRST.answer(path, offset)
        return (http(b"", "502 Bad Gateway"),) if offset else right

    yield Fault("the second page fails", second_fails, Reason.HTTP, failed)
    last = groups(http(b"", "502 Bad Gateway"))
    yield Fault("the last list fails", last, Reason.HTTP, failed)

    def somebody_went(offset):
        return page(BOB, total=2) if offset else page(EVE, total=3, following=after(1))

    says = "The hub's list of users changed during each of 3 attempts"
    yield Fault("a list that moves", paged("users", somebody_went), Reason.PARTIAL, says)


FAULTS = (
    *connection_faults(),
    *http_faults(),
    *status_faults(),
    *json_faults(),
    *memory_faults(),
    *name_faults(),
    *list_faults(),
)


def right_answers():
    """Yield what is unusual, but no fault."""
    people = (EVE, {**ANN, "groups": [f"staff-{MARK}", f"new-{MARK}"]})
    expected = snapshot(people)
    body = page(*people)
    text = json.dumps(body).encode()

    def right(name, answer):
        return Right(name, users(answer, KEEP), expected)

    crowd = {**EVE, "groups": [f"group-{n}-{MARK}" for n in range(10_000)]}
    yield good("10,000 groups of a user", (crowd,))
    names = ["x" * 1024, 'a\\b"c\nd', "\0\x7f\u2028", "\U0001f600", "# HELP x y", 'a"} 1\nb{c="d']
    yield good("strange names", tuple({**EVE, "name": name, "groups": [name]} for name in names))
    yield good("10,000 groups of a long odd name", ({**crowd, "name": "\U0001f600" * 255},))
    yield good("a group without a name", ({**EVE, "groups": [""]},))
    yield good("nobody", (), ())
    yield right("byte order mark", http(b"\xef\xbb\xbf" + text))
    yield right("UTF-16", http(text.decode().encode("utf-16")))
    yield right("duplicate keys", http(text.replace(b"{", b'{"name": 5, "items": 5, ')))
    yield right("NaN where nobody looks", http({**body, "more": [float("nan"), float("inf")]}))
    deep = b'"more": ' + b"[" * 300 + b"]" * 300
    yield right("depth where nobody looks", http(text[:-1] + b", " + deep + b"}"))
    yield right("a byte a chunk", in_bytes(text))
    yield right("interim answers", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9 + http(body))
    cookie = f"a={MARK}; Max-Age=1e400; expires=Wed, 09 Jun 99999999 10:00:00 GMT; version=x"
    yield right("cookies", http(body, Set_Cookie=cookie))
    unsized = http(body).replace(b"Content-Length", b"X-Length")
    yield Right("until the end", users(unsized), expected)
    pages = {
        0: page(people[0], total=2, following=after(7, at(ELSEWHERE))),
        7: page(people[1], total=2),
    }
    yield Right("next page elsewhere", paged("users", pages.get), expected)


RIGHT = tuple(right_answers())
