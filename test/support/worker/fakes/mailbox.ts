import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished, vi } from "vitest";
import { type Config, configOf } from "../../../../src/config.ts";
import { eventually } from "../assertions/eventually.ts";
import { setWorkerConfig } from "../objects/worker-config.ts";

export interface ReceivedMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

export const mailboxUrl = "http://127.0.0.1:9/mailbox";

/**
 * Receives the mails of the Worker in the test, as `npm run dev` does.
 *
 * @param answer decides about each attempt: a status, or an error. Default: 204
 */
export async function openMailbox(answer: (mail: ReceivedMail) => number | Error = () => 204) {
  const mails: ReceivedMail[] = [];
  const original = globalThis.fetch;
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    if (String(input) !== mailboxUrl) return original(input as RequestInfo, init);
    const mail = JSON.parse(String(init?.body)) as ReceivedMail;
    const status = answer(mail);
    if (status instanceof Error) throw status;
    if (status < 300) mails.push(mail);
    return new Response(null, { status });
  });
  onTestFinished(() => void vi.stubGlobal("fetch", original));
  setWorkerConfig({ MAIL_LOCAL_URL: mailboxUrl });
  await setMailerConfig({ MAIL_LOCAL_URL: mailboxUrl });
  return {
    mails,
    /** Waits for the `nth` mail to this address. */
    async mailTo(address: string, nth = 1): Promise<ReceivedMail> {
      const found = () => mails.filter(({ to }) => to === address);
      await eventually(() => found().length >= nth, `mail ${nth} to ${address}`);
      return found()[nth - 1]!;
    },
  };
}

/** Changes variables of the object that sends mail, which has its own copy of them until it is restarted. */
export async function setMailerConfig(vars: Partial<Config>): Promise<void> {
  await runInDurableObject(env.MAILER.getByName("mailer"), (instance) => {
    const { env: bindings } = instance as unknown as { env: Env };
    Object.assign(configOf(bindings), vars);
  });
}

/** Returns the token in the link of a mail. */
export const tokenIn = ({ text }: { text: string }): string => /#token=(\S+)/.exec(text)?.[1] ?? "";

export const mailKey = (): string => configOf(env).REFRESH_TOKEN_KEY;
