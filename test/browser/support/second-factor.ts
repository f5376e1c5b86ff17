import { generate } from "otplib";
import { expect } from "vitest";
import { confirmTotp, createTotp } from "../../../src/client/index.ts";
import type { Person } from "./web-app.ts";

const stepMs = 30_000;

/** Codes of an authenticator app, of which the server accepts each once. */
export class AuthenticatorApp {
  readonly secret: string;
  #lastStep = 0;

  constructor(secret: string) {
    this.secret = secret.replaceAll(" ", "");
  }

  /** Returns a code that was not used yet. The server accepts also that of the next step. */
  async code(): Promise<string> {
    const step = Math.max(Math.floor(Date.now() / stepMs), this.#lastStep + 1);
    await expect
      .poll(() => Math.floor(Date.now() / stepMs), { timeout: 2 * stepMs, interval: 250 })
      .toBeGreaterThanOrEqual(step - 1);
    this.#lastStep = step;
    return generate({ secret: this.secret, epoch: (step * stepMs) / 1_000 });
  }
}

/** Enables an authenticator app for a person, without a page. */
export async function enableApp({ client }: Person): Promise<AuthenticatorApp> {
  const { secret } = await client.call(createTotp);
  const app = new AuthenticatorApp(secret);
  await client.call(confirmTotp, { body: { code: await app.code() } });
  return app;
}
