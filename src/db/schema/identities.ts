import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Users of login providers (OpenID Connect) and the accounts to which they are linked. Primary here. */
export const identities = sqliteTable(
  "identities",
  {
    /** The id of the provider in the configuration. */
    provider: text("provider").notNull(),
    /** The `sub` claim: the user's id at the provider. */
    subject: text("subject").notNull(),
    /** The `iss` claim. An identity of another issuer under the same provider id is not accepted. */
    issuer: text("issuer").notNull(),
    userId: text("user_id").notNull(),
    /** Milliseconds since 1970. */
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.subject] }),
    index("identities_by_user").on(table.userId),
  ],
);
