export { decideJoin, decideLeave, decideMute, decideUnmute, decideUpdateMember } from "./decide.ts";
export { prepareJoin } from "./prepare.ts";
export { projectMembers } from "./project.ts";
export { memberRoutes } from "./routes.ts";
export {
  createMemberNames,
  createMembersByJoining,
  createMemberTable,
  createMutes,
  MemberTable,
} from "./member-table.ts";
