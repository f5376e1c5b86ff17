import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { type Config, configOf } from "../../../../src/config.ts";

/** Other values of the Worker's vars, gateways' therefore, until the test is over. Objects have vars of their own. */
export function setWorkerConfig(vars: Partial<Config>): void {
  const config = configOf(env);
  const before = { ...config };
  Object.assign(config, vars);
  onTestFinished(() => void Object.assign(config, before));
}
