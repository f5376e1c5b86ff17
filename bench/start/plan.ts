/** `parley`: `npm run dev` in a new copy of the repository. `wrangler`: `npx wrangler dev` in a copy that `npm run setup` prepared. */
export const starters = ["parley", "wrangler"] as const;
export type Starter = (typeof starters)[number];

export const starterTitles: Record<Starter, string> = {
  parley: "`npm run dev`",
  wrangler: "`npx wrangler dev`",
};

const commands: Record<Starter, [string, ...string[]]> = {
  parley: ["npm", "run", "dev", "--"],
  wrangler: ["npx", "wrangler", "dev"],
};

/** Returns the command that starts the server on a port. */
export const commandOf = (starter: Starter, port: number): [string, ...string[]] => [
  ...commands[starter],
  "--port",
  String(port),
];
