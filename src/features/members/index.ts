export { decideJoin, decideLeave, decideUpdateMember } from "./decide.ts";
export { prepareJoin } from "./prepare.ts";
export { projectMembers } from "./project.ts";
export { memberRoutes } from "./routes.ts";
export { createMemberNames, createMembersByJoining, createMemberTable, MemberTable } from "./member-table.ts";
