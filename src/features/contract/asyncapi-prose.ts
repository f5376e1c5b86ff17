import { closeCodes, limits, subprotocol } from "../../protocol/index.ts";

const kib = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;

/** What schemas can't say of the sockets. */
export const socketDescription = `
Offer the subprotocol \`${subprotocol}\` and authenticate with \`Authorization: Bearer <access token>\`. A handshake that is
refused answers a problem, as REST does.

A client sends one JSON object a frame, of at most ${kib(limits.frameBytes)}. Its \`id\` is the client's own and comes back in the \`ack\` or
\`error\`. The server sends a JSON array of envelopes a frame, in order, of at most ${kib(limits.serverFrameBytes)} unless one envelope alone is larger.
Each message below that the server sends is a frame that bears at least one envelope of that type; others may be around it.
Ignore types and fields that you do not know.

## Promises

- An \`ack\` means committed. The sender gets the event as well as its \`ack\`.
- The events of a channel come in the order of \`seq\`, each once, none left out but by a \`gap\` or \`reset\` that says so.
- Connecting to a channel's socket subscribes. With \`since\` and \`epoch\` come the missed events (up to ${limits.replayEvents}; more is a
  \`gap\`), then \`subscribed\`, then live ones.
- Events carry results, not deltas: ignore one whose \`seq\` is not above the \`rev\` that you hold.
- \`ping\` gets \`pong\`. Send something at least every \`heartbeatMs\` of \`hello\`.
- Confirm what you receive with \`seen\` every ${kib(limits.confirmEveryBytes)}: from ${kib(limits.unconfirmedShedBytes)} unconfirmed you miss what is ephemeral, at
  ${kib(limits.unconfirmedCloseBytes)} the socket closes.
- A frame over ${kib(limits.frameBytes)} gets \`payload_too_large\`; one over ${kib(limits.frameFatalBytes)} closes the socket.

## Close codes

| Code | Meaning | Reconnect by yourself |
|---|---|---|
${Object.values(closeCodes)
  .map(
    ({ code, meaning, reconnect }) => `| ${code} | ${meaning} | ${reconnect ? "yes, with jitter" : "no"} |`,
  )
  .join("\n")}
`.trim();
