/** The client of Parley for browsers, Node and Workers: typed calls, and rooms that never lose their place. */
export { createClient, ParleyClient } from "./client.ts";
export type { ClientOptions } from "./client.ts";
export type { Answer, Call, CallInput } from "./call.ts";
export type { BackoffOptions } from "./backoff.ts";
export { ParleyError } from "./error.ts";
export type { Place } from "./feed.ts";
export { openPlatformSocket } from "./open-socket.ts";
export type { OpenSocket, SocketLike, SocketRequest } from "./open-socket.ts";
export { newNonce } from "./pending.ts";
export type { AckData, CommandInput, RoomEvents, RoomState } from "./room-events.ts";
export { Room } from "./socket.ts";
export type { RoomOptions } from "./socket.ts";
export type { OnTokens } from "./tokens.ts";
export { MessageView } from "./view.ts";
export * from "../protocol/index.ts";
