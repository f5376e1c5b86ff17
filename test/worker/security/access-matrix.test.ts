import { beforeAll, expect, test } from "vitest";
import writtenDown from "../../../docs/access-matrix.md?raw";
import { permissions } from "../../../src/domain/permissions.ts";
import { endpoints, errorCatalog, scopeOf } from "../../../src/protocol/index.ts";
import { recordProof } from "../../support/proofs.ts";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import {
  type AccessRow,
  accessRows,
  AccessTargets,
  canary,
  commandSample,
  endsOwnSession,
  SampleRequests,
} from "../../support/worker/fixtures/access-cells.ts";
import {
  createPrincipals,
  type Principal,
  type Principals,
} from "../../support/worker/fixtures/principals.ts";
import { isFullScale, partOfTable } from "../../support/worker/generators/part-of-table.ts";

const path = "docs/access-matrix.md";
const introduction = `# Access matrix

What every endpoint and every command of a channel answers to each kind of caller. \`npm run security\` tries each cell and compares it with this
table; \`npm run security -- --write\` writes the table anew, and the difference is to be reviewed.

- Each endpoint receives a valid request. Its objects belong to the channel owner: the channel, the message, the file, the session. Callers use
  their own session or token, so "✓" in the row of an endpoint without a channel means that the endpoint serves them their own data.
- Channels: public, private, and a direct message of the channel owner and the member. Guest, outsider, and the workspace's admin and owner are
  members of none.
- ✓: served. A number: the status of the problem. \`404\`: the caller may not know whether the channel exists. \`503\`: the server of this test sends no mail.
`;

let principals: Principals;
let targets: AccessTargets;
const samples = new SampleRequests();
/** Everything that callers received who may not read the channel of the row. */
const receivedOutside: string[] = [];
let logs = "";

beforeAll(async () => {
  principals = await createPrincipals();
  targets = await AccessTargets.create(principals);
});

const readsChannel = ({ name }: Principal, target: AccessRow["target"]): boolean => {
  if (name === "member" || name === "channel owner") return true;
  if (["moderator", "bot, read and write", "server key"].includes(name)) return target !== "direct";
  if (["bot, files only", "no second factor"].includes(name)) return false;
  return target !== "private" && target !== "direct" && name !== "guest";
};

/** How the line of a row begins: its name and the kind of its channel. */
const startOf = ({ name, target }: AccessRow): string => `| \`${name}\` | ${target ?? ""} |`;
const lineOf = ([start, cells]: [start: string, cells: string[]]): string =>
  `${start} ${cells.join(" | ")} |`;

/** The cells of the document's rows, in the order of all callers. */
const writtenRows = new Map(
  writtenDown
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => {
      const [, name = "", target = "", ...cells] = line.split("|");
      return [`|${name}|${target}|`, cells.slice(0, -1).map((cell) => cell.trim())];
    }),
);

const cellOf = (status: number): string => (status < 400 ? "✓" : String(status));

async function tryCell(row: AccessRow, principal: Principal): Promise<string> {
  const world = await targets.worldOf(row, principal.name);
  const token = (endsOwnSession(row.name) && (await principal.newToken?.())) || principal.token;
  if (row.command) return tryCommand(row.command, world.channelId, commandSample(row.command, world), token);
  const { status, text } = await samples.send({ ...row, endpoint: row.endpoint! }, world, {
    token,
    headers: principal.headers,
  });
  if (principal.isOutside || (row.target && !readsChannel(principal, row.target)))
    receivedOutside.push(`${row.name} ${row.target} ${principal.name} ${text}`);
  return cellOf(status);
}

/** Sends a command on a new gateway socket. A rejected upgrade counts as its answer. */
async function tryCommand(
  command: string,
  channelId: string,
  data: object,
  token: string | undefined,
): Promise<string> {
  const { status, webSocket } = await requestUpgrade("/v1/realtime", token);
  if (!webSocket) return cellOf(status);
  const socket = new TestSocket(webSocket);
  const answer = await socket.sendCommand(command, data, channelId);
  socket.close();
  return answer.type === "ack" ? "✓" : cellOf(errorCatalog[answer.error.code].status);
}

/** What a session may do that has not passed the second factor which the workspace requires. */
const withoutSecondFactor: ReadonlySet<string> = new Set([
  "getMe",
  "logout",
  ...Object.entries(endpoints).flatMap(([name, { path }]) =>
    /\/users\/me\/(?:totp|passkeys|second-factor|recovery-codes)|\/v1\/auth\/mfa/.test(path) ? [name] : [],
  ),
]);

/** Returns why a caller may not be served whatever the table says; undefined if the table decides. */
function prohibition(row: AccessRow, principal: Principal): string | undefined {
  const { endpoint, target } = row;
  const scope = endpoint ? scopeOf(endpoint) : "write";
  if (principal.isOutside) return "needs a live session";
  if (principal.name === "no second factor" && !withoutSecondFactor.has(row.name))
    return "needs the second factor";
  if (principal.name.startsWith("bot") && (scope === "session" || scope === "admin"))
    return "is not for bots";
  if (principal.name === "bot, files only" && scope !== "files") return "needs another scope";
  const isForPeople = scope === "admin" || scope === "session";
  if (principal.name === "server key" && (isForPeople || !isForServerKeys(row)))
    return "is not for server keys";
  if (scope === "admin" && !isChannelAction(endpoint))
    return isAdmin(principal) ? undefined : "is only for admins";
  return target && !readsChannel(principal, target) ? "reveals a channel that is hidden" : undefined;
}

/** A server key acts for users in channels, and opens no socket. */
const isForServerKeys = ({ endpoint }: AccessRow): boolean =>
  endpoint !== undefined && /^\/v1\/(?:channels|dms|server)\b/.test(endpoint.path);

/** Whether the role in the channel decides, although tokens need the scope `admin`. */
const isChannelAction = (endpoint: AccessRow["endpoint"]): boolean =>
  endpoint?.action !== undefined && Object.hasOwn(permissions, endpoint.action);

const isAdmin = ({ name }: Principal): boolean => name === "admin" || name === "owner";

/** Returns why an answer is wrong whatever the table says; undefined if it is not. */
function violation(row: AccessRow, principal: Principal, cell: string): string | undefined {
  if (row.endpoint?.auth === "public") return undefined;
  const why = prohibition(row, principal);
  if (why === undefined) return undefined;
  if (principal.isOutside) return cell === "401" ? undefined : why;
  // A hidden channel looks like a missing one to everyone whose request would be permitted elsewhere.
  return (why.startsWith("reveals") ? cell !== "404" : cell === "✓") ? why : undefined;
}

test(
  "[RD6] every endpoint and command answers each caller as written down",
  { timeout: 900_000 },
  async (context) => {
    const callers = partOfTable(principals.list, 3);
    const rows: [start: string, cells: string[]][] = [];
    const violations: string[] = [];
    const { text } = await captureLogs(async () => {
      for (const row of accessRows) {
        const cells: string[] = [];
        for (const principal of callers) {
          const cell = await tryCell(row, principal);
          cells.push(cell);
          const why = violation(row, principal, cell);
          if (why) violations.push(`${row.name} ${row.target ?? ""} by ${principal.name}: ${cell} ${why}`);
        }
        rows.push([startOf(row), cells]);
      }
    });
    logs = text;
    const heads = ["", "channel", ...callers.map(({ name }) => name)];
    const table = [`| ${heads.join(" | ")} |`, `|${heads.map(() => "---|").join("")}`, ...rows.map(lineOf)];
    const columns = callers.map((caller) => principals.list.indexOf(caller));
    const differing = rows
      .filter(([start, cells]) => {
        const written = writtenRows.get(start);
        return cells.some((cell, at) => cell !== written?.[columns[at] ?? 0]);
      })
      .map(lineOf);
    recordProof(context, {
      title: "Endpoints and commands × callers, in public, private and direct channels",
      tried: rows.length * callers.length,
      failed: violations.length + differing.length,
      ...(isFullScale && { document: { path, text: `${introduction}\n${table.join("\n")}\n` } }),
    });
    expect(violations).toEqual([]);
    expect(differing).toEqual([]);
  },
);

test("[RD6] the written matrix has a row for each endpoint and command, and no other", () => {
  expect([...writtenRows.keys()].toSorted()).toEqual(accessRows.map(startOf).toSorted());
});

test("[RD2] nothing private was sent to those who may not read it, or logged", (context) => {
  const secrets = [
    canary,
    ...principals.list.flatMap(({ user }) => (user ? [user.token, user.refreshToken] : [])),
  ];
  const found = secrets.filter(
    (secret) => logs.includes(secret) || receivedOutside.some((text) => text.includes(secret)),
  );
  const bytes = logs.length + receivedOutside.reduce((sum, text) => sum + text.length, 0);
  recordProof(context, {
    title: "Canaries in log lines and in responses to others",
    tried: bytes,
    failed: found.length,
    note: "bytes searched",
  });
  expect(receivedOutside.filter((text) => found.some((secret) => text.includes(secret)))).toEqual([]);
  expect(found).toEqual([]);
});
