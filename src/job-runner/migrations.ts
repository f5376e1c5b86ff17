import { createAlarmTable } from "../durable/alarm-scheduler.ts";
import type { Migration } from "../durable/migrations.ts";
import { createAuditOutbox } from "./audit-outbox.ts";

/** A migration's number is its index: append only. */
export const runnerMigrations: readonly Migration[] = [createAlarmTable, createAuditOutbox];
