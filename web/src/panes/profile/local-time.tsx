import { useEffect, useState } from "preact/hooks";
import { differenceText, zoneOffset } from "./zone-offset.ts";

const minuteMs = 60_000;

/** The time of day where a user is. */
export function LocalTime({ timeZone }: { timeZone: string }) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), minuteMs / 4);
    return () => clearInterval(timer);
  }, []);
  const offset = zoneOffset(timeZone, now);
  if (offset === null) return null;
  const text = new Intl.DateTimeFormat(navigator.language, {
    timeZone,
    weekday: "long",
    hour: "numeric",
    minute: "2-digit",
  }).format(now);
  const difference = differenceText(offset + now.getTimezoneOffset());
  return (
    <div>
      <dt>Local time</dt>
      <dd>
        {text}{" "}
        <span class="muted">{[timeZone.replaceAll("_", " "), difference].filter(Boolean).join(", ")}</span>
      </dd>
    </div>
  );
}
