import type { Actor } from "../domain/actor.ts";
import { AppError, reject } from "../errors/app-error.ts";
import { closeSocket } from "../sockets/close-socket.ts";
import { callObject, hubOf, roomOf } from "../rpc/stubs.ts";
import { type RpcResult, unwrap } from "../rpc/rpc-result.ts";
import { settledWithin } from "../lib/parallel.ts";
import { type Attachment, requireLimited, upgradeRequest } from "../sockets/upgrade.ts";
import { closeCodes, type Command, Problem } from "../protocol/index.ts";
import { requireVisibleChannel } from "../http/require-visible-channel.ts";
import type { SubrequestBudget } from "./subrequest-budget.ts";
import { SocketPlanner } from "./planned-sockets.ts";
import type { SubscriptionAdmission } from "./subscription-admission.ts";

export interface RoomConnectionsOptions {
  env: Env;
  /** With the role at the time of the connect. Rooms receive the current one from the hub. */
  actor: Actor;
  requestId: string;
  /** Whether the client accepts events in the compact form. */
  compact: boolean;
  budget: SubrequestBudget;
  admission: SubscriptionAdmission;
}

/** The position in a log after which a subscriber wants events. */
export interface LogPosition {
  since?: number | undefined;
  epoch?: string | undefined;
}

/** A socket to a room, on which the replay arrives first. */
export interface OpenRoom {
  ws: WebSocket;
  /** Call when the replay has arrived or the socket has closed. */
  caughtUp: () => void;
}

/** How long a subscription waits to be admitted, and then for the room's answer. */
const openTimeoutMs = 15_000;

/** Opens sockets to rooms and calls rooms, on behalf of one client. */
export class RoomConnections {
  readonly #options: RoomConnectionsOptions;
  readonly #planner: SocketPlanner;
  #hasEnded = false;

  constructor(options: RoomConnectionsOptions) {
    const { env, actor } = options;
    const hub = () => hubOf(env, actor.userId);
    this.#options = options;
    this.#planner = new SocketPlanner({
      attach: async (planned) =>
        unwrap(
          await this.#call(() =>
            hub().checkSession(actor.sessionId, undefined, undefined, { sockets: planned }),
          ),
        ),
      admittedChannels: (ids) => this.#call(() => hub().admittedChannels(ids)),
    });
  }

  /**
   * Opens a socket of this user to a room. A second call opens a second socket; the caller ends the first one before.
   *
   * @throws what the room throws; `unavailable` if it does not answer; `unauthenticated` if the session has ended; `not_found`, without
   *   a call to the room, for a channel that the user may not know of
   */
  async open(channelId: string, position: LogPosition): Promise<OpenRoom> {
    const { isAdmitted, role, attachment } = await this.#planner.plan(channelId);
    await this.#requireVisible({ ...this.#options.actor, role }, channelId, isAdmitted);
    const resumes = position.since !== undefined;
    const admitted = await this.#options.admission.acquire({ resumes, waitMs: openTimeoutMs });
    if (!admitted)
      return reject("unavailable", "Too many events are on their way to you; confirm what you received", {
        retryAfterMs: 1_000,
      });
    const { answered, caughtUp } = admitted;
    try {
      return { ws: await this.#connect(channelId, position, attachment), caughtUp };
    } catch (error) {
      caughtUp();
      throw error;
    } finally {
      answered();
    }
  }

  /**
   * Executes a command as REST does: the hub authenticates the session, the room executes the command.
   *
   * @returns what the `ack` contains
   * @throws `not_found`, `unauthenticated`, and `unavailable` if the room does not answer: it may then have executed the command, so
   *   that only a command with a nonce is safe to repeat
   */
  async execute(
    channelId: string,
    command: Command,
  ): Promise<RpcResult<{ json: string; deduplicated: boolean }>> {
    const { env } = this.#options;
    const current = await this.checkSession(channelId);
    const nonce = "nonce" in command.data && command.data.nonce !== undefined;
    // A retry may execute the command twice, unless a nonce makes it idempotent.
    const outcome = await this.#call(() => roomOf(env, channelId).execute(current, command), nonce ? 3 : 1);
    if (!outcome.ok) return outcome;
    const { result, repeated } = outcome.value;
    return { ok: true, value: { json: JSON.stringify(result), deduplicated: nonce && repeated } };
  }

  /**
   * Checks, as a request of REST does, that the session is live and the channel visible.
   *
   * @returns the actor with their current role
   * @throws `not_found`, `unauthenticated`
   */
  async checkSession(channelId: string): Promise<Actor> {
    const { env, actor, budget } = this.#options;
    // The socket was closed because the budget is spent: further calls would exceed the platform's limit.
    if (budget.isSpent) this.#rejectIfEnded();
    const { isAdmitted = false, ...current } = unwrap(
      await this.#call(() => hubOf(env, actor.userId).checkSession(actor.sessionId, channelId)),
    );
    await this.#requireVisible(current, channelId, isAdmitted);
    return actor.grant ? { ...current, grant: actor.grant } : current;
  }

  /** Rejects every later `open`, and closes sockets that are still opening once their rooms have accepted them. `execute` still works. */
  end(): void {
    this.#hasEnded = true;
    this.#options.admission.end();
  }

  async #connect(
    channelId: string,
    { since, epoch }: LogPosition,
    attachment: Attachment | undefined,
  ): Promise<WebSocket> {
    const { env, actor, requestId, compact } = this.#options;
    const request = upgradeRequest({ requestId, since, epoch, actor, via: "gateway", attachment, compact });
    const answer = this.#call(() => {
      this.#rejectIfEnded();
      return roomOf(env, channelId).fetch(request);
    });
    if (!(await settledWithin(answer, openTimeoutMs))) {
      void answer.then(closeUnused, () => {});
      reject("unavailable", "The channel does not answer; try again", { retryAfterMs: 1_000 });
    }
    const response = await answer;
    requireLimited(response, actor);
    if (!this.#hasEnded && response.webSocket) return response.webSocket;
    closeUnused(response);
    this.#rejectIfEnded();
    return throwProblem(response);
  }

  async #requireVisible(actor: Actor, channelId: string, isAdmitted: boolean): Promise<void> {
    const { env, budget } = this.#options;
    if (!isAdmitted) budget.spendSubrequest();
    await requireVisibleChannel(env, actor, { channelId, isAdmitted });
  }

  #call<Call>(call: () => Call, tries = 3): Promise<Awaited<Call>> {
    return callObject(
      () => {
        this.#options.budget.spendSubrequest();
        return call();
      },
      { tries },
    );
  }

  #rejectIfEnded(): void {
    if (this.#hasEnded) reject("unavailable", "The socket is closed");
  }
}

/** Closes a room's socket that the client no longer waits for. */
function closeUnused({ webSocket }: Response): void {
  if (!webSocket) return;
  webSocket.accept();
  closeSocket(webSocket, closeCodes.done.code);
}

const RoomProblem = Problem.pick({ code: true, detail: true, issues: true, retryAfterMs: true });

async function throwProblem(response: Response): Promise<never> {
  const problem = RoomProblem.safeParse(await response.json().catch(() => null));
  if (!problem.success) throw new Error(`A room answered ${response.status}`);
  throw new AppError(problem.data);
}
