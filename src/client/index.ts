/** The client of Parley for browsers, Node and Workers: typed calls, and a realtime connection that resumes after each interruption. */
export { AllChannels, lastRead } from "./all-channels.ts";
export type { AllChannelsEvents, AllChannelsOptions } from "./all-channels.ts";
export { createClient, ParleyClient } from "./client.ts";
export type { ClientOptions, LoginOptions, SecondFactorAnswer } from "./client.ts";
export type { Answer, Call, CallInput, CallOptions, CheckAnswer } from "./call.ts";
export type { BackoffOptions } from "./backoff.ts";
export type { DirectRoomOptions } from "./direct-transport.ts";
export type { Endpoint } from "./endpoint.ts";
export type { Environment } from "./environment.ts";
export { ParleyError } from "./error.ts";
export type { LogPosition, Place } from "./event-feed.ts";
export { newNonce } from "./nonce.ts";
export { openPlatformSocket } from "./open-socket.ts";
export type { OpenSocket, SocketLike, SocketRequest } from "./open-socket.ts";
export { parsePermalink, permalinkOf } from "./permalink.ts";
export type { MessagePlace } from "./permalink.ts";
export { PresenceView } from "./presence-view.ts";
export { Realtime } from "./realtime.ts";
export type { RealtimeOptions } from "./realtime.ts";
export type { RealtimeEvents } from "./realtime-events.ts";
export type { AnyEndpoint } from "./request.ts";
export { Room } from "./room.ts";
export type { RoomOptions } from "./room.ts";
export type { AckData, CommandInput, RoomEvents, RoomState } from "./room-events.ts";
export type { AuthorizeSocket, SocketCredentials } from "./socket-context.ts";
export type {
  BrowserSession,
  OnTokens,
  OpenSession,
  SessionClient,
  SessionTokens,
} from "./session-tokens.ts";
export { browserTokenStore, memoryTokenStore } from "./token-store.ts";
export type { StoredTokens, TokenStore } from "./token-store.ts";
export { isCommandRun, isSlashCommand, requireMessage } from "./slash-command.ts";
export { TypingView } from "./typing-view.ts";
export { MessageView } from "./message-view.ts";
export * from "./contract/index.ts";
