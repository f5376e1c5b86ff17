import type { AppEnv } from "../../../http/context.ts";
import type { DeclaredType } from "../types/text-encoding.ts";
import type { TypedFile } from "../types/detect-type.ts";
import type { ByteSource } from "./byte-source.ts";

/** A file on its way, as each check in front of the handler leaves it to the next. */
export interface IncomingFile {
  bytes: ByteSource;
  /** Of the file; of one in a form, the most that it can have. */
  maxBytes: number;
  /** Of the file; of one in a form, what it has if the form ends as forms do. */
  expectedBytes: number;
  inForm: boolean;
  /** As its sender calls it; behind `fileValidation`, a `FileName`. */
  name: string | undefined;
  declaredType: DeclaredType;
  /** That it must have, where its sender said one. */
  sha256: string | undefined;
  /** By its bytes, behind `fileTypeCheck`. */
  typed: TypedFile | undefined;
}

export type UploadEnv = AppEnv & { Variables: { incoming: IncomingFile } };
