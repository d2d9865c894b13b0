#!/usr/bin/env python3
"""A driver: gets a page with Python's http.client, once for each line of its input.

recut writes 127.0.0.1:PORT, perhaps with NAME=PORT behind it, and waits for one line: the result of
this conversation. An error is a result, too.
"""
import http.client
import sys


def fetch(address):
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return f"{answer.status} {answer.reason} {answer.read()!r}"
    finally:
        connection.close()


for line in sys.stdin:
    address = line.split()[0]
    try:
        result = fetch(address)
    except Exception as error:
        result = f"error: {error!r}"
    # repr() has made line ends visible, so that this is one line. It must not stay in a buffer.
    print(result, flush=True)
