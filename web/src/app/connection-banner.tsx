import { useEffect, useState } from "preact/hooks";
import { useWorkspace } from "../state/context.ts";

/** How long the connection may be interrupted before the banner appears, in ms: most interruptions are shorter. */
const graceMs = 1_500;

/** Shows that there is no connection, and when the next attempt begins. */
export function ConnectionBanner() {
  const { connection, retryAt, outbox } = useWorkspace();
  const isConnected = connection.value === "live" || connection.value === "behind";
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (isConnected) {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), graceMs);
    return () => clearTimeout(timer);
  }, [isConnected]);
  const [, setNow] = useState(0);
  useEffect(() => {
    if (!isShown) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isShown]);
  if (!isShown) return null;
  const waiting = outbox.messages.value.filter(({ state }) => state === "waiting").length;
  const seconds = retryAt.value === null ? 0 : Math.ceil((retryAt.value - Date.now()) / 1_000);
  return (
    <div class="banner" role="status">
      <span>
        <strong>{navigator.onLine ? "The server can't be reached." : "You are offline."}</strong>{" "}
        {seconds > 0 ? `Next attempt in ${seconds} s.` : "Connecting …"}{" "}
        {waiting > 0 && `${waiting} ${waiting === 1 ? "message waits" : "messages wait"} on this device.`}
      </span>
    </div>
  );
}
