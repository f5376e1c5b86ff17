import { exports } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  commands,
  commandTypes,
  endpoints,
  errorsOf,
  getMessage,
  limits,
  Problem,
} from "../../../src/protocol/index.ts";
import { cleanLabel } from "../../../src/protocol/labels.ts";
import { recordProof } from "../../support/proofs.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { buildRequest } from "../../support/worker/clients/raw-requests.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { commandSample } from "../../support/worker/fixtures/access-cells.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointSamples,
  type EndpointSample,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { type Field, fieldsOf, valuesOf, withField } from "../../support/worker/generators/field-inputs.ts";
import { isFullScale } from "../../support/worker/generators/part-of-table.ts";

const inputs = isFullScale ? 100_000 : 4_000;
/** Another seed finds other faults; the same seed finds the same again. */
const seed = 20_261_128;

/** Fields whose accepted text must be returned exactly. */
const exactFields: ReadonlySet<string> = new Set(["content", "topic", "description"]);
/** Endpoints whose texts are names of one line, which are normalized. */
const areLabels: ReadonlySet<string> = new Set(["createSlashCommand", "updateSlashCommand"]);
/** Endpoints that return only the id of the message that they created. */
const returnsNoText: ReadonlySet<string> = new Set(["respondToSlashCommand"]);

interface Attempt {
  name: string;
  field: Field;
  value: unknown;
}

function attemptsOf(fields: { name: string; field: Field }[], count: number): Attempt[] {
  const each = Math.ceil(count / fields.length);
  return fields.flatMap(({ name, field }, at) =>
    fc.sample(valuesOf(field), { numRuns: each, seed: seed + at }).map((value) => ({ name, field, value })),
  );
}

const byteLength = (value: object): number => new TextEncoder().encode(JSON.stringify(value)).length;
/** Bytes of a frame for its id and channel, at most. */
const frameOverhead = 200;

const describeAttempt = ({ name, field, value }: Attempt): string =>
  `${name} ${field.part}.${field.path.join(".")} ${(JSON.stringify(value) ?? "").slice(0, 200)}`;

/** Sends a sample, with the segments of the path encoded, and returns the response. */
async function send(name: string, { as, params = {}, query = {}, body }: EndpointSample): Promise<Response> {
  const { method, path } = endpoints[name]!;
  // A path cannot contain half of a surrogate pair.
  const filled = path.replaceAll(/:(\w+)/g, (_, param: string) =>
    encodeURIComponent((params[param] ?? "x").toWellFormed()),
  );
  const search = new URLSearchParams(query).toString();
  return exports.default.fetch(
    buildRequest(method.toUpperCase(), search ? `${filled}?${search}` : filled, {
      token: as?.token,
      ...(method !== "get" && body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
}

/** Returns what is wrong with a response; undefined if nothing is. */
async function faultOf({ name, field, value }: Attempt, response: Response): Promise<string | undefined> {
  const text = await response.text();
  if (response.status >= 500 && response.status !== 503) return `${response.status} ${text}`;
  if (response.status >= 400) {
    const problem = Problem.safeParse(JSON.parse(text));
    if (!problem.success) return `not a problem: ${text}`;
    // The path may be another one after the change, such as one without its last segment.
    const codes = [...errorsOf(endpoints[name]!), "not_found", "method_not_allowed"];
    return codes.includes(problem.data.code) ? undefined : `an undeclared error: ${text}`;
  }
  const key = field.path.at(-1) ?? "";
  if (field.part !== "body" || !exactFields.has(key) || typeof value !== "string") return undefined;
  // A message that began with a command's name was run instead of posted.
  if (returnsNoText.has(name) || response.status === endpoints[name]!.acceptedStatus) return undefined;
  const returned = textsAt(JSON.parse(text), key);
  return returned.includes(areLabels.has(name) ? cleanLabel(value) : value)
    ? undefined
    : `returned ${JSON.stringify(returned)}`;
}

/** Returns the texts with this key in an object and in its direct members, such as `command.description`. */
const textsAt = (object: Record<string, unknown>, key: string): unknown[] =>
  [object, ...Object.values(object)].flatMap((each) =>
    typeof each === "object" && each !== null && !Array.isArray(each) && key in each
      ? [(each as Record<string, unknown>)[key]]
      : [],
  );

/** Not those that authenticate by a token or a key. */
const isTestUser = (as: EndpointSample["as"]): as is TestUser => as !== undefined && "sessionId" in as;

/** Requests that end sessions or change accounts use a user of their own. */
async function freshSample(name: string, world: SampleWorkspace): Promise<EndpointSample> {
  const sample = await endpointSamples[name]!(world);
  return isTestUser(sample.as) ? { ...sample, as: await createSession(sample.as) } : sample;
}

test(
  "[ER1] [ER4] no generated value of any field of any endpoint causes a 5xx",
  { timeout: 1_800_000 },
  async (context) => {
    let world = await createSampleWorkspace();
    const nextSample = (name: string): Promise<EndpointSample> =>
      freshSample(name, world).catch(async () => {
        // An accepted value has changed the workspace: for example, it removed the user from the channel.
        world = await createSampleWorkspace();
        return freshSample(name, world);
      });
    const attempts = attemptsOf(
      Object.entries(endpoints).flatMap(([name, endpoint]) =>
        fieldsOf(endpoint).map((field) => ({ name, field })),
      ),
      inputs * 0.8,
    );
    const faults: string[] = [];
    const statuses = new Map<number, number>();
    let current = "";
    let sample: EndpointSample = {};
    const { lines } = await captureLogs(async () => {
      for (const attempt of attempts) {
        if (attempt.name !== current) sample = await nextSample((current = attempt.name));
        const response = await send(attempt.name, withField(sample, attempt.field, attempt.value));
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        const fault = await faultOf(attempt, response);
        if (fault) faults.push(`${describeAttempt(attempt)}: ${fault.slice(0, 300)}`);
        if (response.status === 401 && sample.as) sample = await nextSample(current);
      }
    });
    const errors = lines
      // The server of this test sends no mail.
      .filter(
        ({ level, message }) =>
          level === "error" && message !== "mail.rejected" && message !== "http.request",
      )
      .map((line) => JSON.stringify(line).slice(0, 500));
    recordProof(context, {
      title: "Generated values in every field of every endpoint",
      tried: attempts.length,
      failed: faults.length + errors.length,
      note: [...statuses]
        .toSorted()
        .map(([status, count]) => `${status}: ${count}`)
        .join(", "),
    });
    expect(faults).toEqual([]);
    expect(errors).toEqual([]);
  },
);

test(
  "[RM13] [ER4] no generated value of any field of any command causes a 5xx",
  { timeout: 1_800_000 },
  async (context) => {
    const world = await createSampleWorkspace();
    const author = await createUser("author");
    await world.ann.call("POST", `/v1/channels/${world.channelId}/members`, { userId: author.userId });
    const attempts = attemptsOf(
      commandTypes.flatMap((name) =>
        fieldsOf({ body: commands[name].data }).map((field) => ({ name, field })),
      ),
      inputs * 0.2,
    );
    const faults: string[] = [];
    let socket: GatewaySocket | undefined;
    const { lines } = await captureLogs(async () => {
      for (const attempt of attempts) {
        const command = attempt.name as keyof typeof commands;
        const data = withField({ body: commandSample(command, world) }, attempt.field, attempt.value).body;
        // A socket that sent too many invalid frames is closed; the next one continues.
        const send = async () =>
          (socket ??= await connectGateway(author)).sendCommand(command, data, world.channelId);
        // The server does not read the id of such a frame, so its error belongs to no command.
        if (byteLength({ command, data }) > limits.frameBytes - frameOverhead) continue;
        const answer = await send().catch(() => {
          socket = undefined;
          return send();
        });
        if (answer.type === "error" && answer.error.status >= 500 && answer.error.status !== 503)
          faults.push(`${describeAttempt(attempt)}: ${JSON.stringify(answer.error)}`);
        if (answer.type !== "ack" || command !== "messageCreate" || attempt.field.path[0] !== "content")
          continue;
        const { message } = answer.data as { message: { id: string } };
        const params = { channelId: world.channelId, messageId: message.id };
        const { content } = await expectOk(getMessage, { as: author, params });
        if (content !== attempt.value)
          faults.push(`${describeAttempt(attempt)}: returned ${JSON.stringify(content)}`);
      }
    });
    const errors = lines
      .filter(({ level }) => level === "error")
      .map((line) => JSON.stringify(line).slice(0, 500));
    recordProof(context, {
      title: "Generated values in every field of every command",
      tried: attempts.length,
      failed: faults.length + errors.length,
    });
    expect(faults).toEqual([]);
    expect(errors).toEqual([]);
  },
);
