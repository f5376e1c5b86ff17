import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { type Config, configOf } from "../../../../src/config.ts";

/** Overrides configuration values of the Worker, and so of gateways, until the test ends. Objects have their own configuration. */
export function setWorkerConfig(vars: Partial<Config>): void {
  const config = configOf(env);
  const before = { ...config };
  Object.assign(config, vars);
  onTestFinished(() => void Object.assign(config, before));
}
