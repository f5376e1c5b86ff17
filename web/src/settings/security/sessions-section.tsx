import { endAllSessions, endSession, getSessions, type Session } from "../../../../src/client/index.ts";
import { logOut } from "../../session.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm } from "../../ui/dialog.tsx";
import { Load } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { Section } from "../section.tsx";
import { deviceName } from "./device-name.ts";

/** The devices on which the user is logged in. */
export function SessionsSection() {
  const { client } = useWorkspace();
  const sessions = useLoad(async (signal) => (await client.call(getSessions, { signal })).items, []);
  const endAll = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: "End all sessions?",
      text: "You are logged out on all devices, this one included.",
      action: "End all sessions",
      isDanger: true,
    });
    if (isConfirmed)
      await logOut({ request: () => client.call(endAllSessions), reason: "All your sessions were ended." });
  };
  return (
    <Section
      title="Sessions"
      description="The devices on which you are logged in. End those that you don’t know, and change your password then."
    >
      <Load from={sessions}>
        {(items) => (
          <ul class="settings-list">
            {items.map((session) => (
              <SessionRow
                key={session.id}
                session={session}
                onEnd={async () => {
                  await client.call(endSession, { params: { sessionId: session.id } });
                  sessions.set(items.filter(({ id }) => id !== session.id));
                  showToast("The session was ended");
                }}
              />
            ))}
          </ul>
        )}
      </Load>
      <div class="row">
        <ActionButton onAction={endAll}>End all sessions</ActionButton>
      </div>
    </Section>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => Promise<void> }) {
  const { device, addressPrefix, createdAt, lastUsedAt, current } = session;
  const name = deviceName(device);
  return (
    <li class="row wrap">
      <div class="grow">
        <strong dir="auto" title={device}>
          {name}
        </strong>{" "}
        {current && <span class="tag">this device</span>}
        <div class="muted small">
          {addressPrefix && `Network ${addressPrefix} · `}
          logged in <Time at={createdAt} format="full" /> · last used <Time at={lastUsedAt} format="full" />
        </div>
      </div>
      {!current && (
        <ActionButton label={`End the session: ${name}`} onAction={onEnd}>
          End
        </ActionButton>
      )}
    </li>
  );
}
