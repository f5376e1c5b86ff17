import { paths } from "../../router.ts";
import { PageHeader } from "../lists/page-header.tsx";

interface Row {
  /** What may be done. */
  action: string;
  /** Whether each role may, in the order of the columns. */
  may: readonly boolean[];
}

const workspaceRoles = ["Guest", "Member", "Admin", "Owner"];
const workspaceRows: readonly Row[] = [
  { action: "Read and write in the channels that they are in", may: [true, true, true, true] },
  { action: "See all people and public channels, join public channels", may: [false, true, true, true] },
  { action: "Create channels, add people to their channels", may: [false, true, true, true] },
  { action: "Create custom emoji", may: [false, true, true, true] },
  { action: "Invite people, manage user groups", may: [false, false, true, true] },
  { action: "Change roles, suspend and erase accounts", may: [false, false, true, true] },
  {
    action: "Administer all public channels, and private ones that they are in",
    may: [false, false, true, true],
  },
  { action: "Manage bots, webhooks, slash commands and server keys", may: [false, false, true, true] },
  { action: "Read the audit log, set retention and legal holds", may: [false, false, true, true] },
  { action: "Transfer the ownership", may: [false, false, false, true] },
];

const channelRoles = ["Member", "Moderator", "Owner"];
const channelRows: readonly Row[] = [
  { action: "Read, write, react, pin", may: [true, true, true] },
  { action: "Write where only moderators may", may: [false, true, true] },
  { action: "Delete messages of others, mute and remove members", may: [false, true, true] },
  { action: "Change name, topic and who may write; manage incoming webhooks", may: [false, true, true] },
  { action: "Appoint moderators and owners; archive and purge the channel", may: [false, false, true] },
];

/** What each role may do. */
export const RolesPage = () => (
  <>
    <PageHeader
      title="Roles"
      intro={
        <>
          Everybody has one role in the workspace, and one in each of their channels. Change the former on the
          page <a href={paths.admin("people")}>People</a>, the latter in the member list of the channel.
        </>
      }
    />
    <RoleTable title="In the workspace" roles={workspaceRoles} rows={workspaceRows} />
    <RoleTable title="In a channel" roles={channelRoles} rows={channelRows} />
    <section class="stack">
      <h3>Good to know</h3>
      <ul>
        <li>A guest sees nothing outside their channels: other channels and people do not exist for them.</li>
        <li>In a channel a guest has the rights of a member, even if the list shows another role.</li>
        <li>Muted members can read and leave, and remove their own messages and reactions.</li>
        <li>Private channels and direct messages stay closed to admins who are not in them.</li>
      </ul>
    </section>
  </>
);

const RoleTable = ({
  title,
  roles,
  rows,
}: {
  title: string;
  roles: readonly string[];
  rows: readonly Row[];
}) => (
  <section class="stack">
    <h3>{title}</h3>
    <div class="scroll-x" tabIndex={0} role="region" aria-label={title}>
      <table class="table roles">
        <thead>
          <tr>
            <th scope="col">May</th>
            {roles.map((role) => (
              <th key={role} scope="col">
                {role}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ action, may }) => (
            <tr key={action}>
              <th scope="row">{action}</th>
              {may.map((isPermitted, at) => (
                <td key={roles[at]}>{isPermitted ? "yes" : <span class="muted">no</span>}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);
