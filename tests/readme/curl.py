"""As much of curl as the documents use, so that their tests need none: `-s -G -H -d` and an address."""

from __future__ import annotations

import argparse
import sys

import httpx

from framework.testing.until import PATIENCE


def main() -> None:
    """Prints what the address answers; ends with 22 for an answer that says no."""
    words = argparse.ArgumentParser()
    words.add_argument("url")
    words.add_argument("-s", dest="silent", action="store_true")
    words.add_argument("-G", dest="get", action="store_true")
    words.add_argument("-H", dest="headers", action="append", default=[])
    words.add_argument("-d", dest="data", action="append", default=[])
    said = words.parse_args()
    data = "&".join(said.data)
    headers = dict(header.split(": ", 1) for header in said.headers)
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        if said.get or not data:
            answer = client.get(f"{said.url}?{data}" if data else said.url, headers=headers)
        else:
            answer = client.post(said.url, content=data, headers=headers)
    print(answer.text)
    sys.exit(0 if answer.is_success else 22)


if __name__ == "__main__":
    main()
