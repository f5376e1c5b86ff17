import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import type { HubState } from "../hub-state.ts";
import { ClaimSettlement } from "./claim-settlement.ts";
import { FileRemoval } from "./file-removal.ts";

const maxUploadsAtOnce = 200;

/** The scheduled work on a user's files: ends uploads that have expired, settles claims that have expired, and deletes files. */
export class FileMaintenance implements AlarmTask {
  readonly #hub: HubState;
  readonly #claims: ClaimSettlement;
  readonly #removal: FileRemoval;

  constructor(env: Env, hub: HubState) {
    this.#hub = hub;
    this.#claims = new ClaimSettlement(env, hub);
    this.#removal = new FileRemoval(env, hub);
  }

  /** Deletes files that are marked for deletion, as far as R2 and D1 answer; the alarm continues. Never rejects. */
  remove(fileIds: readonly string[]): Promise<void> {
    return this.#removal.deliver(fileIds);
  }

  async onAlarm(nowMs: number): Promise<void> {
    this.#endExpiredUploads(nowMs);
    await Promise.all([this.#claims.onAlarm(nowMs), this.#removal.onAlarm(nowMs)]);
  }

  #endExpiredUploads(nowMs: number): void {
    const { files } = this.#hub;
    this.#hub.commitFiles(() => {
      for (const { id } of files.scheduledUntil(nowMs, ["uploading"], maxUploadsAtOnce))
        files.markForDeletion(id, nowMs);
    });
  }
}
