import { disablePush, enablePush, pushState, type PushState } from "../../pwa/push.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Load } from "../../ui/states.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { Section } from "../section.tsx";

/** Switches notifications of this device on and off. */
export function PushSection() {
  const push = useLoad(pushState, []);
  return (
    <Section
      title="Notifications on this device"
      description="The device shows new mentions and direct messages, also while Parley is closed. They end when you log out."
    >
      <Load from={push}>{(state) => <PushSwitch state={state} onChange={push.reload} />}</Load>
    </Section>
  );
}

/** Why there is no switch. */
const reasons: Partial<Record<PushState, string>> = {
  unsupported: "This browser does not support them.",
  needsInstall: "On an iPhone or iPad, add Parley to the home screen first, and open it there.",
  unavailable: "This server does not send them.",
  blocked:
    "You have blocked notifications of this site. Permit them in the settings of the browser, then reload the page.",
};

function PushSwitch({ state, onChange }: { state: PushState; onChange: () => void }) {
  const reason = reasons[state];
  if (reason) return <p>{reason}</p>;
  const change = async (action: () => Promise<unknown>): Promise<void> => {
    await action();
    onChange();
  };
  return (
    <div class="row wrap">
      <span class="grow" role="status">
        {state === "on" ? "They are on." : "They are off."}
      </span>
      {state === "on" ? (
        <ActionButton onAction={() => change(disablePush)}>Turn off</ActionButton>
      ) : (
        <ActionButton class="primary" onAction={() => change(enablePush)}>
          Turn on
        </ActionButton>
      )}
    </div>
  );
}
