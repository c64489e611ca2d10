// Recordings for the browser's microphone: Debian's asterisk-core-sounds-en-wav (one speaker, 8 kHz) and a man of pocketsphinx-testdata.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

const rate = 8000;
export const sounds = "/usr/share/asterisk/sounds/en_US_f_Allison";
export const prompts = ["vm-record-prepend", "vm-rec-unv", "vm-intro", "demo-enterkeywords"].map((name) =>
  wav(`${sounds}/${name}.wav`),
);

/** Samples of a WAV file of 16 bits, mono, 8 kHz. */
export function wav(path) {
  const file = readFileSync(path);
  const at = file.indexOf("data");
  assert.equal(file.readUInt16LE(22), 1);
  assert.equal(file.readUInt32LE(24), rate);
  const bytes = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

const silence = (seconds) => new Int16Array(Math.round(seconds * rate));

/** One after another, with silence around each. */
export function joined(pieces, gap = 0.1) {
  const parts = [silence(gap), ...pieces.flatMap((piece) => [piece, silence(gap)])];
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The digits of a phrase. */
export const spoken = (phrase) => joined([...phrase].map((digit) => wav(`${sounds}/digits/${digit}.wav`)));

/** pocketsphinx's man, who says two nine three four zero; 16 kHz without a header, every second sample after a mean of two. */
export function anotherVoice() {
  const raw = readFileSync("/usr/share/pocketsphinx/test/data/tidigits/dhd.2934z.raw");
  const pcm = new Int16Array(Math.floor(raw.length / 4));
  for (let i = 0; i < pcm.length; ++i) pcm[i] = (raw.readInt16LE(4 * i) + raw.readInt16LE(4 * i + 2)) >> 1;
  return joined([pcm], 0.3);
}

/** What the microphone hears from its next opening on: half a second of silence, then this, then silence. */
export function hear(path, pcm) {
  const all = joined([pcm], 0.5);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + all.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(all.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(all.buffer)]));
}
