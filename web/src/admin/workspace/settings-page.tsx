import {
  getRegistration,
  getWorkspace,
  type Registration,
  updateWorkspace,
  type Workspace as WorkspaceSettings,
} from "../../../../src/client/index.ts";
import { paths } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { confirm } from "../../ui/dialog.tsx";
import { Load } from "../../ui/states.tsx";
import { type Loaded, useLoad } from "../../ui/use-load.ts";
import { BusyButton } from "../forms/busy-button.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { usePolling } from "../lists/use-polling.ts";

const pollMs = 2_000;

/** The settings of the workspace, and those that the operator has set. */
export function SettingsPage() {
  const { client } = useWorkspace();
  const settings = useLoad((signal) => client.call(getWorkspace, { signal }), []);
  const registration = useLoad((signal) => client.call(getRegistration, { signal }), []);
  usePolling(settings, pollMs, settings.value?.sweep === "running");
  return (
    <>
      <PageHeader title="Settings" />
      <section class="stack">
        <h3>Second factor</h3>
        <Load from={settings}>{(value) => <SecondFactor value={value} settings={settings} />}</Load>
      </section>
      <section class="stack">
        <h3>Registration</h3>
        <Load from={registration}>{(value) => <RegistrationFacts value={value} />}</Load>
        <p class="muted small">
          The operator sets these with the vars of the deployment, as well as retention for the whole
          workspace, quotas, and who may invite people, create emoji or create user groups.
        </p>
      </section>
    </>
  );
}

function SecondFactor({
  value: { requireSecondFactor, sweep },
  settings,
}: {
  value: WorkspaceSettings;
  settings: Loaded<WorkspaceSettings>;
}) {
  const { client } = useWorkspace();
  const { isBusy, error, submit } = useSubmit([]);
  const change = async (): Promise<void> => {
    const isConfirmed = await confirm(requireSecondFactor ? turnOff : turnOn);
    if (!isConfirmed) return;
    const body = { requireSecondFactor: !requireSecondFactor };
    await submit(async () => settings.set(await client.call(updateWorkspace, { body })));
  };
  return (
    <div class="stack">
      <p>
        {requireSecondFactor
          ? "Everybody needs a second factor: an authenticator app or a passkey."
          : "A second factor is optional. Everybody can enable one in their own settings."}
      </p>
      {sweep === "running" && (
        <p class="notice" role="status">
          The change is being applied to the open sessions.
        </p>
      )}
      {error !== undefined && (
        <p class="notice error" role="alert">
          {error}. <a href={paths.settings("security")}>Open your security settings</a>
        </p>
      )}
      <div>
        <BusyButton isBusy={isBusy} onClick={() => void change()}>
          {requireSecondFactor ? "Make it optional" : "Require a second factor"}
        </BusyButton>
      </div>
    </div>
  );
}

const turnOn = {
  title: "Require a second factor?",
  text: "Sessions without one can do nothing until their user has enabled one or logged in with it. Bots and applications are not affected.",
  action: "Require it",
};

const turnOff = {
  title: "Make the second factor optional?",
  text: "Accounts are then protected by the password alone, unless their users keep the second factor.",
  action: "Make it optional",
  isDanger: true,
};

function RegistrationFacts({ value }: { value: Registration }) {
  const { mode, domains, confirmsEmail, sendsMail } = value;
  const modes: Record<typeof mode, string> = {
    open: "Anyone",
    invite: "People with an invite",
    domain: `Addresses of ${domains.join(", ")}, and people with an invite`,
    closed: "Nobody",
  };
  return (
    <dl class="facts">
      <dt>Who may register</dt>
      <dd>{modes[mode]}</dd>
      <dt>Addresses are confirmed before an account exists</dt>
      <dd>{confirmsEmail ? "yes" : "no"}</dd>
      <dt>The server sends mail</dt>
      <dd>{sendsMail ? "yes" : "no: forgotten passwords can’t be reset by mail"}</dd>
    </dl>
  );
}
