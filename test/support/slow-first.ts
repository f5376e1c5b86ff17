import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longer than 15 s on two cores: see the list after a run of all tests. */
const slow = [
  "worker/model/snapshot-and-events",
  "worker/channels/permissions",
  "worker/channels/secrecy-transports",
  "worker/room/transports-commands",
  "worker/http/fields",
  "worker/realtime/gateway-slow-clients",
  "worker/realtime/room-slow-clients",
  "worker/quotas/writes",
  "worker/auth/password-limits",
  "worker/auth/guesses",
  "worker/registration/mail-flows",
  "worker/registration/invites",
  "worker/projection/database-restore",
  "worker/projection/crash",
  "worker/http/bodies",
  "worker/http/ids",
  "worker/channels/secrecy-steps",
  "worker/search/index-model",
  "worker/tokens/scopes",
  "worker/security/generated-input",
  "worker/security/single-use",
  "worker/security/access-matrix",
  "e2e/password-flood",
  "e2e/replay",
  "e2e/chaos",
  "e2e/revocation",
  "e2e/kill",
  "pure/search/recall",
  "pure/repository/add-command",
].map((name) => `/test/${name}.test.ts`);

/**
 * Starts slow files first, so that none runs alone at the end. Vitest knows the durations of the last run on this machine; a fresh
 * clone knows only the sizes of the files.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byProject = Map.groupBy(await super.sort(files), ({ project }) => project.name);
    return [...byProject.values()].flatMap((ordered) => {
      const rest = ordered.filter(({ moduleId }) => !isSlow(moduleId));
      return [...ordered.filter(({ moduleId }) => isSlow(moduleId)), ...rest];
    });
  }
}

const isSlow = (moduleId: string): boolean => slow.some((path) => moduleId.endsWith(path));
