import type { AttachedFile } from "../../domain/files.ts";
import { Outbox, type OutboxBatch, type OutboxQueue } from "../../durable/outbox.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import type { HubState } from "../hub-state.ts";
import type { FileRow } from "./file-rows.ts";

/** A room that does not answer is asked again this much later. */
const askAgainMs = 30_000;
const maxClaimsAtOnce = 200;

/** The expired claims on files for messages of one channel. */
interface ClaimBatch extends OutboxBatch {
  channelId: string;
  claims: FileRow[];
  /** The time to which the claims were postponed while the room is asked. */
  postponedTo: number;
  /** The room's answer, for the claims that it knows. */
  answer?: AttachedFile[];
}

/**
 * Asks rooms whether a message carries the files that were claimed for it, once the claims have expired. A lane of the outbox is
 * a channel. The time between two questions is fixed, because `attempts` of a claimed file counts the attempts to send the message.
 * Asking twice is harmless, and a claim that is renewed during the question stays.
 */
export class ClaimSettlement implements OutboxQueue<ClaimBatch> {
  readonly #env: Env;
  readonly #hub: HubState;
  readonly #outbox: Outbox<ClaimBatch>;
  /** The questions for rooms, by channel. A crash loses them; the claims then become due again after 30 s. */
  readonly #batches = new Map<string, ClaimBatch>();

  constructor(env: Env, hub: HubState) {
    this.#env = env;
    this.#hub = hub;
    this.#outbox = new Outbox(this, {
      name: "file-claims",
      concurrency: 10,
      timeoutMs: 10_000,
      backoff: { baseMs: askAgainMs, capMs: askAgainMs },
    });
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  /** Postpones the claims that have expired, and groups them by channel. */
  dueLanes(nowMs: number): string[] {
    const { files } = this.#hub;
    const postponedTo = nowMs + askAgainMs;
    const claims = this.#hub.commitFiles(() => {
      const rows = files.scheduledUntil(nowMs, ["claimed"], maxClaimsAtOnce);
      for (const { id, attempts } of rows) files.postpone(id, postponedTo, attempts);
      return rows;
    });
    const byChannel = Map.groupBy(claims, ({ channelId }) => channelId ?? "");
    for (const [channelId, rows] of byChannel)
      this.#batches.set(channelId, { channelId, claims: rows, postponedTo, attempts: 0 });
    return [...byChannel.keys()];
  }

  take(channelId: string): ClaimBatch | undefined {
    const batch = this.#batches.get(channelId);
    this.#batches.delete(channelId);
    return batch;
  }

  async send(batch: ClaimBatch): Promise<undefined> {
    const fileIds = batch.claims.map(({ id }) => id);
    batch.answer = await callObject(() => roomOf(this.#env, batch.channelId).carriedFiles(fileIds));
  }

  confirm({ claims, postponedTo, answer = [] }: ClaimBatch): void {
    const { files } = this.#hub;
    const attached = new Map(answer.map((file) => [file.fileId, file]));
    failpoint("hub:before-settle");
    this.#hub.commitFiles(() => {
      for (const { id, attempts } of claims) {
        const file = attached.get(id);
        const row = files.find(id);
        if (row?.state !== "claimed") continue;
        if (file?.deleted) files.markForDeletion(id, Date.now());
        else if (file) files.confirmClaim(id);
        else if (row.at === postponedTo && row.attempts === attempts) files.makeReady(id);
      }
    });
  }

  /** The claims were postponed before the question. */
  postpone(): void {}

  schedule(): void {
    this.#hub.scheduleFiles();
  }
}
