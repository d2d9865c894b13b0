#!/usr/bin/env python3
"""A driver with many clients in Python: clients.py NAME uses the client of that name for each line.

What the client returns is told as one line; an error is a result, too.
"""
import datetime
import sys
import time


def requests(host, port):
    import requests
    with requests.get(f"http://{host}:{port}/", timeout=5) as answer:
        return answer.status_code, answer.text


def httpx(host, port):
    import httpx
    answer = httpx.get(f"http://{host}:{port}/", timeout=5, verify=False)
    return answer.status_code, answer.text


def urllib3(host, port):
    import urllib3
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        return pool.request("GET", f"http://{host}:{port}/").data


def redis(host, port):
    import redis
    with redis.Redis(host, port, protocol=2, socket_timeout=5, retry=None, driver_info=None,
                     maint_notifications_config=None) as client:
        return client.lrange("k", 0, -1)


def psycopg(host, port):
    import psycopg
    with psycopg.connect(host=host, port=port, user="u", dbname="d", sslmode="disable",
                         gssencmode="disable", client_encoding="UTF8", autocommit=True,
                         connect_timeout=5, cursor_factory=psycopg.ClientCursor) as client:
        return client.execute("select v").fetchall()


def pymysql(host, port):
    import pymysql
    client = pymysql.connect(host=host, port=port, user="u", password="", database="d",
                             autocommit=None, ssl_disabled=True, connect_timeout=5, read_timeout=5)
    try:
        cursor = client.cursor()
        cursor.execute("select v")
        return cursor.fetchall()
    finally:
        client.close()


def pymemcache(host, port):
    from pymemcache.client.base import Client
    client = Client((host, port), timeout=5)
    try:
        return client.get_many(["a", "b"])
    finally:
        client.close()


def memcache(host, port):
    import memcache
    client = memcache.Client([f"{host}:{port}"], socket_timeout=5, pickler=None)
    try:
        return client.get_multi(["a", "b"])
    finally:
        client.disconnect_all()


def aiomcache(host, port):
    import asyncio
    import aiomcache

    async def get():
        client = aiomcache.Client(host, port)
        try:
            return await asyncio.wait_for(client.multi_get(b"a", b"b"), 4)
        finally:
            await client.close()
    return asyncio.run(get())


def paho(host, port):
    import paho.mqtt.client as mqtt
    got = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="c")
    client.on_connect = lambda client, *_: client.subscribe("t")
    client.on_message = lambda client, _, message: (
        got.append((message.topic, message.payload)), len(got) == 2 and client.disconnect())
    client.connect(host, port)
    end = time.monotonic() + 4
    while time.monotonic() < end:
        code = client.loop(0.2)
        if code:
            return got, int(code)
    return got, "out of time"


def smtplib(host, port):
    import smtplib
    with smtplib.SMTP(host, port, local_hostname="me", timeout=4) as link:
        link.ehlo()
        refused = link.sendmail("a@b", ["c@d"], "Subject: x\n\n.dot\n")
        return link.esmtp_features, refused


def ftplib(host, port):
    import ftplib
    import socket
    with ftplib.FTP(timeout=4) as link:
        link.connect(host, port)
        link.af = socket.AF_INET6  # so that it asks for EPSV, whose answer names the port in digits
        link.login()
        lines = []
        link.retrlines("RETR f", lines.append)
        return link.welcome, lines


def imaplib(host, port):
    import imaplib
    link = imaplib.IMAP4(host, port, timeout=4)
    try:
        link.login("u", "p")
        count = link.select("INBOX", readonly=True)
        text = link.fetch("1", "(BODY[])")
        return count, text
    finally:
        link.shutdown()


def poplib(host, port):
    import poplib
    link = poplib.POP3(host, port, timeout=4)
    try:
        return link.user("u"), link.pass_("p"), link.retr(1), link.quit()
    finally:
        link.close()


def websockets(host, port):
    import websockets.client
    import websockets.sync.client
    # With a key that is always the same the script can name the answer.
    websockets.client.generate_key = lambda: "dGhlIHNhbXBsZSBub25jZQ=="
    with websockets.sync.client.connect(f"ws://{host}:{port}/", open_timeout=4, close_timeout=2,
                                        compression=None, proxy=None) as link:
        return [link.recv(timeout=3) for _ in range(3)]


def websocket(host, port):
    import websocket
    import websocket._handshake as handshake
    handshake._create_sec_websocket_key = lambda: "dGhlIHNhbXBsZSBub25jZQ=="
    link = websocket.create_connection(f"ws://{host}:{port}/", timeout=4)
    try:
        return [link.recv() for _ in range(3)]
    finally:
        link.close()


def greenstalk(host, port):
    import greenstalk
    with greenstalk.Client((host, port)) as client:
        job = client.reserve(timeout=1)
        return job.id, job.body


def beanstalkc(host, port):
    import beanstalkc
    client = beanstalkc.Connection(host, port, parse_yaml=False, connect_timeout=4)
    job = client.reserve(timeout=1)
    client.close()
    return job.jid, job.body


def sseclient_py(host, port):
    import requests
    import sseclient
    with requests.get(f"http://{host}:{port}/", stream=True, timeout=4) as answer:
        return [(event.event, event.id, event.data) for event in sseclient.SSEClient(answer).events()]


def httpx_sse(host, port):
    import httpx
    import httpx_sse
    with httpx.Client(timeout=4, verify=False) as client:
        with httpx_sse.connect_sse(client, "GET", f"http://{host}:{port}/") as source:
            return [(e.event, e.id, e.data) for e in source.iter_sse()]


def aiohttp_sse(host, port):
    import asyncio
    from aiohttp_sse_client.client import EventSource

    async def read():
        got = []
        async with EventSource(f"http://{host}:{port}/", timeout=4, max_connect_retry=0,
                     reconnection_time=datetime.timedelta(milliseconds=10)) as source:
            async for event in source:
                got.append((event.type, event.last_event_id, event.data))
                if len(got) == 3:
                    return got
        return got
    return asyncio.run(read())


def aiosseclient(host, port):
    import asyncio
    from aiosseclient import aiosseclient

    async def read():
        got = []
        async for event in aiosseclient(f"http://{host}:{port}/"):
            got.append((event.event, event.id, event.data))
            if len(got) == 3:
                return got
        return got
    return asyncio.run(asyncio.wait_for(read(), 4))


def requests_sse(host, port):
    from requests_sse import EventSource
    got = []
    with EventSource(f"http://{host}:{port}/", timeout=4, max_connect_retry=0,
                     reconnection_time=datetime.timedelta(milliseconds=10)) as source:
        for event in source:
            got.append((event.type, event.last_event_id, event.data))
            if len(got) == 3:
                return got
    return got


def main():
    client = globals()[sys.argv[1]]
    for line in sys.stdin:
        host, port = line.split()[0].split(":")
        try:
            result = repr(client(host, int(port)))
        except Exception as error:
            result = f"error: {type(error).__name__}"
        # repr() has made line ends visible. The line must not stay in a buffer.
        print(result, flush=True)


main()
