import type { UserFacts } from "../../domain/actor.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { isoTime } from "../../lib/time.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { ChannelRole, Member, Mute, WorkspaceRole } from "../../protocol/index.ts";

/** Creates the table. The columns from `username` on are the account facts of the hub, `facts_rev` their revision. */
export const createMemberTable: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE members (
      user_id TEXT PRIMARY KEY,
      role TEXT NOT NULL,
      joined_at INTEGER NOT NULL,
      username TEXT NOT NULL,
      workspace_role TEXT NOT NULL,
      active INTEGER NOT NULL,
      facts_rev INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX members_owners ON members (role) WHERE role = 'owner';
  `);
};

/** Adds the index by username, for mentions. */
export const createMemberNames: Migration = (sql) => {
  sql.exec("CREATE INDEX members_by_name ON members (username)");
};

/** Adds the index of the members' list, which is in the order of joining. */
export const createMembersByJoining: Migration = (sql) => {
  sql.exec("CREATE INDEX members_by_joining ON members (joined_at, user_id)");
};

/** Adds the mutes. A mute outlasts the membership, so that leaving and joining again does not end it. `until`: `forever` if it has no end. */
export const createMutes: Migration = (sql) => {
  sql.exec("CREATE TABLE mutes (user_id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID");
};

/** The last moment of a `Date`, in ms since 1970. */
const forever = 8_640_000_000_000_000;

/** A user's membership and mute. For a user who is not a member `user_id` is null, and so are all other columns of `members`. */
type Row = {
  user_id: string | null;
  role: ChannelRole;
  joined_at: number;
  username: string;
  workspace_role: WorkspaceRole;
  active: number;
  facts_rev: number;
  muted_until: number | null;
};

type ListedRow = { userId: string; role: ChannelRole; joinedAt: number; mutedUntil: number | null };

/** A member as listed; `joinedAt` is in ms since 1970. */
export type MemberRow = Omit<ListedRow, "mutedUntil"> & { mute?: Mute };

const toMemberRow = ({ mutedUntil, ...member }: ListedRow): MemberRow => ({
  ...member,
  ...muteUntil(mutedUntil),
});

/** A cached lookup. `member` is null for a user who is not a member; `mutedUntil` is in ms since 1970, null for a user without a mute. */
interface Found {
  member: Omit<Member, "mute"> | null;
  active: boolean;
  workspaceRole: WorkspaceRole;
  mutedUntil: number | null;
}
const cachedMembers = 2_000;

const muteUntil = (mutedUntil: number | null): { mute?: Mute } =>
  mutedUntil !== null && mutedUntil > Date.now()
    ? { mute: { until: mutedUntil === forever ? null : isoTime(mutedUntil) } }
    : {};

/**
 * The table `members` in the room's SQLite, with the account facts that each member's hub last sent. Suspended members keep their row, but
 * have no permissions. Lookups by id are cached.
 */
export class MemberTable {
  readonly #sql: SqlStorage;
  readonly #cache = new LruMap<string, Found>(cachedMembers);

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Returns an active member; undefined for suspended members and non-members. */
  find(userId: string): Member | undefined {
    return this.#load(userId).active ? this.findIncludingSuspended(userId) : undefined;
  }

  /** Returns a member, suspended or not. */
  findIncludingSuspended(userId: string): Member | undefined {
    const { member, mutedUntil } = this.#load(userId);
    return member ? { ...member, ...muteUntil(mutedUntil) } : undefined;
  }

  /** Returns the mute of a user, member or not; undefined if there is none now. */
  mute(userId: string): Mute | undefined {
    return muteUntil(this.#load(userId).mutedUntil).mute;
  }

  /** Returns the workspace role of a member, suspended or not. */
  workspaceRole(userId: string): WorkspaceRole | undefined {
    const { member, workspaceRole } = this.#load(userId);
    return member ? workspaceRole : undefined;
  }

  #load(userId: string): Found {
    const cached = this.#cache.get(userId);
    if (cached !== undefined) return cached;
    const row = this.#sql
      .exec<Row>(
        `SELECT members.*, mutes.until AS muted_until FROM (SELECT ? AS id)
         LEFT JOIN members ON members.user_id = id LEFT JOIN mutes ON mutes.user_id = id`,
        userId,
      )
      .one();
    const isMember = row.user_id !== null;
    const found: Found = {
      member: isMember ? { userId, role: row.role, joinedAt: isoTime(row.joined_at) } : null,
      active: isMember && row.active === 1,
      workspaceRole: isMember ? row.workspace_role : "member",
      mutedUntil: row.muted_until,
    };
    this.#cache.set(userId, found);
    return found;
  }

  /** Returns the active member with this username, which is in lower case. */
  findByUsername(username: string): Member | undefined {
    const [row] = this.#sql
      .exec<{ id: string }>("SELECT user_id AS id FROM members WHERE username = ?", username)
      .toArray();
    return row && this.find(row.id);
  }

  /**
   * Returns up to `limit` members after a position, in the order of joining, including suspended ones.
   *
   * @param after the time of joining, in ms since 1970, and the id of the last member of the page before
   */
  list(after: readonly [joinedAt: number, userId: string] | undefined, limit: number): MemberRow[] {
    const [joinedAt, userId] = after ?? [-1, ""];
    return this.#sql
      .exec<ListedRow>(
        `SELECT user_id AS userId, role, joined_at AS joinedAt, until AS mutedUntil
         FROM members LEFT JOIN mutes USING (user_id)
         WHERE (joined_at, user_id) > (?, ?) ORDER BY joined_at, user_id LIMIT ?`,
        joinedAt,
        userId,
        limit,
      )
      .toArray()
      .map(toMemberRow);
  }

  /** The ids of active members, at most `limit`, in no particular order. */
  activeIds(limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>("SELECT user_id AS id FROM members WHERE active = 1 LIMIT ?", limit)
      .toArray()
      .map(({ id }) => id);
  }

  /** The ids of all members, including suspended ones. */
  allIds(): string[] {
    return this.#sql
      .exec<{ id: string }>("SELECT user_id AS id FROM members")
      .toArray()
      .map(({ id }) => id);
  }

  /** The number of active owners who are not guests, counted up to 2. */
  ownerCount(): number {
    return this.#sql
      .exec("SELECT 1 FROM members WHERE role = 'owner' AND active = 1 AND workspace_role <> 'guest' LIMIT 2")
      .toArray().length;
  }

  insert({ userId, role, joinedAt }: Member, facts: UserFacts): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO members (user_id, role, joined_at, username, workspace_role, active, facts_rev) VALUES (?, ?, ?, ?, ?, ?, ?)",
      userId,
      role,
      Date.parse(joinedAt),
      facts.username,
      facts.role,
      facts.active ? 1 : 0,
      facts.rev,
    );
    this.#cache.delete(userId);
  }

  setRole({ userId, role }: Member): void {
    this.#sql.exec("UPDATE members SET role = ? WHERE user_id = ?", role, userId);
    this.#cache.delete(userId);
  }

  setMute(userId: string, { until }: Mute): void {
    this.#sql.exec(
      "INSERT INTO mutes (user_id, until) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET until = excluded.until",
      userId,
      until === null ? forever : Date.parse(until),
    );
    this.#cache.delete(userId);
  }

  endMute(userId: string): void {
    this.#sql.exec("DELETE FROM mutes WHERE user_id = ?", userId);
    this.#cache.delete(userId);
  }

  delete({ userId }: Member): void {
    this.#sql.exec("DELETE FROM members WHERE user_id = ?", userId);
    this.#cache.delete(userId);
  }

  /** Stores the facts if they are newer than the stored ones. Returns whether the user is a member. */
  updateFacts({ userId, username, role, active, rev }: UserFacts): boolean {
    this.#sql.exec(
      "UPDATE members SET username = ?, workspace_role = ?, active = ?, facts_rev = ? WHERE user_id = ? AND facts_rev < ?",
      username,
      role,
      active ? 1 : 0,
      rev,
      userId,
      rev,
    );
    this.#cache.delete(userId);
    return this.#load(userId).member !== null;
  }

  clearCache(): void {
    this.#cache.clear();
  }
}
