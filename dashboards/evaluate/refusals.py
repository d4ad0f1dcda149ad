"""What it means that a server does not let somebody query it: no tenant, no login, a wrong one."""

import re

import httpx

TENANT = "X-Scope-OrgID"
"""The header by which Mimir, Cortex, Loki and Thanos' receivers part their tenants."""

_LONGEST = 200


def words(response: httpx.Response, address: str) -> str:
    """Return why a server refuses a request and what to do, "" if it does not.

    What was sent is never in it, not even where the server's own words repeat it.
    """
    status = response.status_code
    if status < 400:
        return ""
    reply = _said(response)
    if "no org id" in reply.lower():
        return _no_tenant(response, address)
    if status not in (401, 403):
        return ""
    reason = f" It says: {reply}" if reply and reply.lower() not in _EMPTY else ""
    return f"{address} {_refused(response)}{reason}"


# What a status says anyway.
_EMPTY = frozenset({"unauthorized", "forbidden", "unauthorized.", "forbidden."})


def _no_tenant(response: httpx.Response, address: str) -> str:
    begun = f"{address} keeps the data of several tenants"
    if TENANT in response.request.headers:
        return (
            f"{begun} and says “no org id”, although {TENANT} was sent: something on the way "
            "drops that header."
        )
    return (
        f"{begun}, and the request names none (“no org id”). Name yours with "
        f"--header '{TENANT}: NAME', or in PROMETHEUS_HEADERS."
    )


def _refused(response: httpx.Response) -> str:
    sent = response.request.headers.get("authorization", "").partition(" ")[0].lower()
    status = f"(HTTP {response.status_code})"
    if response.status_code == 403 and sent:
        return f"knows the login, but does not let it query {status}. Ask for the right to read."
    if sent == "basic":
        return f"refuses the user or the password {status}."
    if sent:
        return f"refuses the token {status}. Is it for this server, and has it not expired?"
    wanted = response.headers.get("www-authenticate", "").partition(" ")[0].lower()
    by_header = "a token in a file, --bearer-token-file (PROMETHEUS_BEARER_TOKEN_FILE)"
    by_address = "a user and a password in the address, PROMETHEUS_URL=https://user:password@host"
    ways = {"basic": by_address, "bearer": by_header}.get(wanted, f"{by_header}, or {by_address}")
    return f"asks for a login {status}. Give {ways}; or query Prometheus directly."


def _said(response: httpx.Response) -> str:
    """Return a short answer's own words on one line, without what was sent; "" for pages."""
    kind = response.headers.get("content-type", "")
    text = response.text
    if "json" in kind:
        match = re.search(r'"(?:error|message|detail)"\s*:\s*"((?:[^"\\]|\\.)*)"', text)
        text = match[1] if match else ""
    elif "html" in kind:
        return ""
    text = " ".join(text.split())
    secret = response.request.headers.get("authorization", "").partition(" ")[2]
    if secret:
        text = text.replace(secret, "…")
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
