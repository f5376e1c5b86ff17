import type { CheckAnswer } from "../../src/client/index.ts";
import { ParleyError } from "../../src/client/index.ts";
import { z } from "zod";
import { type Endpoint, endpoints } from "../../src/protocol/index.ts";

/** Response schemas, by method and path. */
const schemas = new Map(
  Object.values<Endpoint>(endpoints).map(({ method, path, response, acceptedResponse }) => [
    `${method.toUpperCase()} ${path}`,
    response && acceptedResponse ? z.union([response, acceptedResponse]) : response,
  ]),
);

/** Checks a response of the server against the contract. @throws ParleyError `internal` with the fields that differ */
export const checkAnswer: CheckAnswer = ({ method, path }, answer) => {
  const parsed = schemas.get(`${method} ${path}`)?.safeParse(answer);
  if (!parsed || parsed.success) return;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw new ParleyError({
    code: "internal",
    detail: `The response to ${method} ${path} does not match the contract`,
    issues,
  });
};
