import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Load } from "../../ui/states.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { Section } from "../section.tsx";
import { readPush, type PushControl } from "./push.ts";

/** Switches notifications of this device on and off. */
export function PushSection() {
  const { client } = useWorkspace();
  const push = useLoad(() => readPush(client), []);
  return (
    <Section
      title="Notifications on this device"
      description="The device shows new mentions and direct messages, also while Parley is closed. They end when you log out."
    >
      <Load from={push}>{(control) => <PushSwitch control={control} onChange={push.reload} />}</Load>
    </Section>
  );
}

function PushSwitch({ control, onChange }: { control: PushControl; onChange: () => void }) {
  const { state, enable, disable } = control;
  if (state === "unsupported")
    return (
      <p>
        This browser or this server does not support them. On an iPhone, add Parley to the home screen first.
      </p>
    );
  if (state === "denied")
    return (
      <p>
        You have blocked notifications of this site. Permit them in the settings of the browser, then reload
        the page.
      </p>
    );
  const change = async (action: () => Promise<void>): Promise<void> => {
    await action();
    onChange();
  };
  return (
    <div class="row wrap">
      <span class="grow" role="status">
        {state === "on" ? "They are on." : "They are off."}
      </span>
      {state === "on" ? (
        <ActionButton onAction={() => change(disable)}>Turn off</ActionButton>
      ) : (
        <ActionButton class="primary" onAction={() => change(enable)}>
          Turn on
        </ActionButton>
      )}
    </div>
  );
}
