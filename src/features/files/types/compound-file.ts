import { reject } from "../../../errors/app-error.ts";

/**
 * The Compound File Binary Format ([MS-CFB]): old Office documents, Outlook messages, workbooks with a password, and Windows installers.
 * The directory names the streams of a file; its first sector may be anywhere in the file.
 */
const magic = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/** The type of a compound file whose directory names no known document. */
export const compoundFile = "application/x-cfb";

/** Whether a file begins with the signature of the format. */
export const isCompound = (head: Uint8Array): boolean => magic.every((byte, index) => head[index] === byte);

/** Class ids of the root storage, in hexadecimal, of Windows Installer packages, patches and transforms. */
const installers = new Set(
  ["84100c00", "86100c00", "82100c00"].map((first) => `${first}00000000c000000000000046`),
);

/** Windows Installer encodes the names of its tables in characters from this one on. */
const firstPackedCharacter = 0x4840;

const documents: Readonly<Record<string, string>> = {
  WordDocument: "application/msword",
  Workbook: "application/vnd.ms-excel",
  Book: "application/vnd.ms-excel",
  "PowerPoint Document": "application/vnd.ms-powerpoint",
  VisioDocument: "application/vnd.visio",
  "__properties_version1.0": "application/vnd.ms-outlook",
};

/** Returns where the first sector of the directory is; `undefined` if the header is invalid. */
export function directorySector(head: Uint8Array): { offset: number; length: number } | undefined {
  if (!isCompound(head) || head.length < 52) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shift = view.getUint16(30, true);
  const sector = view.getUint32(48, true);
  if (shift < 9 || shift > 12 || sector > 0xfffffff9) return undefined;
  const length = 2 ** shift;
  return { offset: (sector + 1) * length, length };
}

const entryBytes = 128;

/**
 * Determines the type of a document from the first sector of its directory.
 *
 * @returns `undefined` if the sector names no known stream
 * @throws `unsupported_media_type` for an installer
 */
export function directoryType(sector: Uint8Array): string | undefined {
  const entries = Array.from({ length: Math.floor(sector.length / entryBytes) }, (_, index) =>
    Buffer.from(sector.buffer, sector.byteOffset + index * entryBytes, entryBytes),
  );
  const names = entries.map((entry) => {
    const bytes = Math.min(64, entry.readUInt16LE(64));
    return entry.toString("utf16le", 0, Math.max(0, bytes - 2));
  });
  const root = entries[0]?.toString("hex", 80, 96);
  if (installers.has(root ?? "") || names.some((name) => name.charCodeAt(0) === firstPackedCharacter))
    reject("unsupported_media_type", "Installers are not accepted: put it into an archive");
  for (const name of names) if (Object.hasOwn(documents, name)) return documents[name];
  return undefined;
}
