import { closeCodes, limits, signalTypes, subprotocol } from "../../protocol/index.ts";

const kib = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;

const seconds = (ms: number): string => `${ms / 1_000} s`;

/** What schemas can't say of the sockets. */
export const socketDescription = `
Offer the subprotocol \`${subprotocol}\` and authenticate with \`Authorization: Bearer <access token>\`. A browser, which can't send that
header, gets a ticket (\`POST /v1/realtime/ticket\`) and offers \`ticket.<ticket>\` as a second subprotocol; the ticket opens one socket, within
${limits.ticketSeconds} s. Pages connect only from the origins on the server's list. A handshake that is refused answers a problem, as REST does.

There are two sockets. \`/v1/realtime\` is the one that most clients want: it bears as many channels as you subscribe to, and your own
events. \`/v1/channels/{channelId}/realtime\` is connected to one channel, subscribed by connecting; frames on it need no \`channelId\`.

A client sends one JSON object a frame, of at most ${kib(limits.frameBytes)}. Its \`id\` is the client's own and comes back in the \`ack\` or
\`error\`. The server sends a JSON array of envelopes a frame, in order, of at most ${kib(limits.serverFrameBytes)} unless one envelope alone is larger.
Each message below that the server sends is a frame that bears at least one envelope of that type; others may be around it.
Ignore types and fields that you do not know.

## Promises

- An \`ack\` means committed. The sender gets the event as well as its \`ack\`.
- The events of a channel come in the order of \`seq\`, each once, none left out but by a \`gap\` or \`reset\` that says so.
- Subscribing, or connecting to a channel's socket, with \`since\` and \`epoch\` gives the missed events (up to ${limits.replayEvents}; more is a
  \`gap\`), then \`subscribed\`, then live ones.
- Events carry results, not deltas: ignore one whose \`seq\` is not above the \`rev\` that you hold.
- Commands of one socket to one channel are carried out in the order sent.
- \`ping\` gets \`pong\`. Send something at least every \`heartbeatMs\` of \`hello\`: who is silent for long is closed with ${closeCodes.slow.code}.
- Confirm what you receive with \`seen\` every ${kib(limits.confirmEveryBytes)}, bare \`pong\`s aside: from ${kib(limits.unconfirmedShedBytes)} unconfirmed you miss typing and presence,
  past ${kib(limits.unconfirmedCloseBytes)} the socket closes.
- A frame over ${kib(limits.frameBytes)} gets \`payload_too_large\`; one over ${kib(limits.frameFatalBytes)} closes the socket.
- \`hello\` says how many frames a second you may send, \`seen\` and the bare text \`ping\` aside. One too many gets \`rate_limited\` with \`retryAfterMs\`, and
  does nothing; who goes on is closed with ${closeCodes.tooMany.code}, and who goes on sending what can't be read with ${closeCodes.protocol.code}.

## On the one socket

- \`subscribe\` is answered by \`subscribed\`, or by an \`error\` that bears the \`channelId\`. Sent again, it begins anew from its \`since\`.
  \`hello\` says to how many channels at a time.
- \`unsubscribe\` is answered by \`unsubscribed\`, after the answers to what was sent before; nothing of the channel comes after it.
- \`unsubscribed\` comes unasked too: \`removed\`, with the last \`seq\` that is yours; or \`restart\`: the room went away, so subscribe again after
  \`retryAfterMs\`. What you sent there and was not answered by then may be done or not: repeat it with the same \`nonce\`.
- Commands go to any channel, subscribed to or not. \`typing\` wants a subscription. \`statusUpdate\` bears no \`channelId\`.
- Your own events (without \`channelId\` beside \`type\`) come unasked. \`since\` and \`epoch\` in the URL resume them; \`reset\` without
  \`channelId\` means: fetch notifications, unreads, channels and your profile again.

## Signals

Who is there and who types is told by signals (\`${signalTypes.join("`, `")}\`): without \`seq\`, never replayed. \`subscribed\` says who is there at
that moment. More than ${limits.onlineListed} are told as a number. Who returns within ${seconds(limits.absenceMs)} was never away. Send \`typing\` while somebody types; it is told at most every
${seconds(limits.typingEveryMs)}, and over when ${seconds(limits.typingEndsMs)} pass without another.

## Close codes

| Code | Meaning | Reconnect by yourself |
|---|---|---|
${Object.values(closeCodes)
  .map(
    ({ code, meaning, reconnect }) => `| ${code} | ${meaning} | ${reconnect ? "yes, with jitter" : "no"} |`,
  )
  .join("\n")}
`.trim();
