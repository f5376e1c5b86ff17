import { render } from "preact";
import { App } from "./app/app.tsx";
import { applyTheme } from "./app/theme.ts";
import { restoreSession } from "./session.ts";

applyTheme();
void restoreSession();
const host = document.getElementById("app");
if (host) render(<App />, host);
