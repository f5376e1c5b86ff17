import type { VNode } from "preact";
import { type Frame, maxFrameLength, maxFrames } from "../socket/frame-log.ts";

/** The frames of a socket, the newest first. */
export function FrameList({ frames }: { frames: readonly Frame[] }): VNode | null {
  if (frames.length === 0) return null;
  return (
    <div class="scroll frames" role="group" aria-label="Frames, newest first" tabIndex={0}>
      <ol reversed>
        {frames.toReversed().map((frame) => (
          <li key={frame.number} value={frame.number}>
            <p class="muted">
              {frame.direction === "sent" ? "↑ sent" : "↓ received"} at {frame.at.toLocaleTimeString()}
            </p>
            <pre class="code">
              <code>{frame.text}</code>
            </pre>
            {frame.isTruncated && <p class="muted">Only the first {maxFrameLength} characters are shown.</p>}
          </li>
        ))}
      </ol>
      {frames.length === maxFrames && <p class="muted">Only the last {maxFrames} frames are kept.</p>}
    </div>
  );
}
