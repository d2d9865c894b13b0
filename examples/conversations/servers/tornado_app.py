"""A Tornado application that sends each body back: tornado_app.py PORT"""

import asyncio
import logging
import sys

from tornado.web import Application, RequestHandler


class Back(RequestHandler):
    """Answers with the body of the request, and with a greeting where there is none."""

    def get(self):
        self.set_header("Content-Type", "text/plain")
        self.write("hello\n")

    def post(self):
        self.set_header("Content-Type", "application/octet-stream")
        self.write(self.request.body)


async def main():
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    Application([("/", Back)]).listen(int(sys.argv[1]), address="127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())
