import { invalidField } from "../../errors/app-error.ts";
import { foldKey } from "../../text/fold-key.ts";

/** Names of fewer characters occur in many good passwords by chance. */
const minNameLength = 3;
/** What must remain of a password without the name, where the name is shorter. */
const minRemaining = 8;

let commonPasswords: Promise<ReadonlySet<string>> | undefined;

/**
 * Loads the common passwords, folded: those of 8 characters or more among the 49,000 most common ones in leaked lists. The module is evaluated by
 * the first call, not at the start of the Worker.
 */
function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  commonPasswords ??= import("@zxcvbn-ts/language-common").then(({ dictionary }) => {
    const words = dictionary["passwords-common"] as readonly string[];
    return new Set(words.filter((word) => word.length >= minRemaining).map(foldKey));
  });
  return commonPasswords;
}

/**
 * Checks a new password against the list of common ones and the account's own names, without regard to case. Its length is a rule of the
 * contract; there are no rules of composition (NIST SP 800-63B, section 3.1.1.2).
 *
 * @param path the field of the request
 * @throws `validation_failed`
 */
export async function requireGoodPassword(
  password: string,
  { username, email }: { username: string; email: string },
  path: string,
): Promise<void> {
  const folded = foldKey(password);
  const names = [username, email.slice(0, email.lastIndexOf("@"))].map(foldKey);
  if (names.some((name) => containsName(folded, name)))
    throw invalidField(path, "Must not contain the username or the e-mail address");
  if ((await loadCommonPasswords()).has(folded))
    throw invalidField(path, "Is one of the most common passwords");
}

function containsName(password: string, name: string): boolean {
  if (name === "" || !password.includes(name)) return false;
  return [...name].length >= minNameLength || password.replaceAll(name, "").length < minRemaining;
}
