import type {
  Acknowledgement,
  AnswerPlace,
  CommandRun,
  GivenAnswer,
  NewCommandRun,
  ShownAnswer,
} from "../../domain/command-run.ts";
import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import type { CommandInvocation } from "../../protocol/index.ts";
import { type RpcResult, toRpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { noSession } from "../rpc-failures.ts";
import { type AnswerRequest, noResponseUrl } from "./command-runs.ts";

/** The invocations of bots' commands by this user; and, for a bot, the delivery of invocations to its sockets. */
export class CommandRunService implements AlarmTask {
  readonly #hub: HubState;
  /** The requests that wait for an acknowledgement, by invocation. */
  readonly #waiting = new Map<string, Set<(acknowledgement: Acknowledgement) => void>>();

  constructor(hub: HubState) {
    this.#hub = hub;
  }

  /** Stores an invocation and counts it. A repetition with the same nonce is not counted. */
  async begin(input: NewCommandRun): Promise<RpcResult<{ run: CommandRun; isRepeated: boolean }>> {
    const hub = this.#hub;
    if (!hub.exists) return noSession();
    return toRpcResult(() =>
      hub.commit(() => {
        const nowMs = Date.now();
        const begun = hub.commandRuns.begin(input, nowMs);
        if (!begun.isRepeated) hub.quotas.spend("commands", nowMs);
        this.#schedule(nowMs);
        return begun;
      }),
    );
  }

  /** Returns an invocation. Fails with `not_found` if its response URL has expired or the user is suspended. */
  async find(runId: string): Promise<RpcResult<CommandRun>> {
    const hub = this.#hub;
    return toRpcResult(() => {
      const run = hub.storedAccount?.active ? hub.commandRuns.find(runId, Date.now()) : undefined;
      return run ?? noResponseUrl();
    });
  }

  /** Returns the id of the invocation with a nonce; null if there is none. */
  findByNonce(nonce: string): string | null {
    return this.#hub.exists ? (this.#hub.commandRuns.findByNonce(nonce) ?? null) : null;
  }

  /** Acknowledges an invocation and reserves the place of an answer. */
  async reserveAnswer(runId: string, request: AnswerRequest): Promise<RpcResult<AnswerPlace>> {
    const hub = this.#hub;
    return toRpcResult(() => {
      if (!hub.storedAccount?.active) noResponseUrl();
      const reserved = hub.commit(() => hub.commandRuns.reserveAnswer(runId, request, Date.now()));
      if (!request.hasAnswer) this.#settle(runId, null);
      return reserved;
    });
  }

  /** Stores what an answer showed, sends an ephemeral one to the user's devices, and ends the wait of the request that ran the command. */
  async recordAnswer(runId: string, place: number, shown: ShownAnswer): Promise<void> {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const { ephemeral, message } = shown;
    if (ephemeral)
      hub.devices.signal("ephemeralCreate", ephemeral.channelId, { message: ephemeral }, Date.now());
    const answer: GivenAnswer | undefined = ephemeral
      ? { visibility: "ephemeral", id: ephemeral.id }
      : message
        ? { visibility: "channel", id: message.id }
        : undefined;
    if (answer) hub.commit(() => hub.commandRuns.recordAnswer(runId, place, answer));
    this.#settle(runId, JSON.stringify(shown));
  }

  /** Removes an ephemeral message from the user's devices. */
  hide(id: string, channelId: string): void {
    if (this.#hub.exists)
      this.#hub.devices.signal("ephemeralDelete", channelId, { id, channelId }, Date.now());
  }

  /** Waits until the bot acknowledges an invocation, but at most `timeoutMs`. */
  async waitForAcknowledgement(runId: string, timeoutMs: number): Promise<Acknowledgement> {
    if (this.#isAcknowledged(runId)) return { isAcknowledged: true, shown: null };
    const { promise, resolve } = Promise.withResolvers<Acknowledgement>();
    const waiting = this.#waiting.get(runId) ?? new Set();
    this.#waiting.set(runId, waiting.add(resolve));
    // An answer may still be on its way into the channel when the time is up.
    const timer = setTimeout(
      () => resolve({ isAcknowledged: this.#isAcknowledged(runId), shown: null }),
      timeoutMs,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(runId);
    }
  }

  /** Sends an invocation to one of this bot's sockets. Returns whether there was one. */
  deliver(invocation: CommandInvocation): boolean {
    const hub = this.#hub;
    return (
      hub.storedAccount?.active === true &&
      hub.devices.signalOne("commandInvoke", invocation.channelId, invocation, Date.now())
    );
  }

  /** Deletes the invocations whose response URLs have expired. */
  onAlarm(nowMs: number): void {
    this.#hub.commit(() => {
      this.#hub.commandRuns.deleteExpired(nowMs);
      this.#schedule(nowMs);
    });
  }

  #schedule(nowMs: number): void {
    this.#hub.scheduleTask("commands", this.#hub.commandRuns.nextExpiry(), nowMs);
  }

  #isAcknowledged(runId: string): boolean {
    return this.#hub.exists && this.#hub.commandRuns.find(runId, Date.now())?.isAcknowledged === true;
  }

  #settle(runId: string, shown: string | null): void {
    for (const resolve of this.#waiting.get(runId) ?? []) resolve({ isAcknowledged: true, shown });
  }
}
