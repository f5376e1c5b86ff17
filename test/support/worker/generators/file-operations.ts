import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import fc from "fast-check";
import { onFailpoint, SimulatedCrash } from "../../../../src/lib/failpoint.ts";
import type { FileRef } from "../../../../src/protocol/index.ts";
import { eventually } from "../assertions/eventually.ts";
import { latestMessages } from "../clients/event-log.ts";
import { advanceClock } from "../fakes/clock.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { hubRows, hubStub } from "../objects/hub-object.ts";
import { notifyHubsOfFiles } from "../objects/projection.ts";

const nr = fc.nat(5);

/** Generates an operation, its files and the failpoint at which it crashes. */
export const fileOperation = fc.record({
  do: fc.constantFrom(
    "send",
    "send",
    "send",
    "again",
    "again",
    "remove",
    "delete",
    "avatar",
    "wait",
    "alarm",
  ),
  into: fc.nat(1),
  files: fc.uniqueArray(nr, { minLength: 1, maxLength: 2 }),
  hasNonce: fc.boolean(),
  /** The operation crashes at the n-th failpoint that it passes; 0: never. */
  crashesAt: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }) },
  ),
  waits: fc.boolean(),
});

export type FileOperation = typeof fileOperation extends fc.Arbitrary<infer T> ? T : never;

interface Send {
  channelId: string;
  body: object;
}

/** Runs operations of one user on six files in two channels. */
export class FileSimulation {
  readonly #ann: TestUser;
  readonly #channels: string[];
  readonly #files: FileRef[];
  #sent: Send[] = [];
  #nonces = 0;
  #hasCrashed = false;

  constructor(ann: TestUser, channels: string[], files: FileRef[]) {
    this.#ann = ann;
    this.#channels = channels;
    this.#files = files;
  }

  async run(steps: FileOperation[]): Promise<void> {
    const underWay: Promise<unknown>[] = [];
    for (const one of steps) {
      let passesLeft = one.crashesAt;
      if (passesLeft > 0)
        onFailpoint((point) => {
          if (this.#hasCrashed || --passesLeft > 0) return;
          this.#hasCrashed = true;
          throw new SimulatedCrash(point);
        });
      let done = false;
      const work = this.#do(one)
        .catch(() => undefined)
        .finally(() => (done = true));
      underWay.push(work);
      while (one.waits && !done && !this.#hasCrashed) await scheduler.wait(1);
      if (this.#hasCrashed) await this.#abortObjects();
    }
    let done = false;
    void Promise.all(underWay).then(() => (done = true));
    while (!done && !this.#hasCrashed) await scheduler.wait(1);
    if (this.#hasCrashed) await this.#abortObjects();
    onFailpoint(undefined);
    await Promise.all(underWay);
  }

  async #abortObjects(): Promise<void> {
    await scheduler.wait(5);
    await abortAllDurableObjects();
    onFailpoint(undefined);
    this.#hasCrashed = false;
  }

  async #do({ do: what, into, files, hasNonce }: FileOperation): Promise<unknown> {
    const ann = this.#ann;
    const [first = 0] = files;
    const channelId = this.#channels[into]!;
    const fileIds = files.map((index) => this.#files[index]!.id);
    switch (what) {
      case "send": {
        const body = { content: "", fileIds, ...(hasNonce && { nonce: `n${++this.#nonces}` }) };
        this.#sent.push({ channelId, body });
        return ann.call("POST", `/v1/channels/${channelId}/messages`, body);
      }
      case "again": {
        const old = this.#sent[first % Math.max(1, this.#sent.length)];
        return old && ann.call("POST", `/v1/channels/${old.channelId}/messages`, old.body);
      }
      case "remove": {
        const messages = (await latestMessages(channelId, ann)).filter(({ deletedAt }) => deletedAt === null);
        const message = messages[first % Math.max(1, messages.length)];
        return message && ann.call("DELETE", `/v1/channels/${channelId}/messages/${message.id}`);
      }
      case "delete":
        return hubStub(ann.userId).deleteFile(fileIds[0]!);
      case "avatar":
        return ann.call("PATCH", "/v1/users/me", { avatarFileId: hasNonce ? fileIds[0] : null });
      case "wait":
        return advanceClock([2_000, 6_000, 11_000, 31_000][into + (hasNonce ? 2 : 0)]!);
      case "alarm":
        return runDurableObjectAlarm(hubStub(ann.userId));
    }
  }

  /** Runs alarms until the hub and the rooms have no scheduled work for files. */
  async settle(): Promise<void> {
    await eventually(async () => {
      for (const channelId of this.#channels) await notifyHubsOfFiles(channelId);
      advanceClock(61_000);
      await runDurableObjectAlarm(hubStub(this.#ann.userId));
      const due = await hubRows(this.#ann.userId, "due");
      return due.every(({ key }) => !/^(account|files)/.test(String(key)));
    }, "nothing to do with files");
  }
}
