import type { Actor } from "../domain/actor.ts";
import { AppError, reject } from "../errors/app-error.ts";
import { closeSocket } from "../sockets/close-socket.ts";
import { callObject, hubOf, roomOf } from "../rpc/stubs.ts";
import { type RpcResult, unwrap } from "../rpc/rpc-result.ts";
import { settledWithin } from "../lib/parallel.ts";
import { upgradeRequest } from "../sockets/upgrade.ts";
import { closeCodes, type Command, Problem } from "../protocol/index.ts";
import { requireVisibleChannel } from "../http/require-visible-channel.ts";
import type { SubrequestBudget } from "./subrequest-budget.ts";
import { KnownChannels } from "./known-channels.ts";
import type { SubscriptionAdmission } from "./subscription-admission.ts";

export interface RoomsOptions {
  env: Env;
  /** As the hub had them when they connected. Rooms ask it for their present role. */
  actor: Actor;
  requestId: string;
  budget: SubrequestBudget;
  openings: SubscriptionAdmission;
}

/** From where a subscriber wants to hear. */
export interface LogPosition {
  since?: number | undefined;
  epoch?: string | undefined;
}

/** A socket to a room, on which comes first what was missed. */
export interface OpenRoom {
  ws: WebSocket;
  /** To be called when that has come, or the socket has ended. */
  caughtUp: () => void;
}

/** A room that does not answer holds up others no longer than this. */
const openingMs = 15_000;

/** The rooms, as the gateway of one client reaches them. */
export class RoomConnections {
  readonly #options: RoomsOptions;
  readonly #held: KnownChannels;
  #isOver = false;

  constructor(options: RoomsOptions) {
    const { env, actor } = options;
    this.#options = options;
    this.#held = new KnownChannels((ids) => this.#call(() => hubOf(env, actor.userId).admittedChannels(ids)));
  }

  /**
   * Opens a socket of this user to a room. Rejects as the room does; with `unavailable` where it does not answer; with `not_found`,
   * without a call to the room, for a channel that the user may not know of.
   */
  async open(channelId: string, place: LogPosition): Promise<OpenRoom> {
    await this.#requireKnown(channelId, await this.#held.has(channelId));
    const resumes = place.since !== undefined;
    const opening = await this.#options.openings.begin({ resumes, waitMs: openingMs });
    if (!opening)
      return reject("unavailable", "Too much else is on its way to you; confirm what you received", {
        retryAfterMs: 1_000,
      });
    const { answered, caughtUp } = opening;
    try {
      return { ws: await this.#connect(channelId, place), caughtUp };
    } catch (error) {
      caughtUp();
      throw error;
    } finally {
      answered();
    }
  }

  /** What REST does with a command: the hub says who asks, the room carries it out. Gives what its sender is acknowledged. */
  async execute(
    channelId: string,
    command: Command,
  ): Promise<RpcResult<{ json: string; deduplicated: boolean }>> {
    const { env, actor, budget } = this.#options;
    // The socket was closed because the budget is spent: what still waits would exceed the platform's limit.
    if (budget.isSpent) this.#refuseIfOver();
    const { isAdmitted = false, ...asking } = unwrap(
      await this.#call(() => hubOf(env, actor.userId).checkSession(actor.sessionId, channelId)),
    );
    await this.#requireKnown(channelId, isAdmitted);
    const nonce = "nonce" in command.data && command.data.nonce !== undefined;
    // Only what a nonce makes idempotent may be called twice.
    const outcome = await this.#call(() => roomOf(env, channelId).execute(asking, command), nonce ? 3 : 1);
    if (!outcome.ok) return outcome;
    const { result, repeated } = outcome.value;
    return { ok: true, value: { json: JSON.stringify(result), deduplicated: nonce && repeated } };
  }

  /** Rejects every later `open`, and closes a socket that is still opening as soon as its room has accepted it. `execute` goes on. */
  end(): void {
    this.#isOver = true;
    this.#options.openings.end();
  }

  async #connect(channelId: string, { since, epoch }: LogPosition): Promise<WebSocket> {
    const { env, actor, requestId } = this.#options;
    const request = upgradeRequest({ requestId, since, epoch, actor, via: "gateway" });
    const answer = this.#call(() => {
      this.#refuseIfOver();
      return roomOf(env, channelId).fetch(request);
    });
    if (!(await settledWithin(answer, openingMs))) {
      void answer.then(hangUp, () => {});
      reject("unavailable", "The channel does not answer; try again", { retryAfterMs: 1_000 });
    }
    const response = await answer;
    if (!this.#isOver && response.webSocket) return response.webSocket;
    hangUp(response);
    this.#refuseIfOver();
    return refusalOf(response);
  }

  async #requireKnown(channelId: string, held: boolean): Promise<void> {
    const { env, actor } = this.#options;
    if (!held) this.#options.budget.take("subrequests");
    await requireVisibleChannel(env, { userId: actor.userId, channelId, held });
  }

  #call<Call>(call: () => Call, tries = 3): Promise<Awaited<Call>> {
    return callObject(
      () => {
        this.#options.budget.take("subrequests");
        return call();
      },
      { tries },
    );
  }

  #refuseIfOver(): void {
    if (this.#isOver) reject("unavailable", "The socket is closed");
  }
}

function hangUp({ webSocket }: Response): void {
  if (!webSocket) return;
  webSocket.accept();
  closeSocket(webSocket, closeCodes.done.code);
}

const Refusal = Problem.pick({ code: true, detail: true, issues: true, retryAfterMs: true });

async function refusalOf(response: Response): Promise<never> {
  const refusal = Refusal.safeParse(await response.json().catch(() => null));
  if (!refusal.success) throw new Error(`A room answered ${response.status}`);
  throw new AppError(refusal.data);
}
