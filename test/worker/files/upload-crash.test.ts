import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedCrash, type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { disconnectBucket, restoreBucket } from "../../support/worker/fakes/failing-bindings.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  chargedBytes,
  fileStates,
  noStoredFiles,
  storedFileTotals,
} from "../../support/worker/fixtures/stored-files.ts";
import { runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

const minute = 60_000;
let ann: TestUser;
beforeEach(async () => {
  ann = await createUser("ann");
});
afterEach(() => {
  onFailpoint(undefined);
  restoreBucket();
  restoreDatabases();
  vi.useRealTimers();
});

const large = 300 * 1024;
const form = (size: number): FormData => {
  const body = new FormData();
  body.set("file", new File([new Uint8Array(size)], "a.bin"));
  return body;
};

async function send(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<number> {
  const request = new Request(`https://parley.test${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ann.token}`, ...headers },
    body,
  });
  // The length of a form is known only after serialization.
  const bytes = body instanceof FormData ? await request.arrayBuffer() : undefined;
  const sent = bytes
    ? new Request(request.url, { method: "POST", headers: request.headers, body: bytes })
    : request;
  const response = await exports.default.fetch(sent);
  await response.text();
  return response.status;
}

const sendBody = () => send("/v1/files?name=a.bin", new Uint8Array(large));
const ways: [string, () => Promise<number>][] = [
  ["a body", sendBody],
  ["a small form", () => send("/v1/files", form(large))],
  ["a form that R2 takes in parts", () => send("/v1/files", form(9 * 1024 * 1024))],
];

async function expectNothingLeft(): Promise<void> {
  expect(await storedFileTotals()).toEqual(noStoredFiles);
  expect(await chargedBytes(ann)).toBe(0);
  expect(await fileStates(ann)).toEqual({});
}

const points: Failpoint[] = ["upload:after-reserve", "upload:after-enter", "upload:after-store"];

test.each(ways.flatMap(([name, way]) => points.map((point) => [name, point, way] as const)))(
  "[FL1] %s whose Worker crashes at %s leaves nothing",
  async (_name, point, way) => {
    onFailpoint((at) => {
      if (at === point) throw new SimulatedCrash(at);
    });
    expect(await way()).toBe(500);
    onFailpoint(undefined);
    expect(Object.values(await fileStates(ann))).toEqual(["uploading"]);
    await runHubAlarmAfter(ann.userId, 25 * 60 * minute);
    await runHubAlarmAfter(ann.userId, minute + 1);
    await expectNothingLeft();
  },
);

test.each(ways)("[FL1] %s while R2 is down is `unavailable` and leaves nothing", async (_name, way) => {
  disconnectBucket();
  expect(await way()).toBe(503);
  restoreBucket();
  await runHubAlarmAfter(ann.userId, 15 * minute);
  await runHubAlarmAfter(ann.userId, minute + 1);
  expect(await storedFileTotals()).toEqual(noStoredFiles);
  expect((await chargedBytes(ann)) ?? 0).toBe(0);
});

test("[FL1] if D1 rejects the row, an upload is `unavailable` and never an object", async () => {
  let rejectedCount = 0;
  interceptDatabase(async (call) => {
    if (!/insert into "files"/i.test(sqlOf(call))) return call.run();
    rejectedCount++;
    expect((await storedFileTotals()).objects, "no object precedes its row").toBe(0);
    return rejectAsUnreachable();
  });
  expect(await sendBody()).toBe(503);
  restoreDatabases();
  expect(rejectedCount).toBeGreaterThan(0);
  await runHubAlarmAfter(ann.userId, minute + 1);
  await expectNothingLeft();
});

test("[FL1] a body that breaks off or exceeds its length is rejected", async () => {
  const announced = (bytes: number, { fails = false } = {}) => {
    let sent = false;
    const body = new ReadableStream({
      pull(controller) {
        if (!sent) controller.enqueue(new Uint8Array(bytes));
        else if (fails) controller.error(new Error("gone"));
        else controller.close();
        sent = true;
      },
    });
    return send("/v1/files?name=a.bin", body, { "Content-Length": String(large) });
  };
  const statuses = await Promise.all([
    announced(large - 1),
    announced(10),
    announced(large + 1),
    announced(large - 1, { fails: true }).catch(() => 400),
  ]);
  expect(statuses).toEqual([400, 400, 400, 400]);
  await runHubAlarmAfter(ann.userId, minute + 1);
  expect(await storedFileTotals()).toEqual(noStoredFiles);
  expect((await chargedBytes(ann)) ?? 0).toBe(0);
});
