import type { VNode } from "preact";
import type { Channel } from "../contract/document.ts";
import type { OperationEntry } from "../contract/entries.ts";
import { TrySocket } from "./try-socket.tsx";
import { linkTo, realtimeGuideId } from "./use-hash.ts";

/** The sections of an operation that opens a socket: the close codes, and a socket to try. */
export function SocketSections({ entry, channel }: { entry: OperationEntry; channel: Channel }): VNode {
  const codes = Object.entries(channel["x-close-codes"] ?? {});
  return (
    <>
      <section>
        <h2>Try it</h2>
        <p>
          <a href={linkTo(realtimeGuideId)}>How sockets work</a>: frames, guarantees, resuming.
        </p>
        <TrySocket entry={entry} channel={channel} />
      </section>
      {codes.length > 0 && (
        <section>
          <h2>Close codes</h2>
          <div class="scroll" role="group" aria-label="Close codes" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Code</th>
                  <th scope="col">Meaning</th>
                  <th scope="col">Reconnect automatically</th>
                </tr>
              </thead>
              <tbody>
                {codes.map(([code, { description, reconnect }]) => (
                  <tr key={code}>
                    <td>
                      <code>{code}</code>
                    </td>
                    <td>{description}</td>
                    <td>{reconnect ? "yes, with jitter" : "no"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </>
  );
}
