import { exports } from "cloudflare:workers";

/** The JSON of a response of the Slack-compatible API, with its status and headers. */
export interface SlackResponse {
  status: number;
  headers: Headers;
  body: any;
}

const origin = "https://parley.test";

/** Calls a method as Slack's SDKs do: a form, with JSON inside its fields. */
export async function callSlack(
  method: string,
  { token }: { token?: string } = {},
  given: Record<string, unknown> = {},
): Promise<SlackResponse> {
  const form = new URLSearchParams(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
  return sendSlack(method, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: form.toString(),
  });
}

/** Sends any request to a method. */
export async function sendSlack(method: string, init: RequestInit): Promise<SlackResponse> {
  const response = await exports.default.fetch(`${origin}/slack/api/${method}`, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Calls a method; throws if it fails. */
export async function slackOk(
  method: string,
  caller: { token: string },
  given: Record<string, unknown> = {},
): Promise<any> {
  const { body } = await callSlack(method, caller, given);
  if (!body.ok) throw new Error(`${method}: ${JSON.stringify(body)}`);
  return body;
}
