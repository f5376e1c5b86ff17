import { z } from "zod";
import type { Config } from "../../../config.ts";
import type { Problem } from "../../../protocol/index.ts";
import type { ParleyApi } from "./parley-api.ts";

/** What a method of the Web API works with. */
export interface MethodContext {
  api: ParleyApi;
  config: Config;
  /** The user of the token. */
  userId: string;
  token: string;
  teamId: string;
}

/** The fields of a successful response besides `ok`. */
export type MethodResult = Record<string, unknown>;

export interface SlackMethod {
  readonly arguments: z.ZodType;
  /** Whether the method needs no token. */
  readonly isPublic?: boolean;
  run(given: unknown, context: MethodContext): Promise<MethodResult>;
  /** Returns the method's own code for a problem; undefined for the general one (`slackCodeOf`). */
  readonly codeOf?: (problem: Problem) => string | undefined;
}

/** Declares a method. `run` gets the parsed arguments; unknown arguments are ignored, as Slack does. */
export function defineMethod<S extends z.ZodRawShape>(
  shape: S,
  run: (
    given: z.output<z.ZodObject<S>>,
    context: MethodContext,
  ) => Promise<MethodResult | void> | MethodResult | void,
  more: Pick<SlackMethod, "codeOf" | "isPublic"> = {},
): SlackMethod {
  return {
    arguments: z.object(shape),
    run: async (given, context) => (await run(given as z.output<z.ZodObject<S>>, context)) ?? {},
    ...more,
  };
}

/** Returns the field by which Slack's API passes the cursor of the next page; empty text on the last page. */
export const nextCursor = (cursor: string | null | undefined): MethodResult => ({
  response_metadata: { next_cursor: cursor ?? "" },
});
