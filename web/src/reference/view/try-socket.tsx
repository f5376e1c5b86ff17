import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Channel } from "../contract/document.ts";
import { type OperationEntry, parametersOf } from "../contract/entries.ts";
import { parameterKey } from "../request/operation-input.ts";
import { prepareRequest } from "../request/prepare-request.ts";
import { frameExample } from "../schema/frame-example.ts";
import { FrameComposer, type FrameTemplate } from "./frame-composer.tsx";
import { FrameList } from "./frame-list.tsx";
import { ParameterField } from "./parameter-field.tsx";
import { useReference } from "./reference-context.ts";
import { useSocket } from "./use-socket.ts";

/** Connects to a socket of this server, shows its frames, and sends frames. */
export function TrySocket({ entry, channel }: { entry: OperationEntry; channel: Channel }): VNode {
  const { enteredValues } = useReference();
  // The page writes the subprotocols itself.
  const parameters = parametersOf(entry.operation).filter((parameter) => parameter.in !== "header");
  const [values, setValues] = useState<ReadonlyMap<string, string>>(
    () =>
      new Map(
        parameters.flatMap((parameter): [string, string][] => {
          const value = parameter.in === "path" ? enteredValues.get(parameter.name) : undefined;
          return value === undefined ? [] : [[parameterKey(parameter), value]];
        }),
      ),
  );
  const [hasTried, setTried] = useState(false);
  const { state, frames, connect, disconnect, send, clear } = useSocket(channel["x-close-codes"]);
  const templates = useTemplates(entry.id);
  const operation = { ...entry.operation, parameters };
  const { request, problems } = prepareRequest(
    { ...entry, operation },
    { values, contentType: null, body: "" },
  );
  const isConnected = state.kind === "open" || state.kind === "connecting";
  const submit = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (problems.size === 0 && !isConnected) void connect(request.path);
  };
  return (
    <>
      <form class="try" onSubmit={submit} noValidate>
        {parameters.map((parameter) => {
          const key = parameterKey(parameter);
          return (
            <ParameterField
              key={key}
              parameter={parameter}
              value={values.get(key) ?? ""}
              problem={hasTried ? problems.get(key) : undefined}
              onChange={(value) => setValues((entered) => new Map([...entered, [key, value]]))}
            />
          );
        })}
        <p class="muted">
          The page creates a ticket with your token and opens the socket with it. It sends the heartbeats and
          confirmations of received bytes itself; the bare texts <code>ping</code> and <code>pong</code> are
          not listed.
        </p>
        <div class="actions">
          <button type="submit" class="primary" disabled={isConnected}>
            Connect
          </button>
          <button type="button" disabled={!isConnected} onClick={disconnect}>
            Disconnect
          </button>
          <button type="button" disabled={frames.length === 0} onClick={clear}>
            Clear the list
          </button>
        </div>
      </form>
      <p role="status" class={state.isProblem ? "problem" : ""}>
        {state.text}
      </p>
      <FrameComposer templates={templates} isOpen={state.kind === "open"} onSend={send} />
      <FrameList frames={frames} />
    </>
  );
}

/** Returns an example of each frame that clients send on a socket. */
function useTemplates(channelName: string): readonly FrameTemplate[] {
  const { contract, entries, known } = useReference();
  return useMemo(() => {
    const components = contract.asyncApi?.components.schemas ?? {};
    return [...entries.values()].flatMap((entry): FrameTemplate[] => {
      if (entry.kind !== "message" || entry.channelName !== channelName || entry.direction !== "client")
        return [];
      return [{ title: entry.title, text: frameExample(entry, components, known, { isMinimal: true }) }];
    });
  }, [contract, entries, known, channelName]);
}
