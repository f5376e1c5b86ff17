/** The page that a permalink shows without a web client. It is the same for every link, so that it reveals nothing. */
export const permalinkPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Link to a message</title>
</head>
<body>
<main>
<h1>Link to a message</h1>
<p>This link leads to a message in Parley. Open it in your client, where you are logged in.</p>
</main>
</body>
</html>
`;

export const permalinkPageHeaders = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "public, max-age=300",
  "Content-Security-Policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
