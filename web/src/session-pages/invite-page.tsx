import { useState } from "preact/hooks";
import { ParleyError, previewInvite, type PreviewInviteResponse } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { navigate, paths } from "../router.ts";
import { logOut, session } from "../session.ts";
import type { Workspace } from "../state/workspace.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { Load, Spinner } from "../ui/states.tsx";
import { dateTime } from "../ui/time.tsx";
import { useLoad } from "../ui/use-load.ts";
import { MailSent } from "./mail-sent.tsx";
import { RegistrationForm } from "./registration-form.tsx";
import { LoginHint, SessionLayout } from "./session-layout.tsx";
import { useFragment } from "./use-fragment.ts";

/** Where the link of an invite leads: shows what it offers, and registers with it. */
export function InvitePage() {
  const token = useFragment().get("token") ?? "";
  const current = session.value;
  const [mailedTo, setMailedTo] = useState<string | null>(null);
  const invite = useLoad(
    (signal): Promise<PreviewInviteResponse | null> =>
      token === ""
        ? Promise.resolve(null)
        : client.call(previewInvite, { body: { token }, signal }).catch((error: unknown) => {
            if (error instanceof ParleyError && ["not_found", "validation_failed"].includes(error.code))
              return null;
            throw error;
          }),
    [token],
  );
  if (current.state === "starting") return <Spinner />;
  if (mailedTo !== null)
    return (
      <SessionLayout title="Check your mail">
        <MailSent email={mailedTo} />
      </SessionLayout>
    );
  if (invite.value === undefined || current.state === "open")
    return (
      <SessionLayout title="Invite">
        <Load from={invite}>
          {() => current.state === "open" && <LoggedIn workspace={current.workspace} token={token} />}
        </Load>
      </SessionLayout>
    );
  if (invite.value === null)
    return (
      <SessionLayout title="This invite can’t be used">
        <LoginHint>
          It has expired, was used, or was revoked. Ask the person who invited you for a new one.
        </LoginHint>
      </SessionLayout>
    );
  const { workspace, invitedBy, role, expiresAt, bindsEmail } = invite.value;
  return (
    <SessionLayout title={`Join ${workspace}`}>
      <p>
        <strong dir="auto">{invitedBy}</strong> invites you to <strong dir="auto">{workspace}</strong> as a{" "}
        {role}.{role === "guest" && " Guests see only the channels to which they are added."} The invite is
        valid until {dateTime(expiresAt)}.
      </p>
      <RegistrationForm
        inviteToken={token}
        {...(bindsEmail && { emailHint: "The address to which the invite was sent" })}
        onMailSent={setMailedTo}
      />
    </SessionLayout>
  );
}

/** An invite is for a new account, so a user who is logged in decides whether they want one. */
function LoggedIn({ workspace, token }: { workspace: Workspace; token: string }) {
  const useWithNewAccount = async (): Promise<void> => {
    await logOut();
    navigate(`${paths.session("invite")}#${new URLSearchParams({ token })}`, { replace: true });
  };
  return (
    <div class="stack">
      <p>
        You are logged in as <strong dir="auto">@{workspace.me.value.username}</strong>. An invite is for a
        person without an account.
      </p>
      <a class="button primary" href={paths.home}>
        Go to your conversations
      </a>
      <ActionButton onAction={useWithNewAccount}>Log out and register another account</ActionButton>
    </div>
  );
}
