import type { VNode } from "preact";
import type { Answer } from "../request/send-request.ts";
import { maxShownBytes } from "../request/read-body.ts";
import { CodeBlock } from "./code-block.tsx";

/** A response to a request of the page: status, duration, headers and the beginning of the body. */
export function AnswerView({ answer }: { answer: Answer }): VNode {
  const { status, statusText, headers, durationMs, body } = answer;
  return (
    <section class="answer" aria-label="Response of the server">
      <p role="status">
        <strong class={status >= 400 ? "danger-text" : ""}>
          {status === 0 ? "Redirect" : `${status} ${statusText}`}
        </strong>{" "}
        <span class="muted">in {Math.round(durationMs)} ms</span>
      </p>
      {status === 0 && <p class="muted">Scripts cannot read the target of a redirect.</p>}
      {headers.length > 0 && (
        <dl class="headers">
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {body.kind === "none" && status !== 0 && <p class="muted">The response has no body.</p>}
      {body.kind === "binary" && <p class="muted">The body is {body.type}, which is not shown.</p>}
      {body.kind === "text" && <CodeBlock title="Response body" text={body.text} />}
      {body.kind === "text" && body.isTruncated && (
        <p class="muted">Only the first {maxShownBytes / 1_000} kB are shown.</p>
      )}
    </section>
  );
}
