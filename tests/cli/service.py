#!/usr/bin/env python3
"""service.py VOIZK OPENAPI SOUNDS: `voizk serve` from outside. Guards: every answer fits the OpenAPI document; a real proof is
accepted once, by whichever of two instances on one database and across kill -9; SIGTERM finishes what runs; malformed and huge
HTTP, slow clients and thousands of idle connections change nothing and stop nothing. Works in the current folder."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings

import jsonschema

voizk, document, sounds = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3])
warnings.simplefilter("ignore", DeprecationWarning)  # Debian 12's jsonschema has no other resolver
resolver = jsonschema.RefResolver.from_schema(document)
KEY = "k" * 40
failures, seen = 0, set()


def expect(condition, what):
    global failures
    print("ok:" if condition else "NOT SO:", what, flush=True)
    failures += not condition


class Service:
    def __init__(self, *options, **variables):
        self.log = open("service.log", "a+")
        start = self.log.seek(0, os.SEEK_END)
        self.process = subprocess.Popen([voizk, "serve", "--rp", "bank.example", "--listen", "127.0.0.1:0", "--database", "service.db", *options],
                                        stderr=self.log, env=os.environ | {"VOIZK_SERVE_API_KEY": KEY, "VOIZK_SERVE_DIGITS": "5",
                                                                           "VOIZK_SERVE_OPEN_LOGINS": "40"} | variables)
        for _ in range(400):
            self.log.seek(start)
            started = re.search(r'"event":"started".*"port":(\d+)', self.log.read())
            if started or self.process.poll() is not None:
                break
            time.sleep(0.02)
        if not started:
            sys.exit("the service does not start: " + pathlib.Path("service.log").read_text())
        self.port = int(started.group(1))

    def connect(self, seconds=20):
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def raw(self, data, seconds=20):
        """The status that comes back for these bytes; 0: the connection was closed, None: nothing came."""
        with self.connect(seconds) as s:
            try:
                s.sendall(data)
                first = s.recv(65536)
            except (ConnectionError, BrokenPipeError):
                return 0
            except TimeoutError:
                return None
            return int(first.split()[1]) if first.startswith(b"HTTP/1.") else 0

    def ask(self, method, path, body=None, key=True, headers=None):
        """(status, object or text), held against the document."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(headers or {})
        if key:
            headers["Authorization"] = "Bearer " + KEY
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content, kind = answer.read(), answer.headers.get("Content-Type", "")
        connection.close()
        value = json.loads(content) if "json" in kind else content.decode()
        fits(method, path.split("?")[0], answer.status, kind, value)
        return answer.status, value

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


def fits(method, path, status, kind, value):
    for template, operations in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations:
            operation = operations[method.lower()]
            answer = operation["responses"].get(str(status))
            if answer is None:
                return expect(False, f"{operation['operationId']} answers {status}, which the document does not know: {value}")
            seen.add(operation["operationId"])
            if "content" not in answer:
                return value == "" or expect(False, f"{operation['operationId']} {status} has a body")
            if kind not in answer["content"]:
                return expect(False, f"{operation['operationId']} answers {kind}")
            try:
                jsonschema.Draft202012Validator(answer["content"][kind]["schema"], resolver=resolver).validate(value)
            except jsonschema.ValidationError as error:
                expect(False, f"{operation['operationId']} {status}: {error.message}")
            return
    if status not in (404, 405):
        expect(False, f"{method} {path} answers {status} and is not in the document")


def type_of(answer):
    return answer[1].get("type", "").removeprefix("urn:voizk:problem:")


def run(*words):
    return subprocess.run([voizk, *words, "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def enrol(service, account):
    """Registers a new credential with its device key; its id."""
    _, begun = service.ask("POST", f"/v1/accounts/{account}/registrations", {})
    prompts = [str(sounds / f"{n}.wav") for n in ("vm-record-prepend", "vm-rec-unv", "vm-intro", "demo-enterkeywords")]
    made = run("enrol", "--rp", "bank.example", "--registration", begun["registration"], "--out", "registration.json", "--passphrase-file", "pw", *prompts)
    expect(made.returncode == 0, "enrolled " + made.stderr.strip())
    body = json.loads(pathlib.Path("registration.json").read_text())
    status, done = service.ask("POST", begun["finish"], body, key=False)
    expect(status == 201 and done["device_key"] == "ed25519" and done["enrolment_proven"] is False, "registered, with a device key, enrolment unproven")
    expect(type_of(service.ask("POST", begun["finish"], body, key=False)) == "used", "a registration is good once")
    status, after = service.ask("GET", begun["finish"])
    expect(after["status"] == "registered" and after["account"] == account, "the back end sees it")
    return done["credential"]


def answer(service, account):
    """(login options, body of a right answer): the published operating point refuses some right phrases, so more than one may be begun."""
    for _ in range(25):
        _, login = service.ask("POST", f"/v1/accounts/{account}/logins", {})
        pathlib.Path("challenge.json").write_text(json.dumps(login["challenge"]))
        clips = [str(sounds / "digits" / f"{d}.wav") for d in login["challenge"]["phrase"]]
        run("record", "--join", *clips, "--gap", "0.1", "--out", "spoken.wav", "--overwrite")
        made = run("prove", "--challenge", "challenge.json", "--audio", "spoken.wav", "--answer", "--out", "answer.json", "--passphrase-file", "pw")
        if made.returncode == 0:
            return login, json.loads(pathlib.Path("answer.json").read_text())
        if made.returncode != 3:
            sys.exit("prove: " + made.stderr)
    sys.exit("no phrase was accepted")


def check_login():
    one, two = Service(), Service()
    credential = enrol(one, "ann")
    login, body = answer(one, "ann")
    wrong = dict(body, proof=body["proof"][:50000] + ("A" if body["proof"][50000] != "A" else "B") + body["proof"][50001:])
    expect(type_of(two.ask("POST", login["finish"], wrong, key=False)) == "device-signature-wrong", "the device key signs the proof as it is")
    unsigned = {k: v for k, v in body.items() if k != "device_signature"}
    expect(type_of(two.ask("POST", login["finish"], unsigned, key=False)) == "device-signature-wrong", "without the device key's signature: no")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:  # one try is left of three: the count holds across instances
        answers = list(pool.map(lambda i: (one, two)[i % 2].ask("POST", login["finish"], body, key=False), range(8)))
    accepted = [a for a in answers if a[0] == 200]
    expect(len(accepted) == 1 and all(type_of(a) in ("used", "spent") for a in answers if a[0] != 200),
           f"of eight at two instances one is accepted ({[a[0] for a in answers]})")
    one.stop(signal.SIGKILL)
    two.stop(signal.SIGKILL)
    again = Service()
    status, after = again.ask("GET", login["finish"])
    expect(after["status"] == "accepted" and after["credential"] == credential, "after kill -9 it is still accepted")
    expect(type_of(again.ask("POST", login["finish"], body, key=False)) == "used", "and cannot be used again")
    _, log = again.ask("GET", "/v1/accounts/ann/audit")
    expect([e["event"] for e in log["events"]].count("login_accepted") == 1, "one audit row")
    expect(pathlib.Path("service.db").stat().st_mode & 0o777 == 0o600, "others cannot read the database")

    login, body = answer(again, "ann")  # SIGTERM in the middle of a request: it is finished
    data = json.dumps(body).encode()
    head = f"POST {login['finish']} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    with again.connect() as s:
        s.sendall(head + data[:1000])
        time.sleep(0.2)
        again.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        s.sendall(data[1000:])
        first = s.recv(65536)
    expect(b" 200 " in first.split(b"\r\n")[0], "what was begun before SIGTERM is answered")
    expect(again.process.wait(timeout=60) == 0, "and then it ends with 0")


def check_rest(service):
    status, begun = service.ask("POST", "/v1/accounts/bob/registrations", {})
    expect(status == 201, "a registration begins")
    expect(type_of(service.ask("POST", "/v1/accounts/bob/registrations", {"replaces": "0" * 16})) == "credential-unknown", "nothing to replace")
    expect(type_of(service.ask("POST", "/v1/accounts/carl/logins", {})) == "account-unknown", "an unknown account")
    expect(type_of(service.ask("DELETE", "/v1/accounts/bob/credentials/" + "0" * 16)) == "credential-unknown", "an unknown credential")
    expect(service.ask("GET", "/v1/accounts/ann/credentials")[0] == 200, "credentials are listed")
    expect(service.ask("DELETE", "/v1/accounts/bob/failures")[0] == 204, "failures are reset")
    expect(service.ask("GET", "/v1/audit?after=0&limit=5")[0] == 200, "the audit log is read")
    expect(type_of(service.ask("GET", "/v1/audit", key=False)) == "unauthorized", "no key, no audit log")
    expect(service.ask("GET", "/metrics")[0] == 200, "metrics")
    expect(service.ask("GET", "/health", key=False)[0] == 200, "health")
    status, served = service.ask("GET", "/openapi.json", key=False)
    expect(served == document, "the document is served")
    expect(service.ask("DELETE", "/v1/accounts/bob")[0] == 204, "an account is erased")
    known = {o["operationId"] for operations in document["paths"].values() for o in operations.values()}
    expect(seen == known, f"every operation was asked ({sorted(known - seen)})")


def check_enrolment():
    """What a service that wants proofs says fits the document too; client.py has a real proof."""
    service = Service("--enrolment", "2")
    status, begun = service.ask("POST", "/v1/accounts/dora/registrations", {})
    wanted = begun["options"]["enrolment"]
    expect(status == 201 and wanted["challenge"]["nonce"] == begun["registration"] and wanted["recordings"] == 3, "as many recordings as the bundle wants")
    body = json.loads(pathlib.Path("registration.json").read_text())
    del body["device_key"]
    expect(type_of(service.ask("POST", begun["finish"], body, key=False)) == "enrolment-missing", "no proof, no registration")
    expect(type_of(service.ask("POST", begun["finish"], body | {"proof": ""}, key=False)) == "proof-malformed", "an empty one is none")
    expect(service.ask("GET", "/health", key=False)[1]["enrolment_proven"] is True, "health says so")
    _, log = service.ask("GET", "/v1/accounts/dora/audit")
    expect([e["event"] for e in log["events"]] == ["enrolment_rejected"], "the audit log has it")
    service.stop()


def post(path, body, *headers, length=None):
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def check_hostile(service):
    login = "/v1/logins/" + "0" * 64
    good = b'{"credential":"0000000000000000","proof":""}'
    expect(service.raw(post(login, good)) == 404, "a whole request is read")
    for what, data, statuses in [
        ("noise", os.urandom(4096), (400, 0)),
        ("TLS's hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), (400, 0, None)),
        ("no method", b"\r\n\r\n\r\n / HTTP/1.1\r\n\r\n", (400, 0, 404, 405)),
        ("no host", b"GET /health HTTP/1.1\r\n\r\n", (400,)),
        ("a version of its own", b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n", (400, 505)),
        ("a head of a megabyte", b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n", (431, 413, 400, 0)),
        ("a hundred thousand headers", b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100000 + b"\r\n", (431, 413, 400, 0)),
        ("a path of a megabyte", b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n", (414, 431, 400, 0)),
        ("two lengths", post(login, good, f"Content-Length: {len(good) + 7}"), (400,)),
        ("a negative length", post(login, good, length=-1), (400, 413)),
        ("a length of 2^64", post(login, good, length=1 << 64), (400, 413)),
        ("a length that is no number", post(login, good, length="12 12"), (400, 413)),
        ("a length and chunks", post(login, b"0\r\n\r\n", "Transfer-Encoding: chunked"), (411, 400)),
        ("chunks", post(login, b"0\r\n\r\n", "Transfer-Encoding: chunked", length=False), (411,)),
        ("two keys", b"GET /v1/audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n\r\n", (400,)),
        ("a body of two megabytes", post(login, b"a" * (2 << 20)), (413, 0)),
        ("a body where none belongs", b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", (413,)),
        ("a path upwards", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", (404, 400)),
        # libmicrohttpd reads a path up to a zero; what is behind it never counts, and the key is asked for as ever.
        ("a zero in the path", b"GET /v1/audit\x00/health HTTP/1.1\r\nHost: x\r\n\r\n", (401, 404, 400, 0)),
    ]:
        status = service.raw(data, 5)
        expect(status in statuses, f"{what}: {status}")
    expect(service.ask("GET", "/health", key=False)[0] == 200, "and it lives")


def check_slow():
    service = Service("--request-time", "1", "--idle-time", "2")
    begin = time.monotonic()
    ended = []

    def drip(first):
        """A byte each 0.2 s: no pause is long enough for an idle limit."""
        with service.connect() as s:
            try:
                s.sendall(first)
                for _ in range(60):
                    time.sleep(0.2)
                    s.sendall(b"a")
            except OSError:
                pass
            ended.append(time.monotonic() - begin)

    heads = [b"GET /health HTTP/1.1\r\nX: ", post("/v1/logins/" + "0" * 64, b"", length=100000), b"G"]
    threads = [threading.Thread(target=drip, args=(head,)) for head in heads for _ in range(20)]
    for thread in threads:
        thread.start()
    worst = 0
    for _ in range(10):
        started = time.monotonic()
        service.ask("GET", "/health", key=False)
        worst = max(worst, time.monotonic() - started)
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    expect(worst < 2, f"sixty slow clients delay nobody ({worst:.2f} s)")
    expect(max(ended) < 8, f"and are cut off ({max(ended):.1f} s)")
    service.stop()


def check_idle():
    service = Service("--idle-time", "60", "--request-time", "60")
    limit = min(10000, (os.sysconf("SC_OPEN_MAX") - 200))
    idle = []
    for i in range(limit):
        idle.append(service.connect())
        if i % 1000 == 0:
            idle[-1].sendall(b"GET /health HTTP/1.1\r\nHo")
    started = time.monotonic()
    status, _ = service.ask("GET", "/health", key=False)
    _, text = service.ask("GET", "/metrics")
    held = int(float(re.search(r"^voizk_connections (\S+)", text, re.M).group(1)))
    memory = int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{service.process.pid}/status").read_text()).group(1)) // 1024
    expect(status == 200 and time.monotonic() - started < 5, f"{limit} idle connections ({held} held, {memory} MB), and the next is served")
    expect(held >= limit, "all of them are held")
    for s in idle:
        s.close()
    expect(service.ask("GET", "/health", key=False)[0] == 200, "and when they are gone")
    service.stop()


pathlib.Path("pw").write_text("correct horse\n")
os.chmod("pw", 0o600)
check_login()
plain = Service()
check_hostile(plain)
check_rest(plain)
plain.stop()
check_enrolment()
check_slow()
check_idle()
sys.exit(f"{failures} expectations failed" if failures else None)
