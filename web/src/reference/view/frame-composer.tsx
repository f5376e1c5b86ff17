import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useId } from "../../lib/use-id.ts";
import { jsonProblem } from "../request/prepare-request.ts";

/** An example of a frame. */
export interface FrameTemplate {
  title: string;
  text: string;
}

interface FrameComposerProps {
  templates: readonly FrameTemplate[];
  isOpen: boolean;
  onSend: (text: string) => void;
}

const initialFrame = '{ "id": 1, "type": "ping" }';

/** The field for a frame, which must be JSON. */
export function FrameComposer({ templates, isOpen, onSend }: FrameComposerProps): VNode {
  const id = useId();
  const [text, setText] = useState(initialFrame);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const submit = (event: Event): void => {
    event.preventDefault();
    const found = jsonProblem(text);
    setProblem(found);
    if (found === undefined && isOpen) onSend(JSON.stringify(JSON.parse(text)));
  };
  return (
    <form class="try" onSubmit={submit} noValidate>
      <div class="field">
        <label for={`${id}-template`}>Begin with an example</label>
        <select
          id={`${id}-template`}
          onChange={({ currentTarget }) => {
            const template = templates[currentTarget.selectedIndex - 1];
            if (template) setText(template.text);
          }}
        >
          <option value="">Select a type</option>
          {templates.map(({ title }) => (
            <option key={title} value={title}>
              {title}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for={id}>Frame to send, as JSON</label>
        <textarea
          id={id}
          rows={Math.min(16, text.split("\n").length + 1)}
          spellcheck={false}
          autocomplete="off"
          value={text}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        {problem !== undefined && (
          <p id={`${id}-problem`} class="problem">
            {problem}
          </p>
        )}
      </div>
      <div class="actions">
        <button type="submit" disabled={!isOpen}>
          Send the frame
        </button>
      </div>
    </form>
  );
}
