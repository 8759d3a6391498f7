#!/usr/bin/env python3
"""Asks Claude one question with the credential that clawdbot would use now.

When it is refused, that is reported, and the next credential is tried. Needs clawdbot and Python
3.9, nothing else.

    python3 ask.py "What is a cooldown?"
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request

MODEL = "claude-haiku-4-5"
ATTEMPTS = 3


class NoCredential(Exception):
    """clawdbot has no credential to give; `status` says why (3 cooling down, 4 none, 5 sign in)."""

    def __init__(self, error, status):
        super().__init__(f"{error['message']}\nfix: {error['fix']}")
        self.tag = error["_tag"]
        self.retry_at = error.get("retryAt")
        self.status = status


def credential():
    """The credential a request would be sent with now: headers, base URL, profile, fingerprint."""
    ran = subprocess.run(
        ["clawdbot", "models", "auth", "print-token", "--model", MODEL, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    document = json.loads(ran.stdout)
    if ran.returncode != 0:
        raise NoCredential(document["error"], ran.returncode)
    return document


def report(used, status, retry_after, body):
    """Says what was answered, so that the next credential is another one where that helps."""
    command = ["clawdbot", "models", "auth", "report", used["profile"]]
    command += ["--status", str(status), "--model", MODEL, "--body", "-"]
    if retry_after:
        command += ["--retry-after", retry_after]
    if "fingerprint" in used:
        command += ["--version", used["fingerprint"]]
    ran = subprocess.run(command, input=body, capture_output=True, text=True, check=False)
    print(ran.stdout.strip() or ran.stderr.strip(), file=sys.stderr)


def ask(question):
    """The answer as a document; the provider's error when no credential does better."""
    request = {
        "model": MODEL,
        "max_tokens": 256,
        "messages": [{"role": "user", "content": question}],
    }
    for _ in range(ATTEMPTS):
        used = credential()
        message = urllib.request.Request(
            f"{used['baseUrl']}/v1/messages",
            data=json.dumps(request).encode(),
            headers={
                **used["headers"],
                "anthropic-version": "2023-06-01",
                "content-type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(message, timeout=600) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            body = refused.read().decode(errors="replace")
            report(used, refused.code, refused.headers.get("retry-after"), body)
            last = f"{refused.code}: {body}"
    raise SystemExit(last)


if __name__ == "__main__":
    try:
        print(json.dumps(ask(" ".join(sys.argv[1:]) or "Say hello.")))
    except NoCredential as none:
        print(none, file=sys.stderr)
        sys.exit(none.status)
