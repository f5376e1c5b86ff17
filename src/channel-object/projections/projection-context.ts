import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { RoomAlarmKey } from "../alarm-tasks.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** What every projection of a room reads and uses. */
export interface ProjectionContext {
  env: Env;
  storage: DurableObjectStorage;
  room: StoredRoomState;
  alarms: AlarmScheduler<RoomAlarmKey>;
}
