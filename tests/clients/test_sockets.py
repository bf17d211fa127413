"""Connections that are slow, broken, too large or too many: each gets the right answer, and others are
served meanwhile."""

import json
import resource
import socket
import time
from urllib.parse import urlsplit

from support import Case

MANY = 1000
TARGET = (
    "x-amz-target: WorkMailService.ListOrganizations\r\n"
    "content-type: application/x-amz-json-1.1\r\n"
    "authorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/workmail/aws4_request\r\n"
)


class Sockets(Case):
    @classmethod
    def setUpClass(cls):
        # The emulator inherits it.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 3 * MANY
        if soft < wanted <= hard or hard == resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    def connect(self):
        place = urlsplit(self.endpoint)
        connection = socket.create_connection((place.hostname, place.port), timeout=20)
        self.addCleanup(connection.close)
        return connection

    def request(self, body=b"{}", extra=""):
        return f"POST / HTTP/1.1\r\nhost: emulator\r\n{TARGET}{extra}content-length: {len(body)}\r\n\r\n".encode() + body

    def reply(self, connection):
        """Status and body of one reply; none: the connection ended without one."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return None
            received += piece
        head, body = received.split(b"\r\n\r\n", 1)
        lines = head.decode().lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        return int(lines[0].split()[1]), body

    def alive(self):
        began = time.monotonic()
        self.assertEqual(self.client.list_organizations()["OrganizationSummaries"][0]["Alias"], "acme")
        self.assertLess(time.monotonic() - began, 10)

    def test_a_thousand_connections(self):
        connections = [self.connect() for _ in range(MANY)]
        for connection in connections:
            connection.sendall(self.request())
        for connection in connections:
            status, body = self.reply(connection)
            self.assertEqual(status, 200)
            self.assertEqual(json.loads(body)["OrganizationSummaries"][0]["Alias"], "acme")
        self.alive()
        # And once more on each: they were kept.
        for connection in connections:
            connection.sendall(self.request())
            self.assertEqual(self.reply(connection)[0], 200)

    def test_slow_clients_hold_nobody_up(self):
        whole = self.request()
        slow = [self.connect() for _ in range(50)]
        for position in range(len(whole)):
            for connection in slow:
                connection.sendall(whole[position : position + 1])
            if position % 50 == 0:
                self.alive()
        for connection in slow:
            self.assertEqual(self.reply(connection)[0], 200)

    def test_bodies_that_end_too_early_or_never_come(self):
        for sent in (self.request(b"{}")[:-1], self.request(b'{"MaxResults": 1}')[:-5], b"POST / HTTP/1.1\r\nhost", b""):
            connection = self.connect()
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answered = self.reply(connection)
            self.assertTrue(answered is None or answered[0] == 400, answered)
            self.alive()
        for _ in range(50):
            self.connect().sendall(self.request(b"{}")[:-1])
        self.alive()

    def test_bodies_that_are_too_large(self):
        limit = 1024 * 1024
        fits = b'{"MaxResults": 1' + b" " * (limit - 17) + b"}"
        self.assertEqual(len(fits), limit)
        connection = self.connect()
        connection.sendall(self.request(fits))
        self.assertEqual(self.reply(connection)[0], 200)
        for chunked in (False, True):
            connection = self.connect()
            large = fits + b" "
            if chunked:
                connection.sendall(f"POST / HTTP/1.1\r\nhost: emulator\r\n{TARGET}transfer-encoding: chunked\r\n\r\n".encode())
                connection.sendall(f"{len(large):x}\r\n".encode() + large + b"\r\n0\r\n\r\n")
            else:
                connection.sendall(self.request(large))
            status, body = self.reply(connection)
            self.assertEqual(status, 413)
            self.assertEqual(json.loads(body)["__type"], "RequestEntityTooLargeException")
        # One that only says that it is huge is refused before it comes.
        connection = self.connect()
        connection.sendall(f"POST / HTTP/1.1\r\nhost: emulator\r\n{TARGET}content-length: {10**15}\r\n\r\n".encode())
        connection.sendall(b"{")
        connection.shutdown(socket.SHUT_WR)
        answered = self.reply(connection)
        self.assertTrue(answered is None or answered[0] == 413, answered)
        self.alive()

    def test_what_is_no_http(self):
        for sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b"GET\r\n\r\n", b"\r\n" * 1000, bytes(range(256)) * 20):
            connection = self.connect()
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            try:
                answered = self.reply(connection)
            except ConnectionResetError:
                answered = None
            self.assertTrue(answered is None or answered[0] == 400, answered)
            self.alive()

    def test_requests_that_ask_for_nothing_known(self):
        expected = {
            b"x-amz-target: WorkMailService.NoSuchOperation": (400, "UnknownOperationException"),
            b"x-amz-target: OtherService.ListUsers": (400, "UnknownOperationException"),
            b"x-amz-target: ": (400, "UnknownOperationException"),
        }
        known = b"x-amz-target: WorkMailService.ListOrganizations"
        for target, (status, code) in expected.items():
            connection = self.connect()
            connection.sendall(self.request().replace(known, target))
            answered, body = self.reply(connection)
            self.assertEqual((answered, json.loads(body)["__type"]), (status, code))
        kinds = {b"text/xml": 404, b"application/x-amz-json-1.1; charset=utf-8": 200}
        for kind, status in kinds.items():
            connection = self.connect()
            connection.sendall(self.request().replace(b"application/x-amz-json-1.1", kind))
            self.assertEqual(self.reply(connection)[0], status, kind)
        bodies = [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"MaxResults": 1}x', b"[" * 100_000, b'{"a":' * 100_000, b"null"]
        for body in bodies:
            connection = self.connect()
            connection.sendall(self.request(body))
            status, answer = self.reply(connection)
            if body == b"":
                self.assertEqual(status, 200)
            else:
                self.assertEqual((status, json.loads(answer)["__type"]), (400, "SerializationException"), body[:20])
        self.alive()
