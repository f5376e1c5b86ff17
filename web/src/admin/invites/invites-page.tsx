import {
  getInvites,
  getRegistration,
  type Invite,
  type RegistrationMode,
  revokeInvite,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { useDialog } from "../forms/use-dialog.tsx";
import { ChannelName, Tag, type Tone, UserCell } from "../lists/cells.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, replaceById, usePages } from "../../ui/use-pages.ts";
import { CreateInvite } from "./create-invite.tsx";
import { InviteLink } from "./invite-link.tsx";

const tones: Record<Invite["state"], Tone> = {
  active: "good",
  used: "neutral",
  expired: "neutral",
  revoked: "bad",
};

/** The invites of the workspace. */
export function InvitesPage() {
  const { client } = useWorkspace();
  const registration = useLoad((signal) => client.call(getRegistration, { signal }), []);
  const invites = usePages(
    (cursor, signal) => client.call(getInvites, { query: pageQuery(cursor), signal }),
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const mode = registration.value?.mode;
  const sendsMail = registration.value?.sendsMail ?? false;
  const create = (): void =>
    dialog.open((close) => (
      <CreateInvite
        sendsMail={sendsMail}
        onClose={close}
        onCreated={({ invite, url }) => {
          invites.update((items) => [invite, ...items]);
          dialog.open((closeLink) => (
            <InviteLink invite={invite} url={url} sendsMail={sendsMail} onClose={closeLink} />
          ));
        }}
      />
    ));
  const revoke = (invite: Invite): Promise<boolean> =>
    actions.run({
      key: invite.id,
      question: {
        title: "Revoke this invite?",
        text: "Nobody can register with it any more. Accounts that were created with it stay.",
        action: "Revoke",
      },
      work: async () => {
        await client.call(revokeInvite, { params: { inviteId: invite.id } });
        invites.update(replaceById<Invite>({ ...invite, state: "revoked" }));
      },
      done: "Invite revoked",
    });
  return (
    <>
      <PageHeader title="Invites" intro={mode && modeTexts[mode]}>
        <button type="button" class="button primary" disabled={mode === "closed"} onClick={create}>
          Create an invite
        </button>
      </PageHeader>
      <PagedTable
        label="Invites"
        from={invites}
        nameOf={whoMayUse}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={
          <EmptyState title="There are no invites yet">
            <p>Create one and send the link to the people who should join.</p>
          </EmptyState>
        }
        columns={[
          { title: "For", cell: (invite) => <span dir="auto">{whoMayUse(invite)}</span> },
          { title: "State", cell: ({ state }) => <Tag tone={tones[state]}>{state}</Tag> },
          { title: "Used", cell: ({ uses, maxUses }) => `${uses} of ${maxUses}` },
          { title: "Role", cell: ({ role }) => role },
          { title: "Channels", cell: ({ channelIds }) => <Channels channelIds={channelIds} /> },
          { title: "Expires", cell: ({ expiresAt }) => <Time at={expiresAt} format="full" /> },
          { title: "Created by", cell: ({ createdBy }) => <UserCell userId={createdBy} /> },
        ]}
        actions={(invite) =>
          invite.state === "active"
            ? [{ label: "Revoke", icon: "trash", isDanger: true, onSelect: () => void revoke(invite) }]
            : []
        }
      />
      {dialog.shown}
    </>
  );
}

/** How people get in, by the mode that the operator has set. */
const modeTexts: Record<RegistrationMode, string> = {
  open: "Anyone can register on this server, also without an invite. An invite adds a role and channels.",
  invite: "Only people with an invite can register.",
  domain: "People with an address of an accepted domain can register, and everyone else with an invite.",
  closed: "Registration is closed on this server, so no invite can be created or used.",
};

const whoMayUse = ({ email }: Invite): string => email ?? "Anyone with the link";

const Channels = ({ channelIds }: { channelIds: readonly string[] }) => (
  <span class="row wrap">
    {channelIds.map((id) => (
      <ChannelName key={id} channelId={id} />
    ))}
  </span>
);
