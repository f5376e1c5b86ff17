export { rejectInvite, requireInvite } from "./check-invite.ts";
export { type InviteRow, inviterRoles, inviteState, mayInvite } from "./invite.ts";
export { findInvitedRole, isInviteSpent, readInvitation, spendInvite } from "./queries.ts";
export { inviteRoutes } from "./routes.ts";
