// page_test.mjs SOURCE VOIZK PICTURES, in a folder of its own. Guards that a person at the page in a real browser can set a voice up and log in; that
// wrong words, another voice, silence and a wrong passphrase are refused there, with a sentence that helps and nothing sent; that a refused microphone
// has another way in; that a lost network and a page loaded anew lose nothing; that what the page says it sent is what it sent; that it fits a telephone;
// that no recording is left in the page's memory, no microphone on, no credential open longer than its digits are good.
// Prints figures of the browser and of the native program side by side.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { serve } from "./service.mjs";
import { anotherVoice, sounds, spoken } from "./speech.mjs";
import { launch, passphrase, Visitor } from "./visitor.mjs";

const [source, voizk, pictures] = process.argv.slice(2);
const folder = process.cwd();
const dist = `${source}/build/web-page/dist`;
const begin = performance.now();
const passed = (what) => console.log(`ok: ${what} (${((performance.now() - begin) / 1000).toFixed(0)} s)`);

const service = await serve(voizk, dist, folder);
const browser = await launch(folder);
const visitor = await Visitor.make(browser, service.address, folder, pictures);
const { page } = visitor;
await page.addInitScript(watch);
await visitor.open(service.address);
const requests = []; // what left the browser: address and bytes of the body
const mistakes = []; // what the browser complains of: scripts, policy
page.on("request", (r) => requests.push({ url: r.url(), bytes: r.postDataBuffer()?.length ?? 0, body: r.postData() }));
page.on("pageerror", (error) => mistakes.push(String(error)));
page.on("console", (m) => /Content.Security.Policy|Uncaught/i.test(m.text()) && mistakes.push(m.text()));
const proofsSent = () => requests.filter((r) => r.url.includes("/v1/logins/")).length;
const fits = async (name) => {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the window`);
  await visitor.shot(name);
};
const phone = { width: 360, height: 740 };
const desk = { width: 900, height: 900 };

try {
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  await fits("1-first");

  // ---- a service that wants a proof of the enrolment: said before anybody reads aloud ----
  await page.route("**/rp/registrations", async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    assert.equal(json.options.enrolment, null);
    json.options.enrolment = { challenge: {}, recordings: 3 };
    await route.fulfill({ response, json });
  });
  await visitor.register("ann");
  assert.match(await visitor.complaint(), /wants a proof of the recordings .* this page cannot make one/);
  await page.unroute("**/rp/registrations");
  await visitor.open(service.address);
  passed("a proof that the page cannot make");

  // ---- a voice is set up; the network goes at the last step, and the page is loaded anew ----
  await page.route("**/v1/registrations/*", (route) => route.abort());
  const finished = visitor.enrol("ann", async (i) => {
    if (i === 0) {
      await page.setViewportSize(phone);
      await page.getByText("we hear you").waitFor();
      await fits("2-reading-phone");
      await page.setViewportSize(desk);
    }
  });
  finished.catch(() => {}); // that heading does not come yet
  await page.getByRole("heading", { name: "Set up your voice" }).waitFor({ timeout: 90_000 });
  assert.match(await visitor.complaint(), /No answer came/);
  await visitor.button("Try again").click();  // and once more without a network
  await page.waitForTimeout(300);
  assert.match(await visitor.complaint(), /No answer came/);
  await page.unroute("**/v1/registrations/*");
  const body = JSON.stringify({ type: "urn:voizk:problem:registration-unknown", detail: "somebody between says so" });
  await page.route("**/v1/registrations/*", (route) => route.fulfill({ status: 404, contentType: "application/problem+json", body }));
  await visitor.button("Try again").click();  // which does not prove that the service will never take it
  await page.getByText("somebody between says so").waitFor();
  await page.unroute("**/v1/registrations/*");
  await wiped();
  await visitor.open(service.address);
  assert.match(await page.locator(".notice").first().textContent(), /“ann” was not finished/);
  await fits("3-unfinished");
  await visitor.button("Finish it").click();
  const code = await finished;
  assert.match(code, /^([0-9a-f]{4}-){4}[0-9a-f]{4}$/);
  await fits("4-set-up");
  passed("a voice is set up, across a lost network and a page loaded anew");
  const key = await page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open("voizk").onsuccess = ({ target }) => {
          target.result.transaction("credentials").objectStore("credentials").get("ann").onsuccess = (got) => {
            const { key: pair, sealed, pending } = got.target.result;
            resolve({ extractable: pair.privateKey.extractable, sealed: sealed.length, pending: pending === undefined });
          };
        };
      }),
  );
  assert.deepEqual([key.extractable, key.pending], [false, true]);
  await visitor.button("Log out").click();

  // ---- wrong passphrase, by the keyboard alone ----
  await page.getByLabel("Passphrase").fill("not the passphrase");
  await page.keyboard.press("Enter");
  assert.match(await visitor.complaint(), /not the passphrase/);
  passed("a wrong passphrase");

  // ---- login ----
  requests.length = 0;
  await visitor.login("ann", async () => {
    await page.getByText("we hear you").waitFor();
    await page.waitForTimeout(1200);
    await fits("5-speaking");
  });
  const sent = requests.findLast((r) => r.url.includes("/v1/logins/"));
  const proof = Buffer.from(JSON.parse(sent.body).proof, "base64url").length;
  assert.equal(await page.locator(".facts b").first().textContent(), `${Math.round(proof / 1000)} kB proof; no audio`);
  const others = requests.filter((r) => r !== sent).reduce((sum, r) => sum + r.bytes, 0);
  assert.ok(sent.bytes < proof * 1.34 + 400 && others < 2000, `more left than the proof: ${sent.bytes} and ${others} bytes`);
  assert.ok(requests.every((r) => r.url.startsWith(service.address)), "something was asked of another place");
  await page.locator(".voices").getByText("this device").waitFor();
  await fits("6-welcome");
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: "dark" });
  await fits("7-welcome-phone-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desk);
  await visitor.button("Log out").click();
  const [measured] = await page.evaluate(() => performance.getEntriesByType("measure").map(({ duration, detail }) => ({ duration, ...detail })));
  passed(`login, proof of ${proof} bytes`);

  // ---- refusals: nothing of them is sent ----
  requests.length = 0;
  await visitor.begin("ann");
  await visitor.say(spoken([...visitor.phrase].map((d) => (Number(d) + 3) % 10).join("")));
  assert.match(await visitor.complaint(), /Say exactly these words/);
  await fits("8-wrong-words");
  passed("wrong words");
  await visitor.say(new Int16Array(8000));
  await page.waitForTimeout(1000);
  await visitor.button("I am done").click();
  await page.getByText("Too quiet").waitFor();
  passed("silence");
  await visitor.button("Cancel").click();
  // The man says two nine three four zero: he is asked for just that, which only this browser sees.
  await page.route("**/rp/logins", async (route) => {
    const response = await route.fetch();
    const login = await response.json();
    login.challenge.phrase = "29340";
    await route.fulfill({ response, json: login });
  });
  await visitor.begin("ann");
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: "dark" });
  await visitor.say(anotherVoice());
  assert.match(await visitor.complaint(), /does not sound like the voice/);
  await fits("9-another-voice-phone-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desk);
  await page.unroute("**/rp/logins");
  assert.equal(proofsSent(), 0, "a refused recording was answered for");
  passed("another voice");

  // ---- left while it listens: the microphone goes off and nothing comes of what was said ----
  await visitor.button("Cancel").click();
  await visitor.begin("ann");
  await visitor.say(spoken(visitor.phrase));
  await page.getByText("we hear you").waitFor();
  await visitor.button("Cancel").click();
  await visitor.heading("Log in to bank.example").waitFor();
  await page.waitForTimeout(1500);
  assert.equal(proofsSent(), 0, "whoever left was logged in");
  // Left before it listens, while the prover's answer is awaited.
  await page.evaluate(() => (globalThis.delay = 600));
  await visitor.begin("ann");
  await visitor.button("Start, then speak").click();
  await visitor.button("I am done").waitFor();
  await visitor.button("Cancel").click();
  await page.waitForTimeout(1000);
  await silent();
  await page.evaluate(() => (globalThis.delay = 0));
  // A microphone that opens, and what is to read it does not.
  await visitor.begin("ann");
  await page.evaluate(() => (AudioWorklet.prototype.addModule = () => Promise.reject(new Error("none"))));
  await visitor.button("Start, then speak").click();
  assert.match(await visitor.complaint(), /does not work here/);
  await silent();
  passed("left before it listens, and a microphone that fails half-way: it is off");
  await wiped();

  // ---- left half-way ----
  await page.reload();
  await page.getByText("was interrupted").waitFor();
  passed("loaded anew half-way");

  // ---- the digits expire: the credential is closed ----
  await page.route("**/rp/logins", async (route) => {
    const response = await route.fetch();
    const login = await response.json();
    login.challenge.expires_unix_s = login.challenge.issued_unix_s + 2;
    await route.fulfill({ response, json: login });
  });
  await visitor.begin("ann");
  await page.getByText("your credential is locked again").waitFor();
  assert.ok(await page.evaluate(() => globalThis.asked.includes("close")));
  await page.unroute("**/rp/logins");
  passed("expired digits");

  // ---- the answer to a proof is lost; sending again is the same login ----
  let lost = 0;
  await page.route("**/v1/logins/*", async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    return route.abort();
  });
  for (let attempt = 0; lost === 0; ++attempt) {
    assert.ok(attempt < 25, "no phrase was accepted");
    await visitor.begin("ann");
    await visitor.say(spoken(visitor.phrase));
    await visitor.complaint();
    if (lost === 0) await visitor.button("Cancel").click();
  }
  assert.match(await visitor.complaint(), /The network is gone/);
  await fits("10-network-lost");
  await visitor.button("Try again").click();
  await visitor.heading("Welcome, ann").waitFor();
  await page.unroute("**/v1/logins/*");
  await visitor.button("Log out").click();
  passed("the network is lost and comes back");

  // ---- no microphone: the other way ----
  await page.context().clearPermissions();
  await page.context().grantPermissions([], { origin: service.address });
  await visitor.begin("ann");
  await visitor.button("Start, then speak").click();
  assert.match(await visitor.complaint(), /microphone is blocked/);
  await fits("11-microphone-refused");
  await visitor.button("Log in without your voice").click();
  await page.getByLabel("Recovery code").fill(code);
  await page.keyboard.press("Enter");
  await visitor.heading("Welcome, ann").waitFor();
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.locator(".voices").getByText("revoked").waitFor();
  await fits("12-recovered-and-revoked");
  passed("the microphone is refused, the recovery code lets in, the voice is revoked");

  await wiped();
  await silent();
  assert.deepEqual(mistakes, []);
  figures(measured);
} catch (error) {
  await visitor.shot("failed");
  console.log(`the page says: ${await page.locator("main").innerText()}`, mistakes);
  throw error;
} finally {
  await browser.close();
  await service.stop();
}

/** In the page, before its own scripts: remembers what the worker was asked, the recordings that it gave and the microphones that were opened. */
function watch() {
  Object.assign(globalThis, { asked: [], recordings: [], microphones: [], delay: 0 });
  const { Worker: Real } = globalThis;
  globalThis.Worker = class extends Real {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => data.value instanceof Int16Array && globalThis.recordings.push(data.value));
    }
    postMessage(request) {
      globalThis.asked.push(request.method);
      const wait = request.method === "beginCapture" ? globalThis.delay : 0;
      if (wait > 0) setTimeout(() => super.postMessage(request), wait);
      else super.postMessage(request);
    }
  };
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    const stream = await open.call(this, wanted);
    globalThis.microphones.push(stream);
    return stream;
  };
}
/** Of the recordings since the page was loaded, there were some and nothing is left. */
async function wiped() {
  const left = await page.evaluate(() => globalThis.recordings.map((pcm) => pcm.some((sample) => sample !== 0)));
  assert.ok(left.length > 0 && !left.includes(true), `recordings that were left in memory: ${left}`);
}
/** Microphones were opened, and all of them are off. */
async function silent() {
  const states = await page.evaluate(() => globalThis.microphones.flatMap((stream) => stream.getTracks().map((track) => track.readyState)));
  assert.ok(states.length > 0 && states.every((state) => state === "ended"), `a microphone is on: ${states}`);
}

/** The browser's login beside one of the native program with one thread, in this run. */
function figures(measured) {
  const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
  process.env.VOIZK_HOME = `${folder}/home`;
  mkdirSync(`${folder}/home`);
  writeFileSync("passphrase", passphrase);
  chmodSync("passphrase", 0o600);
  const run = (...args) => execFileSync(voizk, [...args, "--quiet"], { stdio: ["ignore", "pipe", "ignore"] });
  const names = ["vm-record-prepend", "vm-rec-unv", "vm-intro", "demo-enterkeywords"].map((name) => `${sounds}/${name}.wav`);
  run("enrol", "--rp", "bank.example", "--passphrase-file", "passphrase", "--out", "stored.json", ...names);
  let native;
  for (let attempt = 0; native === undefined && attempt < 25; ++attempt) {
    run("challenge", "--rp", "bank.example", "--digits", "5", "--lifetime", "600", "--out", `challenge-${attempt}.json`);
    const { phrase } = JSON.parse(execFileSync("cat", [`challenge-${attempt}.json`]));
    run("record", "--join", ...[...phrase].map((d) => `${sounds}/digits/${d}.wav`), "--gap", "0.1", "--out", "spoken.wav", "--overwrite");
    try {
      native = JSON.parse(run("prove", "--challenge", `challenge-${attempt}.json`, "--audio", "spoken.wav", "--out", "login.proof", "--passphrase-file", "passphrase", "--threads", "1", "--json"));
    } catch (error) {
      if (error.status !== 3) throw error;
    }
  }
  const files = readdirSync(`${dist}/assets`).filter((name) => name.endsWith(".gz"));
  const bytes = files.reduce((sum, name) => sum + statSync(`${dist}/assets/${name}`).size, 0);
  const { duration, memory } = measured;
  console.log(`Chromium ${browser.version()}: checked and proven in ${seconds(duration)}, module's memory ${(memory / 1e6).toFixed(0)} MB, ${(bytes / 1e6).toFixed(2)} MB loaded (gzip)`);
  console.log(`native, one thread: ${JSON.stringify(native)}`);
  assert.ok(memory <= 400e6 * 1.05, "the module takes at most 400 MB");
  assert.ok(bytes <= 2.5e6, "the page is at most 2.5 MB compressed, bundle included");
}
