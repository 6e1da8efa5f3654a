"""A mail server for tests. Each letter that it takes becomes a file of the folder, below three lines that say how it
came. `nobody@` any domain does not exist, and the box of `full@` has no room.

Arguments: port, folder, encryption (none, starttls or implicit: with cert.pem and key.pem of the folder).
"""

import asyncio
import itertools
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

ACCOUNT = (b"kino", b"p@ss/word")


class Sink:
    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count(1)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("full@"):
            return "452 4.2.2 the mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        how = f"{'ESMTPS' if encrypted else 'ESMTP'}{'A' if session.authenticated else ''}"
        head = (
            f"Return-Path: <{envelope.mail_from}>\r\n"
            f"Delivered-To: {', '.join(envelope.rcpt_tos)}\r\n"
            f"Received: from {session.host_name} by sink with {how}\r\n"
        )
        letter = self.folder / f"{next(self.numbers):06}.eml"
        unfinished = letter.with_suffix(".unfinished")
        unfinished.write_bytes(head.encode() + envelope.content)
        unfinished.rename(letter)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == ACCOUNT, handled=False)


async def main(port, folder, encryption):
    tls = None
    if encryption != "none":
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    sink = Sink(folder)

    def connection():
        return SMTP(
            sink,
            enable_SMTPUTF8=True,
            tls_context=tls if encryption == "starttls" else None,
            authenticator=authenticate,
            auth_require_tls=False,
        )

    implicit = tls if encryption == "implicit" else None
    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", port, ssl=implicit)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]))
