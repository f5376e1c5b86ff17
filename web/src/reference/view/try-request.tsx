import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { OperationEntry } from "../contract/entries.ts";
import { parametersOf } from "../contract/entries.ts";
import { isDestructive } from "../request/is-destructive.ts";
import { parameterKey } from "../request/operation-input.ts";
import { requiredCredential } from "../request/required-credential.ts";
import { type Answer, sendRequest } from "../request/send-request.ts";
import { AnswerView } from "./answer-view.tsx";
import { BodyField } from "./body-field.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import type { OperationForm } from "./operation-form.ts";
import { ParameterField } from "./parameter-field.tsx";
import { useReference } from "./reference-context.ts";

type State =
  | { kind: "idle" }
  | { kind: "confirming" }
  | { kind: "sending" }
  | { kind: "failed"; text: string }
  | { kind: "answered"; answer: Answer; wasWithoutToken: boolean };

/** The form that sends an operation to this server, with its response. */
export function TryRequest({ entry, form }: { entry: OperationEntry; form: OperationForm }): VNode {
  const { credentials } = useReference();
  const [state, setState] = useState<State>({ kind: "idle" });
  const [hasTried, setTried] = useState(false);
  const sending = useRef<AbortController | null>(null);
  useEffect(() => () => sending.current?.abort(), []);
  const credential = requiredCredential(entry.operation);
  const { request, problems, file, input } = form;
  const problemOf = (key: string): string | undefined => (hasTried ? problems.get(key) : undefined);

  const send = async (): Promise<void> => {
    const abort = new AbortController();
    sending.current = abort;
    setState({ kind: "sending" });
    try {
      const accessToken = credential === "none" ? null : await credentials.getAccessToken();
      const answer = await sendRequest({ request, accessToken, file, signal: abort.signal });
      if (answer.status === 401 && accessToken !== null) credentials.discardAccessToken();
      const wasWithoutToken = credential !== "none" && accessToken === null;
      setState({ kind: "answered", answer, wasWithoutToken });
    } catch (error) {
      if (abort.signal.aborted) setState({ kind: "idle" });
      else setState({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (state.kind === "sending") return;
    setTried(true);
    if (problems.size > 0) return setState({ kind: "failed", text: "Correct the marked fields." });
    if (isDestructive(entry)) setState({ kind: "confirming" });
    else void send();
  };
  return (
    <form class="try" onSubmit={submit} noValidate>
      {parametersOf(entry.operation).map((parameter) => {
        const key = parameterKey(parameter);
        return (
          <ParameterField
            key={key}
            parameter={parameter}
            value={input.values.get(key) ?? ""}
            problem={problemOf(key)}
            onChange={(value) => form.setValue(key, parameter.name, value)}
          />
        );
      })}
      <BodyField entry={entry} form={form} problem={problemOf("body")} />
      {credential !== "none" && (
        <p class="muted">
          Sent with the {credential} of the field “Token”, or with the session of this browser.
        </p>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={state.kind === "sending"}>
          Send {entry.method}
        </button>
        {state.kind === "sending" && (
          <button type="button" onClick={() => sending.current?.abort()}>
            Cancel
          </button>
        )}
      </div>
      <div role="status" class="result">
        {state.kind === "sending" && <p>Sending…</p>}
        {state.kind === "failed" && <p class="problem">{state.text}</p>}
        {state.kind === "answered" && state.wasWithoutToken && (
          <p class="problem">
            There is no token: paste one above, or log in to the application in this browser.
          </p>
        )}
      </div>
      {state.kind === "answered" && <AnswerView answer={state.answer} />}
      {state.kind === "confirming" && (
        <ConfirmDialog
          title={`Send ${entry.method} to this server?`}
          text={`${entry.summary}. The request ${entry.method} ${decodeURI(request.path)} takes effect on this server and may not be reversible.`}
          confirmLabel={`Send ${entry.method}`}
          onConfirm={() => void send()}
          onCancel={() => setState({ kind: "idle" })}
        />
      )}
    </form>
  );
}
