// Every English sentence of the page, and how numbers are written.
import type { Refusal } from "voizk";

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
const seconds = (s: number): string => (s === 1 ? "1 second" : `${Math.ceil(s)} seconds`);

export const digitWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] as const;

export const text = {
  title: (party: string) => `Log in to ${party}`,
  loading: "Loading what checks your voice here …",
  loadFailed: "This browser could not load what checks your voice. Reload the page, or log in without your voice.",
  noBackEnd: "This page has no relying party behind it. Whoever runs it has to answer /rp/ (docs/browser.md).",

  account: "Account",
  passphrase: "Passphrase",
  passphraseHint: "Opens your voice credential on this device. It is never sent.",
  newPassphrase: "A passphrase for this device",
  newPassphraseHint: "At least 8 characters. It locks your voice credential here and is never sent.",
  passphraseShort: "Take at least 8 characters.",
  accountHint: "Letters, digits and . _ ~ -",
  accountWrong: "An account has 1 to 64 letters, digits or . _ ~ -",

  logIn: "Log in",
  setUp: "Set up your voice",
  otherWay: "Log in without your voice",
  back: "Back",
  cancel: "Cancel",
  again: "Try again",
  logOut: "Log out",

  homeLead: "You will be shown a few digits to say. Your voice is checked on this device; only a proof is sent.",
  nothingHere: (account: string) =>
    `This device holds no voice for “${account}”. Set it up here, or log in without your voice.`,
  revokedHere: "This voice is no longer registered. Set it up again, or log in without your voice.",
  wrongPassphrase: "That is not the passphrase of this device.",
  opening: "Opening your credential …",

  sayThis: "Say these digits",
  sayThisLead: "In this order, one after the other, as you would read them to a friend.",
  phraseLabel: (digits: string) => `The digits are: ${[...digits].map((d) => digitWords[Number(d)]).join(", ")}.`,
  goodFor: (s: number) => `Good for another ${seconds(s)}`,
  expired: "The digits have expired. Here are new ones.",
  expiredHere: "The digits have expired, and your credential is locked again. Log in for new ones.",
  tooLate: "That has expired. Begin again.",
  record: "Start, then speak",
  recording: "Listening …",
  heard: "Listening: we hear you",
  stop: "I am done",
  level: "Loudness",

  proving: "Proving, on this device …",
  proven: (bytes: number) => `Sending a proof of ${kilobytes(bytes)}, and no audio …`,
  welcome: (account: string) => `Welcome, ${account}`,
  sent: (bytes: number) => `${kilobytes(bytes)} proof; no audio`,
  sentLead: "Sent",
  sentMore: "The proof, this device's signature of it, and the number of your credential.",
  notSentLead: "Not sent",
  notSentMore: "The recording, what was heard in it, your voice's template, how well it matched, your passphrase.",
  tookLead: "Time to prove",
  took: (ms: number) => `${(ms / 1000).toFixed(1)} s on this device`,

  setUpLead: (party: string) =>
    `You read four short texts. They become numbers that only this device can open; ${party} gets a commitment, of which nobody can compute your voice.`,
  consent: "I want my voice to be used to recognise me here. I can withdraw this at any time.",
  consentMissing: "Tick this first, or log in another way.",
  begin: "Begin",
  readThis: (n: number, of: number) => `Read this aloud (${n} of ${of})`,
  readAgain: "Read the same text once more.",
  prompts: [
    "The morning was cold and clear, and the first train across the river was almost empty.",
    "She put the letter on the kitchen table, made some tea, and waited for the rain to stop.",
    "Nobody in the village knew who had painted the old bridge, but everybody liked the colour.",
    "When the lights went out, we walked home along the beach and talked about the summer.",
  ],
  sealing: "Making your credential, on this device …",
  registering: "Registering …",
  enrolled: "Your voice is set up",
  recoveryLead: "Your recovery code",
  recoveryMore: "It is shown only now. Keep it: it logs you in once without your voice.",
  unproven: "That the recordings were yours is not proven to anybody: it rests on who was at this device.",
  taken: "This account has a voice already. Log in with it, or choose another name.",
  proofNotHere:
    "This service wants a proof of the recordings that a voice is set up with, and this page cannot make one. Use the program voizk (voizk register), or another way to sign in.",
  otherBegun: "This browser has begun to set up another account. Finish that first, or wait until it has expired.",
  unfinished: (account: string) => `Setting up the voice of “${account}” was not finished. Nothing is lost yet.`,
  enrolledElsewhere: "Your voice is set up. Log in with it.",
  finish: "Finish it",
  discard: "Throw it away",
  interrupted: "The login before was interrupted. Nothing of your voice was sent or kept; begin again.",

  otherLead: "With the recovery code that you were given when your voice was set up.",
  code: "Recovery code",
  codeWrong: "That is not this account's recovery code.",
  newCode: "A new recovery code; the old one is used up.",

  credentials: "Voices of this account",
  thisDevice: "this device",
  revoke: "Revoke",
  revokeLabel: (id: string) => `Revoke ${id}`,
  revoked: "revoked",
  since: (unix: number) => `since ${new Date(unix * 1000).toLocaleDateString("en", { dateStyle: "medium" })}`,

  microphoneRefused:
    "The microphone is blocked for this page. Allow it beside the address bar and try again, or log in without your voice.",
  microphoneMissing: "No microphone was found. Connect one and try again, or log in without your voice.",
  microphoneFailed: "The microphone does not work here. Try again, or log in without your voice.",
  tooQuiet: "Too quiet: we heard nobody speak. Come closer to the microphone, or speak up.",
  tooShort: "That was short. Read the whole text, at your own pace.",
  offline: "The network is gone. What you said is still here and was not sent.",
  offlineRetry: "No answer came. Nothing was lost: try again when you are back on the network.",
  wait: (s: number) => `Too many failures in a row. Wait ${seconds(s)}, then try again.`,
  locked: "This account is locked after too many failures. Use another way, or ask its operator.",
  unknownAccount: "No voice is registered for this account.",
  rejected: "The service did not accept the proof. Try again with new digits.",
  failed: (detail: string) => `That did not work: ${detail}`,
} as const;

/** What to change when a recording is refused; nothing of it was sent. */
export const refusalText: Record<Refusal, string> = {
  tooShort: "Too short. Say every digit, at your own pace.",
  tooLong: "Too long. Say only these digits, without long pauses.",
  silent: "Too quiet: we heard nobody speak. Come closer to the microphone, or speak up.",
  clipped: "Too loud: move away from the microphone, or turn it down.",
  noisy: "Too noisy. Find a quieter place, or come closer to the microphone.",
  wrongWords: "Say exactly these words: the digits above, in this order.",
  unevenDigits: "Say exactly these words, each digit as clearly as the others.",
  notThisVoice: "This does not sound like the voice that was set up here. Try once more, as you spoke then.",
  unusual: "That recording is unusual. Try once more, closer to the microphone.",
  unlikeTheOthers: "This does not sound like your other recordings. Try once more, as you spoke in those.",
};
