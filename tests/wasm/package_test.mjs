// package_test.mjs SOURCE VOIZK SOUNDS, in a folder of its own. Guards that the npm package does what the native program does, and that each
// accepts what the other made: sealed credentials, challenges, proofs; that refusals, rejections and errors come typed; that time and memory keep
// within their bounds. Prints both builds' times side by side.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const [source, program, sounds] = process.argv.slice(2);
const dist = `${source}/build/web-package/dist`;
const { load, VoizkError, shippedBundleDigest } = await import(`${dist}/index.js`);
const party = "bank.example";
const passphrase = "a passphrase of the test";

/** Samples of a WAV file of 16 bits, mono, 8 kHz. */
function samples(path) {
  const file = readFileSync(path);
  const at = file.indexOf("data");
  assert.equal(file.readUInt16LE(22), 1);
  assert.equal(file.readUInt32LE(24), 8000);
  const bytes = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
/** One after another, with silence around each. */
function joined(pieces, seconds = 0.1) {
  const silence = new Int16Array(seconds * 8000);
  const parts = [silence, ...pieces.flatMap((piece) => [piece, silence])];
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
const spoken = (phrase) => joined([...phrase].map((digit) => samples(`${sounds}/digits/${digit}.wav`)));
const phraseOf = (challenge) => JSON.parse(challenge).phrase;
const native = (...args) => JSON.parse(execFileSync(program, [...args, "--json"], { encoding: "utf8" }));
async function timed(work) {
  const begin = performance.now();
  const value = await work();
  return [value, (performance.now() - begin) / 1000];
}
const fails = (code, promise) =>
  assert.rejects(promise, (error) => error instanceof VoizkError && error.code === code && error.message.length > 0);

// ---- the package alone ----
const published = JSON.parse(readFileSync(`${source}/models/digits8k/relations.json`, "utf8"));
assert.equal(shippedBundleDigest, published.bundle);
await fails("invalidArgument", load({ pinnedDigest: "00".repeat(32) }));
await fails("malformed", load({ bundleJson: new TextEncoder().encode("{") }));
const [voizk, loading] = await timed(() => load());
assert.equal(voizk.sampleRate, 8000);
assert.match(await voizk.selfTest(), /WASM/);

const recordings = ["vm-record-prepend", "vm-rec-unv", "vm-intro", "demo-enterkeywords"].map((name) => samples(`${sounds}/${name}.wav`));
await fails("invalidArgument", voizk.enrol({ party, recordings, passphrase: "short" }));
await fails("invalidArgument", voizk.enrol({ party, recordings: [], passphrase }));
await fails("refused", voizk.enrol({ party, recordings: recordings.map((pcm) => new Int16Array(pcm.length)), passphrase }));
const progress = [];
const [enrolled, enrolling] = await timed(() =>
  voizk.enrol({ party, recordings, passphrase, onProgress: (fraction) => progress.push(fraction) }));
assert.equal(progress.at(-1), 1);
assert.equal(JSON.parse(enrolled.publicCredential).relying_party, party);

await fails("wrongPassphrase", voizk.open(enrolled.sealed, "another passphrase"));
await fails("malformed", voizk.open(enrolled.sealed.slice(0, 100), passphrase));
const [credential, opening] = await timed(() => voizk.open(enrolled.sealed, passphrase));
assert.equal(credential.publicCredential, enrolled.publicCredential);
// Argon2id's 256 MiB, made of the passphrase, are not left behind: nearly all of the module's memory is zeros again.
const words = new BigUint64Array(voizk.host.engine.module.HEAPU8.buffer);
let left = 0;
for (const word of words) left += word === 0n ? 0 : 8;
assert.ok(words.byteLength > 256e6 && left < 64e6, `${left} of ${words.byteLength} bytes are not zero after open()`);

// The native relying party's memory is made before the first challenge.
mkdirSync("home/credentials", { recursive: true, mode: 0o700 });
process.env.VOIZK_HOME = `${process.cwd()}/home`;
native("state", "init", `${process.cwd()}/state`);

/** A challenge whose joined digits are accepted (the published threshold refuses some right phrases), made by `make`. */
async function accepted(make) {
  for (let attempt = 0; attempt < 25; ++attempt) {
    const challenge = await make();
    const pcm = spoken(phraseOf(challenge));
    const checked = await voizk.check(credential, challenge, pcm);
    if (checked.accepted) return { challenge, pcm };
  }
  assert.fail("no phrase was accepted");
}
const { challenge, pcm } = await accepted(() => voizk.challenge(party, 5, 600));
const [proven, proving] = await timed(() => voizk.prove(credential, challenge, pcm));
assert.ok(proven.accepted);
const [verdict, verifying] = await timed(() =>
  voizk.verify({ challenge, publicCredential: enrolled.publicCredential, proof: proven.proof }));
assert.deepEqual(verdict, { accepted: true });

const verify = (changed) => voizk.verify({ challenge, publicCredential: enrolled.publicCredential, proof: proven.proof, ...changed });
const tampered = proven.proof.slice();
tampered[tampered.length >> 1] ^= 1;
assert.equal((await verify({ proof: tampered })).code, "proofRejected");
assert.equal((await verify({ proof: proven.proof.slice(0, 1000) })).code, "proofMalformed");
assert.equal((await verify({ challenge: await voizk.challenge(party, 5, 600) })).code, "proofRejected");
assert.equal((await verify({ now: Date.now() / 1000 + 3600 })).code, "challengeExpired");
await fails("malformed", verify({ challenge: "{}" }));

// ---- refusals ----
const otherDigits = phraseOf(challenge).replace(/^./, (digit) => String((Number(digit) + 5) % 10));
const refusedBy = async (recording) => (await voizk.prove(credential, challenge, recording)).refusal;
assert.ok(["wrongWords", "unevenDigits"].includes(await refusedBy(spoken(otherDigits))));
assert.equal(await refusedBy(new Int16Array(24000)), "silent");
assert.equal(await refusedBy(joined(Array(4).fill(pcm))), "tooLong");
assert.ok((await voizk.check(credential, challenge, new Int16Array(24000))).message.length > 10);
await fails("malformed", voizk.prove(credential, "no challenge", pcm));
await fails("invalidArgument", voizk.prove(credential, await voizk.challenge("other.example", 5, 600), pcm));
await fails("invalidArgument", voizk.challenge(party, 3, 600));

// ---- recording: from the device's rate to the bundle's ----
await fails("invalidArgument", voizk.record(0, 1));
for (const rate of [48000, 44100, 8000]) {
  const recording = await voizk.record(rate, 0.5);
  // A second of silence, a second of 440 Hz at half of full scale, a second of silence; none of the pieces ends with a block.
  const heard = Float32Array.from({ length: 3 * rate }, (_, i) =>
    i >= rate && i < 2 * rate ? 0.5 * Math.sin((2 * Math.PI * 440 * i) / rate) : i % 2 === 0 ? 1e-4 : -1e-4);
  let state;
  const levels = [];
  for (let at = 0; at < heard.length; at += 1000) {
    state = await recording.push(heard.slice(at, at + 1000));
    levels.push(...state.levels);
  }
  assert.ok(state.began && state.ended && !state.full, `${rate} Hz: speech began and ended`);
  assert.equal(levels.length, 3 * 150);  // of 20 ms
  assert.ok(Math.abs(levels[3 * 75] - 20 * Math.log10(0.5 / Math.SQRT2)) < 0.1, "the level of a sine");
  const pcm = await recording.end();
  assert.equal(pcm.length, 24000);
  for (let i = 8400; i < 15600; ++i) {
    assert.ok(Math.abs(pcm[i] - 16384 * Math.sin((2 * Math.PI * 440 * i) / 8000)) <= 1.5, `${rate} Hz: sample ${i} is ${pcm[i]}`);
  }
  await fails("invalidArgument", recording.push(heard));
}

// ---- what each made is good for the other ----
writeFileSync("challenge.json", challenge);
writeFileSync("stored.json", enrolled.publicCredential);
writeFileSync("wasm.proof", proven.proof);
const check = ["--credential", "stored.json", "--state", `${process.cwd()}/state`];
assert.equal(native("verify", "--proof", "wasm.proof", "--challenge", "challenge.json", ...check).accepted, true);
writeFileSync("tampered.proof", tampered);
assert.equal(spawnSync(program, ["verify", "--proof", "tampered.proof", "--challenge", "challenge.json", ...check]).status, 1);

const { id } = JSON.parse(enrolled.publicCredential);
assert.match(id, /^[0-9a-f]{16}$/);
writeFileSync(`home/credentials/${id}.voizk-credential`, enrolled.sealed, { mode: 0o600 });
writeFileSync("passphrase", passphrase);
chmodSync("passphrase", 0o600);
const fromNative = await accepted(() => {
  rmSync("native.json", { force: true });
  execFileSync(program, ["challenge", "--rp", party, "--digits", "5", "--lifetime", "600", "--out", "native.json"], { stdio: "ignore" });
  return readFileSync("native.json", "utf8");
});
const header = Buffer.alloc(44);
header.write("RIFF", 0);
header.writeUInt32LE(36 + fromNative.pcm.byteLength, 4);
header.write("WAVEfmt ", 8);
[16].forEach((n) => header.writeUInt32LE(n, 16));
header.writeUInt16LE(1, 20);
header.writeUInt16LE(1, 22);
header.writeUInt32LE(8000, 24);
header.writeUInt32LE(16000, 28);
header.writeUInt16LE(2, 32);
header.writeUInt16LE(16, 34);
header.write("data", 36);
header.writeUInt32LE(fromNative.pcm.byteLength, 40);
writeFileSync("spoken.wav", Buffer.concat([header, Buffer.from(fromNative.pcm.buffer)]));
const nativeReport = native("prove", "--challenge", "native.json", "--audio", "spoken.wav", "--out", "native.proof", "--passphrase-file", "passphrase", "--threads", "1");
const nativeProof = new Uint8Array(readFileSync("native.proof"));
assert.deepEqual(
  await voizk.verify({ challenge: fromNative.challenge, publicCredential: enrolled.publicCredential, proof: nativeProof }),
  { accepted: true });
assert.equal(nativeProof.length, nativeReport.proof_bytes ?? nativeProof.length);

// ---- what is closed is closed ----
await credential.close();
await fails("invalidArgument", voizk.prove(credential, challenge, pcm));

const wasm = readFileSync(`${dist}/voizk_module.wasm`);
const glue = statSync(`${dist}/voizk_module.js`).size;
const packed = gzipSync(wasm, { level: 9 }).length;
// ---- a trap: nothing of a module in no known state is called any more ----
{
  const open = await voizk.open(enrolled.sealed, passphrase);
  const { module } = voizk.host.engine;
  let calls = 0;
  for (const name of Object.keys(module).filter((key) => key.startsWith("_voizk_"))) {
    const real = module[name];
    module[name] = (...args) => (++calls, name === "_voizk_check" ? assert.fail("a trap") : real(...args));
  }
  await fails("internal", voizk.check(open, challenge, pcm));
  calls = 0;
  await open.close();
  await fails("internal", voizk.challenge(party, 5, 600));
  assert.equal(calls, 0, "a broken module was called");
}
const { memory } = voizk;
const stillOpen = await load().then(async (other) => [other, await other.open(enrolled.sealed, passphrase)]);
stillOpen[0].end();
await stillOpen[1].close();  // has ended with it
await fails("internal", stillOpen[0].selfTest());

console.log(`module ${wasm.length} bytes (${packed} with gzip) and ${glue} of JavaScript; memory ${(memory / 1e6).toFixed(0)} MB`);
const seconds = (value) => `${value.toFixed(2)} s`;
console.log(`load ${seconds(loading)}, enrol ${seconds(enrolling)}, open ${seconds(opening)}, prove ${seconds(proving)}, verify ${seconds(verifying)}`);
console.log(`native: ${JSON.stringify(nativeReport)}`);
assert.ok(packed <= 2e6, "the module has at most 2 MB compressed");
assert.ok(memory <= 400e6 * 1.05, "the module takes at most 400 MB");
voizk.end();

// ---- the page's side of a worker: one that broke, did not start or was ended is terminated, and nobody waits for it ----
class FakeWorker {
  static made = [];
  sent = [];
  terminated = 0;
  constructor() {
    FakeWorker.made.push(this);
  }
  postMessage(request) {
    this.sent.push(request);
    if ("start" in request) queueMicrotask(() => this.onmessage({ data: FakeWorker.starts(request.id) }));
  }
  terminate() {
    ++this.terminated;
  }
}
globalThis.Worker = FakeWorker;
FakeWorker.starts = (id) => ({ id, code: "invalidArgument", message: "another bundle" });
await fails("invalidArgument", load({ worker: true }));
assert.equal(FakeWorker.made[0].terminated, 1);
FakeWorker.starts = (id) => ({ id, value: { sampleRate: 8000 }, memory: 1 });
for (const break_ of [(worker) => worker.onerror({ message: "broken" }), (worker) => worker.onmessageerror({}), (_, it) => it.end()]) {
  const it = await load({ worker: true });
  const worker = FakeWorker.made.at(-1);
  const underWay = fails("internal", it.selfTest());
  break_(worker, it);
  await underWay;
  assert.ok(worker.terminated > 0);
  await fails("internal", it.selfTest());
  assert.equal(worker.sent.length, 2, "something was sent to a worker that has ended");
}

// ---- the worker's side: what it was sent is overwritten, a recording is handed over whole ----
const replies = [];
globalThis.self = { postMessage: (reply, moved) => replies.push({ ...reply, moved }) };
await import(`${dist}/worker.js`);
const asked = async (request) => (await self.onmessage({ data: { id: 0, ...request } }), replies.at(-1));
const url = (name) => new URL(`file://${dist}/${name}`).href;
await asked({ start: { wasm: url("voizk_module.wasm"), bundleJson: url("digits8k/bundle.json"), bundleWeights: url("digits8k/weights.bin"), pinnedDigest: shippedBundleDigest } });
const { value: handle } = await asked({ method: "beginCapture", args: [8000, 1] });
const samplesSent = new Float32Array(1000).fill(0.25);
await asked({ method: "pushCapture", args: [handle, samplesSent] });
const whole = await asked({ method: "endCapture", args: [handle] });
assert.ok(whole.value.length === 1000 && whole.value.some((sample) => sample !== 0));
assert.deepEqual(whole.moved, [whole.value.buffer]);
const refusedRecordings = [whole.value, whole.value.slice()];
assert.ok("code" in (await asked({ method: "enrol", args: [party, refusedRecordings, passphrase, Number.NaN] })), "an eighth of a second was enough");
for (const copy of [samplesSent, ...refusedRecordings]) assert.ok(copy.every((sample) => sample === 0), "a copy was left");
