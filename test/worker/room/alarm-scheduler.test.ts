import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { AlarmScheduler, createAlarmTable } from "../../../src/durable/alarm-scheduler.ts";
import { newId } from "../../../src/lib/ids.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

type Key = "first" | "second" | `of:${string}`;

afterEach(() => vi.restoreAllMocks());

/** Runs `work` with a scheduler in an object without a channel. */
const withScheduler = (
  work: (scheduler: AlarmScheduler<Key>, storage: DurableObjectStorage) => Promise<void>,
): Promise<void> =>
  runInDurableObject(env.ROOMS.getByName(newId("chn")), async (_, { storage }) => {
    createAlarmTable(storage.sql);
    await work(new AlarmScheduler<Key>(storage), storage);
    await storage.deleteAll();
    await storage.deleteAlarm();
  });

const rowsOf = ({ sql }: DurableObjectStorage) =>
  sql.exec<{ key: string; at: number; attempts: number }>("SELECT * FROM due ORDER BY key").toArray();

test("[PJ4] due tasks run concurrently; the alarm is set to the earliest entry", () =>
  withScheduler(async (scheduler, storage) => {
    const nowMs = Date.now();
    scheduler.set("second", nowMs + 60_000);
    scheduler.set("first", nowMs + 30_000);
    expect(await storage.getAlarm()).toBe(nowMs + 30_000);
    scheduler.set("first", nowMs - 1);
    scheduler.set("of:one", nowMs - 2);
    const ran: string[] = [];
    const onAlarm = (_: number, key: Key): void => {
      ran.push(key);
      scheduler.clear(key);
    };
    await scheduler.run({ first: { onAlarm }, second: { onAlarm }, of: { onAlarm } });
    expect(ran).toEqual(["of:one", "first"]);
    expect(await storage.getAlarm()).toBe(nowMs + 60_000);
  }));

test("[PJ4] a task that throws is retried with backoff; the alarm never throws", () =>
  withScheduler(async (scheduler, storage) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    scheduler.set("first", Date.now() - 1);
    const second = vi.fn();
    const first = { onAlarm: () => Promise.reject(new Error("D1_ERROR")) };
    await scheduler.run({ first, second: { onAlarm: second }, of: { onAlarm: second } });
    const [row] = rowsOf(storage);
    expect(row).toMatchObject({ key: "first", attempts: 1 });
    expect(row!.at - Date.now()).toBeGreaterThan(400);
    expect(log.mock.calls.join()).toContain('"message":"alarm.task_failed","task":"first","attempt":1');
  }));

test("[PJ4] a task that takes long goes on while the alarm is set for its takeover", () =>
  withScheduler(async (scheduler, storage) => {
    scheduler.set("first", Date.now() - 1);
    scheduler.set("of:one", Date.now() - 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const removesItself = {
      onAlarm: (_: number, key: Key) => {
        scheduler.clear(key);
        return promise;
      },
    };
    const startedAt = Date.now();
    await scheduler.run({ first: { onAlarm: () => promise }, second: removesItself, of: removesItself });
    expect(Date.now() - startedAt).toBeLessThan(4_000 + loadAllowanceMs);
    expect(rowsOf(storage)).toMatchObject([{ key: "first", attempts: 0 }]);
    expect(rowsOf(storage)[0]!.at).toBeGreaterThan(Date.now() + 2_000);
    resolve();
  }));

test("[PJ4] a task that leaves its entry as it is does not fire the alarm at once", () =>
  withScheduler(async (scheduler, storage) => {
    scheduler.set("first", Date.now() - 1);
    const onAlarm = vi.fn();
    await scheduler.run({ first: { onAlarm }, second: { onAlarm }, of: { onAlarm } });
    expect(onAlarm).toHaveBeenCalledOnce();
    expect(await storage.getAlarm()).toBeGreaterThan(Date.now() + 2_000);
  }));

test("[LG10] an entry of a later release is kept", () =>
  withScheduler(async (scheduler, storage) => {
    storage.sql.exec("INSERT INTO due (key, at) VALUES ('unknown', 1), ('toString', 1)");
    scheduler.invalidate();
    const onAlarm = vi.fn();
    await scheduler.run({ first: { onAlarm }, second: { onAlarm }, of: { onAlarm } });
    expect(rowsOf(storage).map(({ key }) => key)).toEqual(["toString", "unknown"]);
    expect(await storage.getAlarm()).toBeGreaterThan(Date.now() + 60_000);
    expect(onAlarm).not.toHaveBeenCalled();
  }));
