// A person at the page, in Debian's Chromium without a window: what they click and type, what their microphone hears.
import { chromium } from "playwright-core";
import { mkdirSync } from "node:fs";
import { hear, prompts, spoken } from "./speech.mjs";

export const passphrase = "a passphrase of the visitor";

/** Chromium with a file, `folder`/microphone.wav, for a microphone. In its sandbox, but as root, for whom there is none. */
export function launch(folder, options = {}) {
  return chromium.launch({
    executablePath: process.env.VOIZK_CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: process.getuid() !== 0,
    ...options,
    args: [
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${folder}/microphone.wav%noloop`,
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

export class Visitor {
  constructor(page, folder, shots) {
    Object.assign(this, { page, folder, shots });
    this.phrase = "";
    page.on("response", async (response) => {
      if (!response.url().endsWith("/rp/logins") || response.status() !== 201) return;
      const { challenge } = await response.json().catch(() => ({}));
      if (challenge) this.phrase = challenge.phrase;
    });
  }

  /** In a profile of its own. `shots`: a folder for pictures, or nothing. */
  static async make(browser, address, folder, shots, options = {}) {
    const context = await browser.newContext({ viewport: { width: 900, height: 900 }, locale: "en", ...options });
    await context.grantPermissions(["microphone"], { origin: address });
    const page = await context.newPage();
    const visitor = new Visitor(page, folder, shots);
    await visitor.open(address);
    return visitor;
  }
  async open(address) {
    await this.page.goto(address);
    await this.page.getByRole("heading", { level: 1 }).waitFor();
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }
  heading(name) {
    return this.page.getByRole("heading", { level: 1, name });
  }
  async shot(name) {
    if (!this.shots) return;
    mkdirSync(this.shots, { recursive: true });
    await this.page.screenshot({ path: `${this.shots}/${name}.png`, fullPage: true });
  }
  /** The sentence that the page complains with, once there is one. */
  async complaint() {
    const alert = this.page.locator("[role=alert]:not(:empty)").first();
    await alert.waitFor({ timeout: 60_000 });
    return alert.textContent();
  }

  /** Presses start and says this. */
  async say(pcm) {
    hear(`${this.folder}/microphone.wav`, pcm);
    await this.button("Start, then speak").click();
  }

  /** Fills the form in. */
  async register(account) {
    await this.button("Set up your voice").click();
    await this.page.getByLabel("Account").fill(account);
    await this.page.getByLabel("A passphrase for this device").fill(passphrase);
    await this.page.getByRole("checkbox").check();
    await this.button("Begin").click();
  }
  /** The same, and reads the four texts; the recovery code. */
  async enrol(account, atText = async () => {}) {
    await this.register(account);
    for (const [i, pcm] of prompts.entries()) {
      await this.heading(`Read this aloud (${i + 1} of ${prompts.length})`).waitFor();
      await this.say(pcm);
      await atText(i);
    }
    await this.heading("Your voice is set up").waitFor({ timeout: 60_000 });
    return this.page.locator("#recovery-code").textContent();
  }

  /** Account and passphrase, until the phrase is shown. */
  async begin(account) {
    this.phrase = "";
    await this.page.getByLabel("Account").fill(account);
    await this.page.getByLabel("Passphrase").fill(passphrase);
    await this.button("Log in").click();
    await this.heading("Say these digits").waitFor({ timeout: 60_000 });
  }

  /** Says the phrase until it is accepted: the published threshold refuses some right phrases, and whoever is refused asks for another. */
  async login(account, atRecording = async () => {}) {
    for (let attempt = 0; attempt < 25; ++attempt) {
      await this.begin(account);
      await this.say(spoken(this.phrase));
      if (attempt === 0) await atRecording();
      const welcome = this.heading(`Welcome, ${account}`);
      const alert = this.page.locator("[role=alert]:not(:empty)");
      await welcome.or(alert).first().waitFor({ timeout: 60_000 });
      if (await welcome.isVisible()) return attempt;
      await this.button("Cancel").click();
    }
    throw new Error("no phrase was accepted");
  }
}
