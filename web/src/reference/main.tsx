import { render } from "preact";
import { createSessionAccess } from "./session.ts";
import { LoadPage } from "./view/load-page.tsx";

/** The element that the page `/docs/api` provides; a page without it gets one. */
const root = document.querySelector("#app") ?? document.body.appendChild(document.createElement("div"));
root.classList.add("reference");
render(<LoadPage session={createSessionAccess()} />, root);
