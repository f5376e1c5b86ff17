import type { ClientSocket } from "./client-socket.ts";

interface Budget {
  subrequests: number;
  frames: number;
}

/** A frame costs one unit, and one more for each full unit of its length: longer frames take more CPU time. */
const frameUnit = 4_096;

/**
 * The budget of one gateway. The platform limits the subrequests and the CPU time of a request, and a gateway is one request for as long
 * as its client is connected. Once the budget is spent, the client is closed with `restart` and reconnects to a new gateway.
 */
export class SubrequestBudget {
  readonly #left: Budget;
  readonly #client: ClientSocket;

  constructor(budget: Budget, client: ClientSocket) {
    this.#left = { ...budget };
    this.#client = client;
  }

  get isSpent(): boolean {
    return this.#left.subrequests < 0 || this.#left.frames < 0;
  }

  /** Spends subrequests, and closes the client once the budget is exceeded. */
  spendSubrequest(count = 1): void {
    if ((this.#left.subrequests -= count) < 0) this.#client.close("restart");
  }

  /** Spends what a frame of this length costs, and closes the client once the budget is exceeded. */
  spendFrame(length: number): void {
    if ((this.#left.frames -= 1 + Math.floor(length / frameUnit)) < 0) this.#client.close("restart");
  }
}
