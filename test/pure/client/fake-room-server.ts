import type { WebSocket } from "ws";
import type { ErrorCode } from "../../../src/protocol/index.ts";
import { problem } from "../../../src/protocol/index.ts";
import { FakeHttp, type Frame } from "./fake-http.ts";
import { FakeLog, type Row } from "./fake-log.ts";

export const channelId = "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/** Fakes one room of the contract, with deliberate faults. */
export class FakeRoomServer extends FakeHttp {
  #log = new FakeLog(channelId);
  nextError: ErrorCode | null = null;

  get position() {
    return this.#log.position;
  }

  append(content: string): Row {
    const row = this.#log.append(content);
    this.broadcast(row);
    return row;
  }

  /** Starts a new epoch with an empty log. */
  resetLog(epoch: string): void {
    this.#log = new FakeLog(channelId);
    this.#log.epoch = epoch;
  }

  broadcast(...envelopes: object[]): void {
    for (const socket of this.sockets) this.send(socket, ...envelopes);
  }

  protected onOpen(socket: WebSocket, { searchParams }: URL): void {
    const since = searchParams.get("since");
    const log = this.#log;
    this.send(
      socket,
      this.hello(log.position),
      ...log.envelopesSince(
        since === null ? null : Number(since),
        searchParams.get("epoch"),
        this.replayEvents,
      ),
      log.subscribed(),
    );
  }

  protected onFrame(socket: WebSocket, { id, type, data }: Frame): void {
    if (type !== "messageCreate") return;
    if (this.nextError) {
      const error = problem({ code: this.nextError, detail: "No" });
      this.nextError = null;
      return this.send(socket, { type: "error", id, error });
    }
    const { ack, made } = this.#log.commit(data as { content: string; nonce: string });
    if (made) this.broadcast(made);
    if (!this.sendsNoAcks) this.send(socket, { type: "ack", id, data: ack });
  }

  protected responseTo(url: URL): object {
    return this.#log.page(url);
  }
}
