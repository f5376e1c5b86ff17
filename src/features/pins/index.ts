export { decidePinMessage, decideUnpinMessage } from "./decide.ts";
export { projectPins } from "./project.ts";
export { pinRoutes } from "./routes.ts";
export { createPinTable, PinState } from "./state.ts";
