import type { Config } from "../../config.ts";
import type { OutgoingMail } from "../mail-driver.ts";

const timeoutMs = 5_000;

/**
 * Sends a mail to the script of `npm run dev`, which writes it to a file and shows its link. `config.ts` permits neither the driver nor a URL
 * of another machine in production.
 */
export async function sendToTerminal(
  _env: Env,
  { ENVIRONMENT, MAIL_LOCAL_URL: url }: Config,
  mail: OutgoingMail,
): Promise<void> {
  if (ENVIRONMENT !== "local" || !url) throw new Error("The driver local needs npm run dev");
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(mail),
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The script of npm run dev answered ${response.status}`);
}
