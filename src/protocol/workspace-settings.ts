import { z } from "zod";
import { endpoint } from "./endpoint.ts";

export const Workspace = z
  .object({
    requireSecondFactor: z.boolean().meta({
      description:
        "Whether sessions that have not passed a second factor can do nothing but pass or enable one.",
    }),
    sweep: z
      .enum(["running", "done"])
      .meta({ description: "Whether all sessions have received the last change of the settings." }),
  })
  .meta({ id: "Workspace", description: "The settings of the workspace." });
export type Workspace = z.infer<typeof Workspace>;

export const getWorkspace = endpoint({
  method: "get",
  path: "/v1/workspace",
  tag: "admin",
  auth: "user",
  summary: "Get the settings of the workspace",
  status: 200,
  response: Workspace,
  errors: [],
});

export const updateWorkspace = endpoint({
  method: "patch",
  path: "/v1/workspace",
  tag: "admin",
  auth: "user",
  scope: "session",
  summary:
    "Change the settings of the workspace. Sessions receive the change in the background; new sessions have it at once",
  body: z.strictObject({
    requireSecondFactor: z.boolean().meta({ description: "Whether every session needs a second factor." }),
  }),
  action: "manageWorkspace",
  status: 200,
  response: Workspace,
  errors: ["forbidden", "conflict"],
});
