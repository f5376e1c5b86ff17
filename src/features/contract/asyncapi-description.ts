import { closeCodes, compactSubprotocol, limits, signalTypes, subprotocol } from "../../protocol/index.ts";

const kib = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;

const seconds = (ms: number): string => `${ms / 1_000} s`;

/** The socket protocol in prose: what schemas cannot express. */
export const socketDescription = `
Offer the subprotocol \`${subprotocol}\` and authenticate with \`Authorization: Bearer <access token>\`. Browsers cannot send that header: they
create a ticket (\`POST /v1/realtime/ticket\`) and offer \`ticket.<ticket>\` as a second subprotocol. A ticket opens one socket, within
${limits.ticketSeconds} s. Web pages can connect only from origins in the server's list. A rejected handshake returns a problem, as in REST.

There are two kinds of sockets. \`/v1/realtime\`, which most clients should use, supports subscriptions to many channels and sends your user
events. \`/v1/channels/{channelId}/realtime\` is for one channel, which connecting subscribes to; frames on it need no \`channelId\`.

A client frame is one JSON object of at most ${kib(limits.frameBytes)}. The client chooses its \`id\`, which the \`ack\` or \`error\` repeats. A server frame is a
JSON array of envelopes, in order, of at most ${kib(limits.serverFrameBytes)} unless a single envelope is larger. Each server message below is a frame
that contains at least one envelope of that type, possibly among others. Ignore unknown types and fields.

## Two forms of events

A client may offer \`${compactSubprotocol}\` in addition to \`${subprotocol}\`. If the response selects it, the events of a channel's log, live or replayed, may
arrive as \`events\` envelopes: consecutive events of one channel, without the fields that they have in common and without the fields of messages
that have default values. An event of a short message takes about a fifth of the bytes, less if events share a frame. The plain envelopes can be
restored exactly; all other envelopes are the same in both forms, and so are client frames. A server or a channel of an earlier release sends the
plain form, so a client must accept both. The client library does this.

## Guarantees

- An \`ack\` means that the command is committed. The sender receives the event in addition to the \`ack\`.
- The events of a channel arrive in order of \`seq\`, each exactly once. If events are omitted, a \`gap\` or \`reset\` says so.
- Subscribing (or connecting to a channel's socket) with \`since\` and \`epoch\` replays the missed events (up to ${limits.replayEvents}; if there are more, a
  \`gap\`), followed by \`subscribed\` and live events.
- Events carry results, not deltas: ignore an event if its \`seq\` is not greater than the \`rev\` that you have.
- Commands of one socket to one channel are executed in the order in which they were sent.
- \`ping\` is answered by \`pong\`. Send a frame at least every \`heartbeatMs\` (see \`hello\`): a silent socket is closed with ${closeCodes.slow.code}.
- Confirm received bytes with \`seen\` every ${kib(limits.confirmEveryBytes)}, not counting bare \`pong\`s. With ${kib(limits.unconfirmedShedBytes)} or more unconfirmed, typing and presence
  signals are dropped; with more than ${kib(limits.unconfirmedCloseBytes)}, the socket is closed.
- A frame over ${kib(limits.frameBytes)} is rejected with \`payload_too_large\`; a frame over ${kib(limits.frameFatalBytes)} closes the socket.
- \`hello\` states how many frames a second you may send, not counting \`seen\` and the bare text \`ping\`. A frame over the limit is not executed and
  gets \`rate_limited\` with \`retryAfterMs\`. A client that keeps exceeding the limit is closed with ${closeCodes.tooMany.code}; one that keeps sending malformed
  frames is closed with ${closeCodes.protocol.code}.

## On /v1/realtime

- \`subscribe\` is answered by \`subscribed\`, or by an \`error\` with the \`channelId\`. Sending it again restarts the subscription at its \`since\`.
  \`hello\` states the maximum number of concurrent subscriptions.
- \`unsubscribe\` is answered by \`unsubscribed\`, after the replies to earlier frames. Nothing of the channel is sent after it.
- The server also sends \`unsubscribed\` on its own: with the reason \`removed\` and the last \`seq\` that you may read, or with \`restart\` when the
  channel's object restarted: subscribe again after \`retryAfterMs\`. A command without a reply at that point may or may not have been executed:
  repeat it with the same \`nonce\`.
- Commands can be sent to any channel, subscribed or not. \`typing\` requires a subscription. \`statusUpdate\` has no \`channelId\`.
- User events (without \`channelId\` next to \`type\`) are sent without a subscription. \`since\` and \`epoch\` in the URL resume them. After a
  \`reset\` without \`channelId\`, fetch notifications, unreads, channels and your profile again.

## Signals

Presence and typing are sent as signals (\`${signalTypes.join("`, `")}\`), which have no \`seq\` and are never replayed. \`subscribed\` lists the
users who are online at that moment. More than ${limits.onlineListed} online users are reported as a number only. A user who reconnects within ${seconds(limits.absenceMs)} stays online.
Send \`typing\` while the user is typing. It is broadcast at most every ${seconds(limits.typingEveryMs)} and expires ${seconds(limits.typingEndsMs)} after the last broadcast.

## Close codes

| Code | Meaning | Reconnect automatically |
|---|---|---|
${Object.values(closeCodes)
  .map(
    ({ code, meaning, reconnect }) => `| ${code} | ${meaning} | ${reconnect ? "yes, with jitter" : "no"} |`,
  )
  .join("\n")}
`.trim();
