import { answerSecondFactor, type AnswerSecondFactorBody, type Self } from "../../../src/client/index.ts";
import { client } from "../client.ts";

/**
 * Answers the challenge of a login, and stores the session that begins. Unlike `client.login` with a callback, it can be repeated after a wrong
 * code, without the password.
 */
export async function passSecondFactor(answer: AnswerSecondFactorBody): Promise<Self> {
  const begun = await client.call(answerSecondFactor, { body: answer });
  await client.useSession(begun);
  return begun.user;
}
