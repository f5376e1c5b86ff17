import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Contract } from "../contract/document.ts";
import type { Entry } from "../contract/entries.ts";
import type { KnownValues } from "../schema/known-values.ts";

/** Provides the credential of requests. */
export interface Credentials {
  /** Returns the pasted token, or else an access token of the session; null without both. */
  getAccessToken(): Promise<string | null>;
  /** Called when the server rejected the token. */
  discardAccessToken(): void;
}

/** What all parts of the page share. */
export interface ReferenceData {
  contract: Contract;
  entries: ReadonlyMap<string, Entry>;
  /** Values for examples of schemas that have none. */
  known: KnownValues;
  credentials: Credentials;
  /** Values that the reader entered for parameters, by name, so that other operations begin with them. In memory only. */
  enteredValues: Map<string, string>;
}

/** Null outside of the page. */
export const ReferenceContext = createContext<ReferenceData | null>(null);

/** Returns the shared data. */
export function useReference(): ReferenceData {
  const data = useContext(ReferenceContext);
  if (!data) throw new Error("The component is not inside the page");
  return data;
}
