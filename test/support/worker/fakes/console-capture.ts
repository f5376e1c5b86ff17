import { vi } from "vitest";

export interface LogLine {
  at: string;
  level: string;
  message: string;
  requestId?: string;
  method?: string;
  route?: string;
  status?: number;
  durationMs?: number;
  userId?: string;
  error?: string;
  stack?: string[];
}

/** Captures all console output of the Worker and its objects while `work` runs. `work` receives the lines captured so far. */
export async function captureLogs<T>(
  work: (written: readonly string[]) => Promise<T>,
): Promise<{ result: T; text: string; lines: LogLine[]; requests: LogLine[] }> {
  const written: string[] = [];
  const spies = (["log", "info", "warn", "error", "debug", "trace"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => {
      written.push(parts.map(String).join(" "));
    }),
  );
  try {
    const result = await work(written);
    const lines = written.map((line) => JSON.parse(line) as LogLine);
    return {
      result,
      text: written.join("\n"),
      lines,
      requests: lines.filter(({ message }) => message === "http.request"),
    };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
