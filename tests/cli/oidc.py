#!/usr/bin/env python3
"""oidc.py VOIZK SOUNDS: `voizk serve --oidc` as an independent client library (Authlib) sees it. Guards: a login by voice ends in
an ID token that the library verifies by discovery and published keys, for confidential and public clients, across a change of keys;
and no code, verifier, redirect, client, cookie, state, nonce or algorithm but the right one gives anything (docs/oidc.md, Threats).
Works in the current folder."""
import base64
import hashlib
import json
import os
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from authlib.oidc.core import CodeIDToken

voizk, sounds = sys.argv[1], pathlib.Path(sys.argv[2])
API = {"Authorization": "Bearer " + "k" * 40}
SECRET = secrets.token_hex(32)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    PORT = probe.getsockname()[1]
ISSUER = f"http://127.0.0.1:{PORT}"
SHOP = {"client_id": "shop", "client_secret": SECRET, "redirect_uri": "https://shop.example/callback?lang=en"}
MAIL = {"client_id": "mail", "client_secret": SECRET, "redirect_uri": "https://mail.example/in"}
APP = {"client_id": "app", "client_secret": None, "redirect_uri": "com.example.app:/callback"}
METHODS = {"shop": "client_secret_basic", "mail": "client_secret_post", "app": "none"}
failures = 0


def expect(condition, what):
    global failures
    print("ok:" if condition else "NOT SO:", what, flush=True)
    failures += not condition


def configure():
    clients = [{"client_id": c["client_id"], "name": "The " + c["client_id"], "auth": METHODS[c["client_id"]], "redirect_uris": [c["redirect_uri"]]}
               | ({"secret_sha256": hashlib.sha256(SECRET.encode()).hexdigest()} if c["client_secret"] else {}) for c in (SHOP, MAIL, APP)]
    pathlib.Path("oidc.json").write_text(json.dumps({"issuer": ISSUER, "key_file": "keys.pem", "clients": clients}))


def make_key(name):
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", name], check=True, stderr=subprocess.DEVNULL)
    return pathlib.Path(name).read_text()


def write_keys(*keys):
    pathlib.Path("keys.pem").write_text("".join(keys))
    os.chmod("keys.pem", 0o600)


def start():
    log = open("oidc.log", "a+")
    begin = log.seek(0, os.SEEK_END)
    process = subprocess.Popen([voizk, "serve", "--rp", "bank.example", "--listen", f"127.0.0.1:{PORT}", "--database", "oidc.db", "--oidc", "oidc.json"], stderr=log,
                               env=os.environ | {"VOIZK_SERVE_API_KEY": "k" * 40, "VOIZK_SERVE_DIGITS": "5", "VOIZK_SERVE_OPEN_LOGINS": "60", "VOIZK_SERVE_ADDRESS_FAILURES": "10000"})
    for _ in range(400):
        log.seek(begin)
        if '"event":"started"' in log.read():
            return process
        time.sleep(0.02)
    sys.exit("the service does not start: " + pathlib.Path("oidc.log").read_text())


def run(account, *words):
    """On the device of the account's owner."""
    home = str(pathlib.Path.cwd() / ("home-" + account))
    return subprocess.run([voizk, *words, "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, env=os.environ | {"VOIZK_HOME": home})


def enrol(account, *options):
    begun = requests.post(f"{ISSUER}/v1/accounts/{account}/registrations", json={}, headers=API).json()
    prompts = [str(sounds / f"{n}.wav") for n in ("vm-record-prepend", "vm-rec-unv", "vm-intro", "demo-enterkeywords")]
    made = run(account, "enrol", "--rp", "bank.example", "--registration", begun["registration"], "--out", f"{account}.json", "--passphrase-file", "pw", *options, *prompts)
    done = requests.post(ISSUER + begun["finish"], json=json.loads(pathlib.Path(f"{account}.json").read_text()))
    expect(made.returncode == 0 and done.status_code == 201, f"{account} is enrolled {made.stderr.strip()}")
    return done.json()["credential"]


class Browser:
    """A user's browser and device on the way from a client's link to the redirect back."""

    def __init__(self, link):
        self.http = requests.Session()
        answer = self.http.get(link, allow_redirects=False)
        self.status, self.location = answer.status_code, answer.headers.get("Location", "")
        self.interaction = self.location if self.location.startswith(ISSUER) else None

    def post(self, step, body, **more):
        return self.http.post(f"{self.interaction}/{step}", json=body, **more)

    def log_in(self, account, tries=3):
        """The published operating point refuses some right phrases, so more than one login may be begun; three are allowed."""
        for _ in range(tries):
            login = self.post("logins", {"account": account}).json()
            if "challenge" not in login:
                return login
            pathlib.Path("challenge.json").write_text(json.dumps(login["challenge"]))
            clips = [str(sounds / "digits" / f"{d}.wav") for d in login["challenge"]["phrase"]]
            run(account, "record", "--join", *clips, "--gap", "0.1", "--out", "spoken.wav", "--overwrite")
            made = run(account, "prove", "--challenge", "challenge.json", "--audio", "spoken.wav", "--answer", "--out", "answer.json", "--passphrase-file", "pw")
            if made.returncode == 0:
                return requests.post(ISSUER + login["finish"], json=json.loads(pathlib.Path("answer.json").read_text())).json()
            if made.returncode != 3:
                sys.exit("prove: " + made.stderr)
        return {}

    def finish(self):
        return self.post("finish", {}).json()


def client(settings):
    return OAuth2Session(settings["client_id"], settings["client_secret"], scope="openid", redirect_uri=settings["redirect_uri"],
                         token_endpoint_auth_method=METHODS[settings["client_id"]], code_challenge_method="S256")


def link(session, **more):
    """(verifier, state, address): where the client sends the browser."""
    verifier = secrets.token_urlsafe(48)
    address, state = session.create_authorization_url(discovery["authorization_endpoint"], code_verifier=verifier, **more)
    return verifier, state, address


def authorized(settings, account="ann", **more):
    """A whole authorization: (client's session, verifier, state, redirect). A phrase that is refused three times is begun anew."""
    session = client(settings)
    for _ in range(12):
        verifier, state, address = link(session, **more)
        browser = Browser(address)
        if browser.log_in(account).get("accepted"):
            return session, verifier, state, browser.finish()["redirect_to"]
    sys.exit("no phrase was accepted")


def field(redirect, name):
    return parse_qs(urlsplit(redirect).query).get(name, [None])[0]


def redeem(settings, code, verifier, **changes):
    """The token endpoint without a library: (status, object)."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": settings["redirect_uri"], "code_verifier": verifier} | changes
    basic = None
    if METHODS[settings["client_id"]] == "client_secret_basic":
        basic = (settings["client_id"], settings["client_secret"])
    else:
        form["client_id"] = settings["client_id"]
        if settings["client_secret"]:
            form["client_secret"] = settings["client_secret"]
    answer = requests.post(ISSUER + "/oidc/token", data={k: v for k, v in form.items() if v is not None}, auth=basic)
    return answer.status_code, answer.json()


def refused(answer, error, what, status=400):
    expect(answer[0] == status and answer[1].get("error") == error and "id_token" not in answer[1], f"{what}: {error} ({answer[0]} {answer[1].get('error')})")


def verify(token, settings, nonce, keys=None):
    """Claims, or JoseError, as Authlib has it."""
    key_set = JsonWebKey.import_key_set(keys or requests.get(discovery["jwks_uri"]).json())
    claims = JsonWebToken(["ES256"]).decode(token["id_token"], key_set, claims_cls=CodeIDToken, claims_params={
        "nonce": nonce, "client_id": settings["client_id"], "access_token": token["access_token"]},
        claims_options={"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": settings["client_id"]}, "nonce": {"essential": True, "value": nonce}})
    claims.validate()
    return claims


def fails(call, error=JoseError):
    try:
        call()
    except error:
        return True
    return False


def check_flows():
    global ann_token
    for settings in (SHOP, MAIL, APP):
        nonce = secrets.token_urlsafe(16) + " &+%"
        session, verifier, state, redirect = authorized(settings, nonce=nonce)
        expect(redirect.startswith(settings["redirect_uri"]) and field(redirect, "state") == state and field(redirect, "iss") == ISSUER,
               f"{settings['client_id']}: back to the client, with state and issuer")
        tampered = redirect.replace(f"state={state}", "state=other")
        expect(tampered != redirect and fails(lambda: session.fetch_token(discovery["token_endpoint"], authorization_response=tampered, code_verifier=verifier, state=state),
                                              MismatchingStateException), "a tampered state: the library refuses it")
        token = session.fetch_token(discovery["token_endpoint"], authorization_response=redirect, code_verifier=verifier, state=state)
        claims = verify(token, settings, nonce)
        expect(claims["sub"] == "ann" and claims["aud"] == settings["client_id"] and abs(claims["auth_time"] - time.time()) < 60, "the library verifies the ID token")
        expect(claims["amr"] == ["vbm", "swk"] and claims["acr"] == "urn:voizk:acr:voice-device-key", "amr and acr tell voice and device key")
        info = session.get(discovery["userinfo_endpoint"])
        expect(info.json() == {"sub": "ann"}, "userinfo")
        if settings is SHOP:
            ann_token, ann_nonce = token, nonce
    expect(fails(lambda: verify(ann_token, MAIL, ann_nonce)), "an ID token for one client is none for another")
    expect(fails(lambda: verify(ann_token, SHOP, "another nonce")), "a replayed ID token has another nonce")
    head, body, signature = ann_token["id_token"].split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    expect(fails(lambda: verify({**ann_token, "id_token": f"{none}.{body}."}, SHOP, ann_nonce)), "alg none")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "bob"}).encode()).rstrip(b"=").decode()
    expect(fails(lambda: verify({**ann_token, "id_token": f"{head}.{forged}.{signature}"}, SHOP, ann_nonce)), "another user's name")
    expect(fails(lambda: verify({**ann_token, "access_token": "x"}, SHOP, ann_nonce)), "another access token")


def check_codes():
    _, verifier, _, redirect = authorized(SHOP)
    code = field(redirect, "code")
    status, token = redeem(SHOP, code, verifier)
    expect(status == 200 and requests.get(ISSUER + "/oidc/userinfo", headers={"Authorization": "Bearer " + token["access_token"]}).status_code == 200, "a code, by hand")
    refused(redeem(SHOP, code, verifier), "invalid_grant", "a code used twice")
    gone = requests.get(ISSUER + "/oidc/userinfo", headers={"Authorization": "Bearer " + token["access_token"]})
    expect(gone.status_code == 401 and "invalid_token" in gone.headers["WWW-Authenticate"], "and its access token is worth nothing from then on")
    _, verifier, _, redirect = authorized(SHOP)
    code = field(redirect, "code")
    refused(redeem(SHOP, code, verifier, redirect_uri=MAIL["redirect_uri"]), "invalid_grant", "a wrong redirect")
    refused(redeem(SHOP, code, verifier), "invalid_grant", "which ends the code")
    _, verifier, _, redirect = authorized(SHOP)
    code = field(redirect, "code")
    for what, presenter, changes in (("a wrong verifier", SHOP, {"code_verifier": "v" * 50}), ("another client's code", MAIL, {}), ("another public client's code", APP, {})):
        refused(redeem(presenter, code, verifier, **changes), "invalid_grant", what)
    expect(redeem(SHOP, code, verifier)[0] == 200, "which cost its owner nothing")
    _, verifier, _, redirect = authorized(APP)
    code = field(redirect, "code")
    refused(redeem(SHOP | {"client_secret": "0" * 64}, code, verifier), "invalid_client", "a wrong secret", 401)
    refused(redeem(SHOP | {"client_id": "app"}, code, verifier), "invalid_client", "a secret of a client that has none", 401)
    refused(redeem(APP, code, verifier, code_verifier=None), "invalid_request", "no verifier")
    refused(redeem(APP, code, verifier, grant_type="password"), "unsupported_grant_type", "another grant")
    both = requests.post(ISSUER + "/oidc/token", data={"client_id": "shop", "client_secret": SECRET}, auth=("shop", SECRET))
    refused((both.status_code, both.json()), "invalid_request", "two ways of client authentication")
    twice = requests.post(ISSUER + "/oidc/token", data="grant_type=authorization_code&client_id=app&client_id=shop", headers={"Content-Type": "application/x-www-form-urlencoded"})
    refused((twice.status_code, twice.json()), "invalid_request", "a parameter twice")
    expect(redeem(APP, code, verifier)[0] == 200, "none of which cost the code, for its owner's sake")
    refused(redeem(APP, "c" * 43, verifier), "invalid_grant", "a guessed code")


def check_requests():
    session = client(SHOP)
    _, state, address = link(session)
    for what, changed in (("a redirect that is not registered", address.replace("shop.example", "evil.example")), ("a longer redirect", address.replace("lang%3Den", "lang%3Den%26x")),
                          ("an unknown client", address.replace("client_id=shop", "client_id=shap")), ("another client's redirect", address.replace("client_id=shop", "client_id=mail"))):
        browser = Browser(changed)
        expect(browser.status == 400 and not browser.location, f"{what}: nobody is sent anywhere")
    for what, changed, error in (("no PKCE", re.sub("&code_challenge=[^&]*", "", address), "invalid_request"), ("plain PKCE", address.replace("S256", "plain"), "invalid_request"),
                                 ("implicit flow", address.replace("response_type=code", "response_type=token"), "unsupported_response_type"),
                                 ("no openid", address.replace("scope=openid", "scope=email"), "invalid_scope"), ("prompt=none", address + "&prompt=none", "login_required"),
                                 ("a request object", address + "&request=x", "request_not_supported")):
        location = Browser(changed).location
        expect(location.startswith(SHOP["redirect_uri"]) and field(location, "error") == error and field(location, "state") == state and field(location, "iss") == ISSUER,
               f"{what}: {error}")
    posted = requests.post(discovery["authorization_endpoint"], data=parse_qs(urlsplit(address).query), allow_redirects=False)
    expect(posted.status_code == 303 and "/oidc/interactions/" in posted.headers["Location"], "the request may be a form's")


def check_interactions():
    _, state, address = link(client(SHOP), login_hint="ann")
    browser = Browser(address)
    shown = browser.http.get(browser.interaction).json()
    expect(shown["client_name"] == "The shop" and shown["account"] == "ann" and shown["status"] == "open", "the page can say who asks")
    expect(browser.post("finish", {}).json()["type"].endswith("pending"), "no code before a login")
    begun = browser.post("logins", {"account": "ann"}).json()
    expect(browser.post("finish", {}).json()["type"].endswith("pending"), "nor for one that was only begun")
    thief = requests.post(browser.interaction + "/finish", json={})
    expect(thief.status_code == 404, "whoever has the link and no cookie has nothing")
    other = Browser(address)
    other.interaction = browser.interaction
    expect(other.finish()["type"].endswith("interaction-unknown"), "nor does another browser's cookie help")
    expect(browser.post("finish", {}, headers={"Origin": "https://evil.example"}).status_code == 403, "nor a page of another origin")
    expect(browser.http.post(browser.interaction + "/finish", data={}).status_code == 415, "nor its form")
    expect(browser.post("logins", {"account": "../x"}).status_code == 400 and browser.post("logins", {"account": "nobody"}).status_code == 404, "accounts are accounts")
    said_no = browser.post("cancel", {}).json()["redirect_to"]
    expect(field(said_no, "error") == "access_denied" and field(said_no, "state") == state, "the user says no")
    expect(browser.post("logins", {"account": "ann"}).json()["type"].endswith("used") and begun["login"] not in said_no, "and that ends it")
    accepted = {}
    while not accepted.get("accepted"):  # ann's login does not finish an interaction in which bob's was begun last
        mixed = Browser(address)
        accepted = mixed.log_in("ann", tries=2)  # one is left for bob
    mixed.post("logins", {"account": "bob"})
    expect(mixed.finish()["type"].endswith("pending"), "one account's login is none for another's")


def check_revoked(credential):
    _, verifier, _, redirect = authorized(SHOP)
    session, other, _, second = authorized(SHOP)
    token = redeem(SHOP, field(redirect, "code"), verifier)[1]
    requests.delete(f"{ISSUER}/v1/accounts/ann/credentials/{credential}", headers=API)
    gone = requests.get(ISSUER + "/oidc/userinfo", headers={"Authorization": "Bearer " + token["access_token"]})
    expect(gone.status_code == 401, "a revoked credential's access token is worth nothing")
    refused(redeem(SHOP, field(second, "code"), other), "invalid_grant", "nor is its code")


pathlib.Path("pw").write_text("correct horse\n")
os.chmod("pw", 0o600)
old, new = make_key("old.pem"), make_key("new.pem")
configure()
write_keys(old)
service = start()
try:
    discovery = requests.get(ISSUER + "/.well-known/openid-configuration").json()
    expect(discovery["issuer"] == ISSUER and discovery["id_token_signing_alg_values_supported"] == ["ES256"], "discovery")
    ann = enrol("ann")
    enrol("bob")
    check_flows()
    check_requests()
    check_interactions()
    check_codes()

    service.terminate()  # the key changes
    service.wait(timeout=60)
    write_keys(new, old)
    service = start()
    keys = requests.get(discovery["jwks_uri"]).json()["keys"]
    expect(len(keys) == 2 and all(not {"d", "p", "q"} & set(k) for k in keys), "both keys are published, no private part")
    kid = json.loads(base64.urlsafe_b64decode(ann_token["id_token"].split(".")[0] + "=="))["kid"]
    session, verifier, _, redirect = authorized(SHOP, nonce="n")
    token = session.fetch_token(discovery["token_endpoint"], authorization_response=redirect, code_verifier=verifier)
    expect(json.loads(base64.urlsafe_b64decode(token["id_token"].split(".")[0] + "=="))["kid"] == keys[0]["kid"] != kid == keys[1]["kid"], "the first key signs")
    verify(token, SHOP, "n")
    check_revoked(ann)
    log = requests.get(f"{ISSUER}/v1/accounts/ann/audit?limit=1000", headers=API).json()["events"]
    expect(any(e["event"] == "code_issued" for e in log) and any(e["event"] == "code_refused" and "used before" in e["detail"] for e in log), "the audit log tells")
    told = {e["event"] for e in requests.get(f"{ISSUER}/v1/audit?limit=1000", headers=API).json()["events"]}
    known = next(re.findall(r'"(\w+)"', enum) for enum in re.findall(r'"enum": \[([^\]]*)\]', json.dumps(requests.get(f"{ISSUER}/openapi.json").json())) if '"code_issued"' in enum)
    expect(told >= {"code_issued", "code_redeemed", "code_refused"} and told <= set(known), f"every event is one of openapi.json: {told - set(known)}")
    lines = pathlib.Path("oidc.log").read_text()
    expect(field(redirect, "code") not in lines and token["access_token"] not in lines and SECRET not in lines, "the log holds no code, token or secret")
finally:
    service.terminate()
    service.wait(timeout=60)
sys.exit(f"{failures} expectations failed" if failures else None)
